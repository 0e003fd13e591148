// The panels of entries open without asking the server, from the page's shell; what is typed in them goes to the queue.
// Everything else (doses, discharge, corrections) stays a page of the server.
import { momentOf, now } from "./clock.js";

export class Panels {
  constructor({ told, capture }) {
    Object.assign(this, { told, capture, templates: new Map(), openedAt: null, before: null });
  }

  learn(root) {
    for (const template of root.querySelectorAll("template[data-panel]")) this.templates.set(template.dataset.panel, template);
  }

  get place() {
    return document.querySelector("[data-panel-place]");
  }

  get isOpen() {
    return this.before !== null || document.querySelector("main[data-panel-open]") !== null;
  }

  begin() {
    document.addEventListener("click", (event) => {
      if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
      const link = event.target.closest("a[href]");
      if (link && this.follow(link)) event.preventDefault();
    });
    document.addEventListener("submit", (event) => {
      if (!event.target.matches("form[data-capture]") || this.before === null) return;
      event.preventDefault();
      event.stopPropagation();
      this.submit(event.target);
    }, { capture: true });
  }

  // Returns whether the link was followed here.
  follow(link) {
    const address = new URL(link.href, location.href);
    if (address.origin !== location.origin || address.pathname !== this.told.page) return false;
    const name = address.searchParams.get("panel");
    if (name && this.templates.has(name) && !address.searchParams.has("paper")) {
      this.open(name, address.searchParams);
      return true;
    }
    if (!name && link.matches("[data-close-panel]") && this.before !== null) {
      this.close();
      return true;
    }
    return false;
  }

  open(name, asked = new URLSearchParams()) {
    if (this.before !== null) this.close();
    this.openedAt = now();
    this.before = [...this.place.childNodes];
    this.place.replaceChildren(document.importNode(this.templates.get(name).content, true));
    // What the link says besides is filled in: the shell is older than what is due now.
    for (const [field, value] of asked) {
      const box = this.place.querySelector(`.ck-fields [name="${CSS.escape(field)}"]`);
      if (box) box.value = value;
    }
    // Where one tap records, no keyboard comes up over it.
    const quick = this.place.querySelector(".ck-grid");
    const box = this.place.querySelector("input:not([type=hidden]):not([disabled]), textarea, select");
    (quick ? this.place.querySelector("h2") : box || this.place.querySelector("button")).focus();
  }

  close() {
    this.place.replaceChildren(...this.before);
    this.before = null;
    this.place.querySelector("a[href], button")?.focus({ preventScroll: true });
  }

  // What the side shows when the panel is closed, should it have changed meanwhile.
  renew(nodes) {
    if (this.before === null) replaceWhatDiffers(this.place, nodes);
    else this.before = [...nodes];
  }

  async submit(form) {
    if (form.dataset.kept !== undefined || !form.reportValidity()) return;
    form.dataset.kept = "";
    const kind = form.closest("[data-kind]").dataset.kind;
    const values = Object.fromEntries([...new FormData(form)].filter(([, value]) => typeof value === "string"));
    const typed = values.observed_at ? momentOf(values.observed_at, this.told.zone) : null;
    delete values.submission_id;
    delete values.observed_at;
    delete values.tapped_at;
    try {
      await this.capture({ kind, values, words: wordsOf(form), observedAt: (typed || this.openedAt).toISOString() });
      this.close();
    } catch {
      // The browser would keep nothing: the form is still here, and is sent as a form without scripts is.
      delete form.dataset.kept;
      throw new Error("This browser could not keep the entry.");
    }
  }
}

// A button under a finger stays where it is: only what has changed is replaced.
function replaceWhatDiffers(place, nodes) {
  const old = [...place.childNodes];
  if (old.length !== nodes.length) return place.replaceChildren(...nodes);
  return old.forEach((node, at) => node.isEqualNode(nodes[at]) || node.replaceWith(nodes[at]));
}

// An entry in the words of its own form, for as long as the server has not said it better.
function wordsOf(form) {
  const said = [...form.elements].filter((field) => field.name && field.name !== "observed_at" && field.type !== "submit" && field.type !== "button");
  const words = said.flatMap((field) => {
    if (field.type === "hidden") return [];
    if (field.type === "radio" || field.type === "checkbox") return field.checked ? [field.labels[0]?.textContent.trim() || field.value] : [];
    if (field.tagName === "SELECT") return field.value && !/^not_/.test(field.value) ? [field.selectedOptions[0].textContent.trim()] : [];
    return field.value.trim() ? [field.value.trim()] : [];
  });
  const title = form.closest("[data-kind]").getAttribute("aria-label");
  const tapped = form.querySelector("[type=submit]").textContent.trim();
  if (words.length) return `${title}: ${words.join(", ")}`;
  // A number alone says nothing on the tape.
  return /^\d/.test(tapped) ? `${title}: ${tapped}` : tapped;
}
