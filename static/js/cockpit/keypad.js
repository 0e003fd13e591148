// The boxes of a set follow each other: a number that cannot grow moves on, Enter does so too, and in the last one saves.
const complete = (text) => /^([3-9]\d|[12]\d\d|\d\d[.,]\d)$/.test(text);
const isOfSet = (field) => field.matches?.(".ck-fields-vitals input.input:not([type='datetime-local'])");

function next(field) {
  const boxes = [...field.form.querySelectorAll("input.input:not([type='datetime-local'])")];
  return boxes[boxes.indexOf(field) + 1];
}

document.addEventListener("input", (event) => {
  if (isOfSet(event.target) && complete(event.target.value)) next(event.target)?.focus();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !isOfSet(event.target) || !next(event.target)) return;
  event.preventDefault();
  next(event.target).focus();
});
document.addEventListener("visibilitychange", stayOn);

// The screen stays on while the session is on it.
async function stayOn() {
  try {
    if (document.visibilityState === "visible") await navigator.wakeLock?.request("screen");
  } catch {
    // A device that forbids it goes dark by itself; nothing is lost.
  }
}
stayOn();
