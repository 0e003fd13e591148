// What is typed into a form marked data-draft is kept in this tab until it is saved, so that an expired sign-in, a
// reload or a broken line loses nothing. Kept per person; never passwords; wiped on sign-out.
const PREFIX = "vigil-draft:";
const NEVER = new Set(["password", "hidden", "file", "submit", "button"]);
const person = document.body.dataset.person || "";
const store = (() => {
  try {
    sessionStorage.getItem(PREFIX);
    return sessionStorage;
  } catch {
    return null; // A browser that forbids storage keeps no drafts; forms work all the same.
  }
})();

const keyOf = (form) => `${PREFIX}${location.pathname}#${form.id || form.getAttribute("name") || form.getAttribute("action") || ""}`;
const fieldsOf = (form) => [...form.elements].filter((field) => field.name && !NEVER.has(field.type) && !field.closest("[data-no-draft]"));
const keys = () => Object.keys(store).filter((key) => key.startsWith(PREFIX));

function read(key) {
  try {
    return JSON.parse(store.getItem(key));
  } catch {
    return null;
  }
}

function write(key, draft) {
  try {
    store.setItem(key, JSON.stringify(draft));
  } catch {
    // Storage is full: the page still holds what is typed.
  }
}

function remember(form, { sent }) {
  const values = fieldsOf(form).map((field) => {
    const ticked = field.type === "checkbox" || field.type === "radio";
    return [field.name, ticked ? `${field.value}:${field.checked}` : field.value];
  });
  write(keyOf(form), { person, values, sent, path: location.pathname });
}

function restore(form, draft) {
  const waiting = [...draft.values];
  let restored = 0;
  for (const field of fieldsOf(form)) {
    const ticked = field.type === "checkbox" || field.type === "radio";
    const at = waiting.findIndex(([name, value]) => name === field.name && (!ticked || value.startsWith(`${field.value}:`)));
    if (at < 0) continue;
    const [, value] = waiting.splice(at, 1)[0];
    if (ticked) {
      const checked = value.endsWith(":true");
      if (field.checked !== checked) restored += 1;
      field.checked = checked;
    } else if (field.value !== value) {
      field.value = value;
      restored += 1;
    }
  }
  if (restored) announce(form);
}

function announce(form) {
  const line = document.createElement("p");
  line.className = "notice draft-line";
  line.setAttribute("role", "status");
  const words = document.createElement("span");
  words.className = "grow";
  words.textContent = "Restored what you had typed. It is not saved yet.";
  const drop = document.createElement("button");
  drop.type = "button";
  drop.className = "btn btn-row";
  drop.textContent = "Discard";
  drop.addEventListener("click", () => {
    store.removeItem(keyOf(form));
    form.reset();
    line.remove();
  });
  line.append(words, drop);
  form.prepend(line);
}

// A draft that was sent is done with, unless this page shows that the sending failed.
function settle() {
  const here = location.pathname;
  const way = performance.getEntriesByType("navigation")[0]?.type;
  const failed = document.body.dataset.keepDrafts !== undefined;
  for (const key of keys()) {
    const draft = read(key);
    if (!draft || (person && draft.person && draft.person !== person)) store.removeItem(key);
    else if (draft.sent && failed) write(key, { ...draft, sent: false });
    else if (draft.sent && !(draft.path === here && (hasErrors() || way !== "navigate"))) store.removeItem(key);
  }
  if (document.querySelector("[data-draft-saved]")) keys().filter((key) => read(key)?.path === here).forEach((key) => store.removeItem(key));
}

const hasErrors = () => document.querySelector(".error-summary, [aria-invalid='true']") !== null;

function begin(root) {
  root.querySelectorAll?.("form[data-draft]").forEach((form) => {
    const draft = read(keyOf(form));
    if (draft) restore(form, draft);
  });
}

if (store) {
  settle();
  begin(document);
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (form?.matches("[data-draft]")) remember(form, { sent: false });
  });
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-sign-out]")) keys().forEach((key) => store.removeItem(key));
    else if (event.target.matches("[data-draft]")) remember(event.target, { sent: true });
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest?.("form[data-draft]");
    if (!form) return;
    const moved = event.detail.xhr?.getResponseHeader("HX-Redirect") || "";
    const saved = event.detail.successful && !moved.includes("/accounts/");
    if (saved) store.removeItem(keyOf(form));
    else if (form.isConnected) remember(form, { sent: false });
  });
  document.addEventListener("htmx:load", (event) => begin(event.target));
  // A form that saves itself goes on trying when the server is away; what is typed meanwhile is kept as above.
  for (const name of ["htmx:sendError", "htmx:timeout"]) document.addEventListener(name, (event) => {
    const form = event.target.closest?.("form[data-draft]");
    const line = form?.querySelector("[data-save-state]");
    if (!line) return;
    line.textContent = "The server cannot be reached. What you type is kept in this tab and sent as soon as it answers.";
    form.dispatchEvent(new Event("change"));
  });
}
