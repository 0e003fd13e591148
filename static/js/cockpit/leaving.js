// Signing out wipes what the tablet keeps of a person: keys, entries and pages. Entries that were not sent are asked
// about first, on the page.
import { Store, forget, waitingOf } from "./store.js";

const CACHES = /^vigil-(shells|assets)/;

async function wipe(person) {
  await forget(person);
  for (const name of await caches.keys()) if (CACHES.test(name)) await caches.delete(name);
  for (const worker of await navigator.serviceWorker?.getRegistrations() || []) await worker.unregister();
}

function ask(form, count, person) {
  const line = document.createElement("p");
  line.textContent = `${count === 1 ? "1 entry of a session is" : `${count} entries of a session are`} only on this tablet and not sent yet. Signing out removes ${count === 1 ? "it" : "them"} for good.`;
  const stay = document.createElement("button"), go = document.createElement("button");
  for (const [button, words] of [[stay, "Stay signed in"], [go, "Remove and sign out"]]) Object.assign(button, { type: "button", className: "btn btn-row", textContent: words });
  const live = document.getElementById("live");
  stay.addEventListener("click", () => live.replaceChildren());
  go.addEventListener("click", () => leave(form, person));
  live.replaceChildren(line, stay, go);
  stay.focus();
}

async function leave(form, person) {
  await wipe(person).catch(() => {});
  form.dataset.wiped = "";
  form.submit();
}

document.addEventListener("submit", async (event) => {
  const form = event.target, person = document.body.dataset.person;
  if (!form.matches("form[data-sign-out]") || form.dataset.wiped !== undefined || !person || !Store.isPossible()) return;
  event.preventDefault();
  event.stopPropagation();
  const count = await waitingOf(person).catch(() => 0);
  if (count) ask(form, count, person);
  else await leave(form, person);
}, { capture: true });
