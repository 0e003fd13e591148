// A questionnaire on a participant's telephone. Each answer is sent at once; what the network swallows waits on this
// device and is sent again until the server has it. An answer that arrives twice is kept once, by the server.
const form = document.querySelector("form[data-answers]");
const KEY = form && `own-answers:${form.dataset.answers}`;
const AGAIN_MS = 2000;
let sending = false, submits = false;

const waiting = () => {
  try {
    return JSON.parse(localStorage.getItem(KEY)) || {};
  } catch {
    return {};
  }
};

function keep(answers) {
  try {
    if (Object.keys(answers).length) localStorage.setItem(KEY, JSON.stringify(answers));
    else localStorage.removeItem(KEY);
  } catch {
    // A full or forbidden store: the page still holds the answers, and sends them with the whole form.
  }
}

function tell() {
  const line = form.querySelector("[data-state]");
  const open = Object.keys(waiting()).length;
  line.textContent = open ? form.dataset.waiting : form.dataset.kept;
  line.classList.toggle("waits", open > 0);
  line.dataset.open = String(open);
}

async function send(item, value) {
  const body = new URLSearchParams({ item, value, csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value });
  const stop = AbortSignal.timeout(8000);
  const answer = await fetch(form.dataset.answers, { method: "POST", body, signal: stop, credentials: "same-origin" });
  // What the server refuses it will refuse again: the page says so when the form is sent.
  return answer.status === 204 || answer.status === 422;
}

async function flush() {
  if (sending) return;
  sending = true;
  try {
    for (const [item, value] of Object.entries(waiting())) {
      if (!(await send(item, value))) break;
      const left = waiting();
      // Changed while it was on its way: the later answer is sent too.
      if (left[item] === value) delete left[item];
      keep(left);
    }
  } catch {
    // No network: tried again below.
  }
  sending = false;
  tell();
  if (Object.keys(waiting()).length) setTimeout(flush, AGAIN_MS);
  else if (submits) {
    submits = false;
    form.requestSubmit();
  }
}

if (form) {
  for (const [item, value] of Object.entries(waiting())) {
    const box = form.querySelector(`[name="item_${item}"][value="${CSS.escape(value)}"]`);
    if (box) box.checked = true;
  }
  form.addEventListener("change", (event) => {
    const number = event.target.name?.match(/^item_(\d+)$/)?.[1];
    if (!number) return;
    keep({ ...waiting(), [number]: event.target.value });
    tell();
    flush();
  });
  // The whole form goes once every answer is there: a request that then fails loses nothing. Heard before anything
  // else hears of it, so that the form does not count as sent meanwhile.
  addEventListener("submit", (event) => {
    if (event.target !== form || !Object.keys(waiting()).length) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    submits = true;
    tell();
    flush();
  }, { capture: true });
  addEventListener("online", flush);
  if (Object.keys(waiting()).length) flush();
}
