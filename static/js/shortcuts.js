// Keys for people who do this all day. None fires while typing, and single keys can be switched off for good.
const SETTING = "vigil-single-keys";
const help = document.getElementById("keyboard-help");
const ALPHABET = "abcdefghijklmnopqrstuvwxyz";
const goTo = assignLetters();
let waitingForLetter = 0;

function singleKeys() {
  try {
    return localStorage.getItem(SETTING) !== "off";
  } catch {
    return true;
  }
}

// Each page of the person's list gets the first letter of its name that is still free; the help shows which.
function assignLetters() {
  const letters = new Map();
  document.querySelectorAll("a[data-go]").forEach((link) => {
    const name = link.textContent.trim();
    const letter = [...name.toLowerCase(), ...ALPHABET].find((sign) => /[a-z]/.test(sign) && !letters.has(sign));
    if (!letter) return;
    letters.set(letter, link.href);
    const keys = document.createElement("span");
    for (const sign of ["G", letter.toUpperCase()]) {
      const key = document.createElement("kbd");
      key.textContent = sign;
      keys.append(key, " ");
    }
    link.after(keys);
  });
  return letters;
}

const typing = (element) => element.matches?.("input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select, [contenteditable]");
const rows = () => [...document.querySelectorAll("tr[data-row]")].filter((row) => row.offsetParent !== null);
const currentRow = () => document.querySelector("tr[data-row].is-current");

function moveRow(step) {
  const all = rows();
  if (!all.length) return;
  const now = all.indexOf(currentRow());
  const next = all[now < 0 ? 0 : Math.min(Math.max(now + step, 0), all.length - 1)];
  all.forEach((row) => row.classList.toggle("is-current", row === next));
  (next.querySelector("[data-open]") || next.querySelector("a, button"))?.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

function press(selector, root = document) {
  const target = root?.querySelector(selector);
  if (target) target.click();
  return Boolean(target);
}

function onSingleKey(key) {
  if (waitingForLetter && Date.now() - waitingForLetter < 1500) {
    waitingForLetter = 0;
    const page = goTo.get(key.toLowerCase());
    if (page) location.assign(page);
    return Boolean(page);
  }
  if (key === "?") return help && !help.open ? (help.showModal(), true) : false;
  if (key === "/") {
    const search = document.querySelector("[data-search]");
    search?.focus();
    return Boolean(search);
  }
  if (key === "g") return (waitingForLetter = Date.now()) > 0;
  if (key === "j") return moveRow(1), true;
  if (key === "k") return moveRow(-1), true;
  if (key === "[") return press("a[rel=prev]");
  if (key === "]") return press("a[rel=next]");
  if (/^[a-z]$/.test(key)) return press(`[data-key="${key}"]`, currentRow()) || press(`main [data-key="${key}"]:not(tr [data-key])`);
  return false;
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    const form = event.target.closest("form");
    if (form) {
      event.preventDefault();
      form.requestSubmit();
    }
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (typing(event.target) || document.querySelector("dialog[open]") || !singleKeys()) return;
  if (event.key === "Enter" && event.target === document.body) {
    if (press("[data-open]", currentRow())) event.preventDefault();
    return;
  }
  if (onSingleKey(event.key)) event.preventDefault();
});

const toggle = document.querySelector("[data-single-keys]");
if (toggle) {
  toggle.checked = singleKeys();
  toggle.addEventListener("change", () => {
    try {
      localStorage.setItem(SETTING, toggle.checked ? "on" : "off");
    } catch {
      // The choice then lasts as long as the page.
    }
  });
}
