// Rating by keys: a digit chooses, N says that it does not apply, Enter saves and goes on, arrows walk. The page works
// without any of this; every choice is saved by itself as soon as it is made.
const LONGEST_PAUSE = 700; // milliseconds between the digits of one number
let typed = "";
let typedAt = 0;

const area = () => document.getElementById("rating_item");
const writing = (element) => element.matches("textarea, select, input:not([type=radio], [type=submit])");
const radio = (value) => area().querySelector(`input[type="radio"][value="${value}"]`);

function choose(value) {
  const found = radio(value);
  if (!found) return false;
  found.focus();
  if (!found.checked) found.click();
  return true;
}

// "1" then "0" is ten where ten exists; otherwise each digit is a choice of its own.
function digit(key) {
  const now = Date.now();
  const joined = now - typedAt < LONGEST_PAUSE ? typed + key : key;
  typedAt = now;
  typed = choose(Number(joined)) ? joined : key;
  return typed === joined || choose(Number(key));
}

function go(selector) {
  const target = area().querySelector(selector);
  target?.click();
  return Boolean(target);
}

document.addEventListener("keydown", (event) => {
  if (!area() || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (writing(event.target)) return;
  const key = event.key;
  let used = false;
  if (/^[0-9]$/.test(key)) used = digit(key);
  else if (key.toLowerCase() === "n") used = choose("not_applicable");
  else if (key === "ArrowLeft") used = go("[data-previous]");
  else if (key === "ArrowRight") used = go("[data-next]");
  else if (key === "Enter" && !event.target.closest("a, button, summary")) used = go("[data-save]");
  if (!used) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, { capture: true });
