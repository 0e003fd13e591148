// A questionnaire on a participant's telephone. Each answer is sent at once; what the network swallows waits on this
// device and is sent again until the server has it. An answer that arrives twice is kept once, by the server.
// What waits is encrypted with a key of this questionnaire that the browser gives to nobody, not even to this page;
// both go when the last answer was taken.
const form = document.querySelector("form[data-answers]");
const NAME = "vigil-own", KEYS = "keys", ANSWERS = "answers";
const AGAIN_MS = 2000;
const encoder = new TextEncoder(), decoder = new TextDecoder();
const refused = new Set();
let unsent = {}, sending = false, submits = false, writing = Promise.resolve();

const settled = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

function opened() {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore(KEYS);
    request.result.createObjectStore(ANSWERS);
  };
  return settled(request);
}

const method = (iv) => ({ name: "AES-GCM", iv, additionalData: encoder.encode(form.dataset.answers) });

async function keyOf(database) {
  const known = await settled(database.transaction(KEYS).objectStore(KEYS).get(form.dataset.answers));
  if (known) return known;
  const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  await settled(database.transaction(KEYS, "readwrite").objectStore(KEYS).put(made, form.dataset.answers));
  return made;
}

async function write() {
  const database = await opened();
  if (!Object.keys(unsent).length) {
    const both = database.transaction([KEYS, ANSWERS], "readwrite");
    both.objectStore(ANSWERS).delete(form.dataset.answers);
    await settled(both.objectStore(KEYS).delete(form.dataset.answers));
  } else {
    const key = await keyOf(database), iv = crypto.getRandomValues(new Uint8Array(12));
    const sealed = await crypto.subtle.encrypt(method(iv), key, encoder.encode(JSON.stringify(unsent)));
    await settled(database.transaction(ANSWERS, "readwrite").objectStore(ANSWERS).put({ iv, sealed }, form.dataset.answers));
  }
  database.close();
}

// One after the other, so that the last that was written is the last that was meant. A full or forbidden store is no
// loss: the page still holds the answers, and sends them with the whole form.
function keep() {
  writing = writing.then(write).catch(() => undefined);
  return writing;
}

async function remembered() {
  try {
    const database = await opened();
    const found = await settled(database.transaction(ANSWERS).objectStore(ANSWERS).get(form.dataset.answers));
    const kept = found && JSON.parse(decoder.decode(
      await crypto.subtle.decrypt(method(found.iv), await keyOf(database), found.sealed),
    ));
    database.close();
    return kept || {};
  } catch {
    return {};
  }
}

function tell() {
  const line = form.querySelector("[data-state]");
  const open = Object.keys(unsent).length;
  line.textContent = open ? form.dataset.waiting : refused.size ? form.dataset.refused : form.dataset.kept;
  line.classList.toggle("waits", open > 0 || refused.size > 0);
  line.dataset.open = String(open);
}

async function send(item, value) {
  const body = new URLSearchParams({ item, value, csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value });
  const stop = AbortSignal.timeout(8000);
  const answer = await fetch(form.dataset.answers, { method: "POST", body, signal: stop, credentials: "same-origin" });
  // What the server refuses it will refuse again: the page says so, at the question once the form is sent.
  if (answer.status === 422) refused.add(item);
  else if (answer.status === 204) refused.delete(item);
  return answer.status === 204 || answer.status === 422;
}

async function flush() {
  if (sending) return;
  sending = true;
  let lost = false;
  try {
    for (const [item, value] of Object.entries(unsent)) {
      lost = !(await send(item, value));
      if (lost) break;
      // Changed while it was on its way: the later answer is sent too.
      if (unsent[item] === value) delete unsent[item];
      keep();
    }
  } catch {
    // No network: tried again below.
    lost = true;
  }
  sending = false;
  tell();
  if (Object.keys(unsent).length) setTimeout(flush, lost ? AGAIN_MS : 0);
  else if (submits) {
    submits = false;
    form.requestSubmit();
  }
}

if (form) {
  form.addEventListener("change", (event) => {
    const number = event.target.name?.match(/^item_(\d+)$/)?.[1];
    if (!number) return;
    unsent[number] = event.target.value;
    keep();
    tell();
    flush();
  });
  // The whole form goes once every answer is there: a request that then fails loses nothing. Heard before anything
  // else hears of it, so that the form does not count as sent meanwhile.
  addEventListener("submit", (event) => {
    if (event.target !== form || !Object.keys(unsent).length) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    submits = true;
    tell();
    flush();
  }, { capture: true });
  addEventListener("online", flush);
  remembered().then((kept) => {
    for (const [item, value] of Object.entries(kept)) {
      if (item in unsent) continue;
      unsent[item] = value;
      // A box shows it again as well: it would otherwise send, with the whole form, what it said before.
      const answer = form.elements[`item_${item}`];
      if (answer) answer.value = value;
    }
    if (Object.keys(unsent).length) flush();
  });
}
