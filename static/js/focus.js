// Brings the eye to what needs it: the error summary after a refused form, and the box that an error line names.
function first(root) {
  const summary = root.matches?.("[data-focus-first]") ? root : root.querySelector?.("[data-focus-first]");
  summary?.focus();
}

first(document);
document.addEventListener("htmx:load", (event) => first(event.target));
document.addEventListener("click", (event) => {
  const link = event.target.closest(".error-summary a[href^='#']");
  const box = link && document.getElementById(link.hash.slice(1));
  if (!box) return;
  event.preventDefault();
  box.scrollIntoView({ block: "center" });
  const target = box.matches("input, select, textarea") ? box : box.querySelector("input, select, textarea") || box;
  target.focus();
});
