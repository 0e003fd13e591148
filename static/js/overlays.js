// Menus close when one turns away from them; dialogs open and close by buttons; the rail opens on a phone.
document.addEventListener("click", (event) => {
  document.querySelectorAll("details[data-menu][open]").forEach((menu) => {
    if (!menu.contains(event.target) || event.target.closest("[data-set-theme], [data-open-dialog]")) menu.open = false;
  });
  const opener = event.target.closest("[data-open-dialog]");
  if (opener) document.getElementById(opener.dataset.openDialog)?.showModal();
  if (event.target.closest("[data-close-dialog]")) event.target.closest("dialog")?.close();
  // A click on the backdrop lands on the dialog itself.
  if (event.target.matches("dialog[open]") && outside(event)) event.target.close();
  const toggle = event.target.closest("[data-toggle-rail]");
  if (toggle) {
    const open = document.getElementById("rail").classList.toggle("is-open");
    toggle.setAttribute("aria-expanded", String(open));
  }
  const shortcut = event.target.closest("[data-fill]");
  if (shortcut) fill(shortcut);
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  document.querySelectorAll("details[data-menu][open]").forEach((menu) => {
    menu.open = false;
    menu.querySelector("summary").focus();
  });
});

function outside(event) {
  const area = event.target.getBoundingClientRect();
  return event.clientX < area.left || event.clientX > area.right || event.clientY < area.top || event.clientY > area.bottom;
}

// A chip such as "+5 d" puts its value into the box that it names.
function fill(button) {
  const box = document.getElementById(button.dataset.fill);
  if (!box) return;
  box.value = button.dataset.value;
  box.dispatchEvent(new Event("input", { bubbles: true }));
  box.dispatchEvent(new Event("change", { bubbles: true }));
  box.focus();
}
