// The panel beside a grid: opened by a cell, closed by Esc or its cross; the focus goes in and comes back to the cell.
const panel = () => document.querySelector("[data-panel]");
const chosen = () => document.querySelector('[data-cell][aria-current="true"]');

function mark() {
  const visit = new URLSearchParams(location.search).get("visit");
  document.querySelectorAll("[data-cell]").forEach((cell) => {
    const here = Boolean(visit) && new URL(cell.href).searchParams.get("visit") === visit;
    if (here) cell.setAttribute("aria-current", "true");
    else cell.removeAttribute("aria-current");
  });
}

function close() {
  const cell = chosen();
  const address = new URL(location.href);
  address.searchParams.delete("visit");
  history.pushState({}, "", address);
  const open = panel();
  open.hidden = true;
  open.replaceChildren();
  mark();
  cell?.focus();
}

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-close-panel]")) return;
  event.preventDefault();
  close();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !panel() || panel().hidden || document.querySelector("dialog[open], details[data-menu][open]")) return;
  event.preventDefault();
  close();
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id !== "visit_panel") return;
  mark();
  panel().querySelector("h2")?.focus();
});
window.addEventListener("popstate", () => location.reload());
mark();
