// A form that is on its way cannot be sent again by a second press. The server's submission id is what makes it safe;
// this only spares people the doubt.
function release(form) {
  delete form.dataset.sending;
  form.querySelectorAll('[type="submit"][aria-busy]').forEach((button) => button.removeAttribute("aria-busy"));
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sending !== undefined) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  if (event.defaultPrevented && !form.matches("[hx-post], [hx-put], [hx-patch], [hx-delete]")) return;
  if (form.method === "get" || form.method === "dialog") return;
  form.dataset.sending = "";
  const pressed = event.submitter || form.querySelector('[type="submit"]');
  pressed?.setAttribute("aria-busy", "true");
  // A download answers without leaving the page: the form must come back to life.
  if (form.dataset.downloads !== undefined) setTimeout(() => release(form), 3000);
}, { capture: true });

document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target.closest?.("form");
  if (form) release(form);
});
// Coming back by the browser's Back button shows the page as it was left.
window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sending]").forEach(release));
