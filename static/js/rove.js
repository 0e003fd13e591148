// One stop of the Tab key for a whole grid, arrows inside it. The grid marks its cells with data-cell.
const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0], PageUp: [-10, 0], PageDown: [10, 0] };

const lines = (grid) => [...grid.querySelectorAll("tbody tr")].map((row) => [...row.querySelectorAll("[data-cell]")]).filter((line) => line.length);

function settle(grid, cell) {
  grid.querySelectorAll('[data-cell][tabindex="0"]').forEach((other) => other.setAttribute("tabindex", "-1"));
  cell.setAttribute("tabindex", "0");
}

function target(event, all, row, column) {
  if (event.key === "Home") return event.ctrlKey ? all[0][0] : all[row][0];
  if (event.key === "End") return event.ctrlKey ? all.at(-1).at(-1) : all[row].at(-1);
  const step = STEPS[event.key];
  if (!step) return null;
  const line = all[Math.min(Math.max(row + step[0], 0), all.length - 1)];
  return line[Math.min(Math.max(column + step[1], 0), line.length - 1)];
}

document.addEventListener("keydown", (event) => {
  const cell = event.target.closest?.("[data-cell]");
  const grid = cell?.closest('[role="grid"]');
  if (!grid) return;
  const all = lines(grid);
  const row = all.findIndex((line) => line.includes(cell));
  const next = target(event, all, row, all[row].indexOf(cell));
  if (!next) return;
  event.preventDefault();
  settle(grid, next);
  next.focus();
});
document.addEventListener("focusin", (event) => {
  const cell = event.target.closest?.("[data-cell]");
  const grid = cell?.closest('[role="grid"]');
  if (grid) settle(grid, cell);
});

function begin(root) {
  root.querySelectorAll?.('[role="grid"]').forEach((grid) => {
    const cells = grid.querySelectorAll("[data-cell]");
    if (cells.length && !grid.querySelector('[data-cell][tabindex="0"]')) {
      cells.forEach((cell) => cell.setAttribute("tabindex", "-1"));
      cells[0].setAttribute("tabindex", "0");
    }
  });
}
begin(document);
document.addEventListener("htmx:load", (event) => begin(event.target));
