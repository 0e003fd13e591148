// The cockpit: the clock, what this tablet keeps, what others record, and the lock; each in a module of its own.
import { learn, now } from "./cockpit/clock.js";
import { lifted } from "./cockpit/finger.js";
import { judge } from "./cockpit/limits.js";
import { Live } from "./cockpit/live.js";
import { Panels } from "./cockpit/panels.js";
import { Queue } from "./cockpit/queue.js";
import * as screen from "./cockpit/screen.js";
import { isSignedOut, post, problemOf, read } from "./cockpit/server.js";
import "./cockpit/keypad.js";
import * as shell from "./cockpit/shell.js";
import { Store } from "./cockpit/store.js";

const main = () => document.querySelector("main[data-cockpit]");
const told = JSON.parse(main().dataset.cockpit);
const RENEW_SOON_MS = 400, RENEW_AT_MOST_EVERY_MS = 2000, MINUTE_MS = 60000;
const state = {
  entries: [], arrived: [], reachable: true, signedOut: false, isIdle: false, canOpen: true, asOf: null,
  touchedAt: Date.now(), saidAt: Date.now(), renewedAt: Date.now(),
};
let store = null, queue = null, panels = null, renewal = null;

// --- the clock and the countdowns, from the server's time ---
const pad = (number) => String(number).padStart(2, "0");
const minutes = (milliseconds) => Math.floor(Math.abs(milliseconds) / MINUTE_MS);

function tick() {
  const clock = document.querySelector("[data-clock]");
  if (clock?.dataset.since) {
    const end = clock.dataset.stopped ? Date.parse(clock.dataset.stopped) : now().getTime();
    const since = minutes(end - Date.parse(clock.dataset.since));
    clock.querySelector("[data-clock-face]").textContent = `${pad(Math.floor(since / 60))}:${pad(since % 60)}`;
  }
  document.querySelectorAll("[data-until]").forEach((place) => {
    const left = Date.parse(place.dataset.until) - now().getTime();
    const words = `${Math.floor(minutes(left) / 60)}:${pad(minutes(left) % 60)}`;
    place.textContent = left < 0 ? `${words} late` : words;
    place.classList.toggle("c-crit", left < 0);
  });
  document.querySelectorAll("[data-undo-until]").forEach((form) => {
    const left = Math.ceil((Date.parse(form.dataset.undoUntil) - now().getTime()) / 1000);
    form.hidden = left <= 0;
    form.querySelector("[data-undo-left]").textContent = `${Math.max(left, 0)} s`;
  });
}

function learnFromPage() {
  const clock = document.querySelector("[data-clock]");
  const [way] = performance.getEntriesByType("navigation");
  if (clock && way) learn(clock.dataset.now, performance.timeOrigin + way.requestStart, performance.timeOrigin + way.responseStart);
}

// --- what is shown ---
function show() {
  const { entries, arrived, reachable, signedOut, isIdle, canOpen, asOf } = state;
  const isLocked = signedOut || isIdle;
  screen.showLock({ isLocked, canOpen, isReachable: reachable });
  screen.showSync({ entries, reachable, isSignedOut: isLocked, hasLine: live.hasLine, zone: told.zone });
  screen.showRefused(entries, { sendAgain: (number) => queue.sendAgain(number), remove: (number) => queue.remove(number) });
  screen.showOnTape(entries, arrived, told.zone);
  screen.showAsOf(reachable && !signedOut ? null : asOf, told.zone);
  screen.showDrift(told.clock_limit_s);
}

function change(what) {
  const wasLocked = state.signedOut, wasAway = !state.reachable;
  if (what.fault) throw what.fault;
  for (const name of ["entries", "reachable", "signedOut"]) if (what[name] !== undefined) state[name] = what[name];
  if (what.taken) arrive([what.taken]);
  if (state.signedOut && !wasLocked) live.stop();
  if (wasAway && state.reachable) queue?.flush({ urgently: true });
  show();
}

function arrive(lines) {
  const known = new Set(state.arrived.map(({ entry }) => entry));
  state.arrived = [...lines.filter(({ entry }) => !known.has(entry)).reverse(), ...state.arrived].slice(0, 5);
  const judged = lines.find(({ submission_id: id }) => id === state.judging);
  if (judged) screen.showVerdict(told.limits.rules.find(({ severity }) => severity === judged.judged));
}

// --- the page itself, drawn by the server ---
function renewSoon() {
  if (renewal) return;
  const wait = Math.max(RENEW_SOON_MS, state.renewedAt + RENEW_AT_MOST_EVERY_MS - Date.now());
  renewal = setTimeout(() => renew().finally(() => { renewal = null; }), wait);
}

async function renew() {
  if (state.signedOut || document.hidden) return;
  state.renewedAt = Date.now();
  const answer = await read(told.page, { accept: "text/html" }).catch(() => null);
  if (!answer) return change({ reachable: false });
  if (isSignedOut(answer)) return change({ signedOut: true });
  if (!answer.ok) return undefined;
  const fresh = mainOf(await answer.text());
  if (!fresh) return undefined;
  await lifted();
  state.arrived = [];
  draw(fresh);
  change({ reachable: true });
  return remember(fresh);
}

const mainOf = (text) => new DOMParser().parseFromString(text, "text/html").querySelector("main[data-cockpit]");

function draw(fresh) {
  const focused = document.activeElement;
  const current = main();
  if (current.hasAttribute("data-shell")) drawWhole(current, fresh);
  else for (const part of fresh.querySelectorAll("[data-live]")) drawPart(part);
  window.htmx?.process(main());
  // Alerts are no part of what is drawn: an open panel must not hide them, so they are asked for by themselves.
  document.body.dispatchEvent(new Event("drawn"));
  if (!focused.isConnected) again(focused)?.focus({ preventScroll: true });
  tick();
}

function drawWhole(current, fresh) {
  if (panels?.isOpen) return;
  current.replaceWith(document.importNode(fresh, true));
}

function drawPart(part) {
  const before = document.getElementById(part.id);
  if (!before) return;
  const after = document.importNode(part, true);
  if (!part.matches("[data-panel-place]")) before.isEqualNode(after) || before.replaceWith(after);
  else if (!main().hasAttribute("data-panel-open")) panels ? panels.renew([...after.childNodes]) : before.replaceWith(after);
}

function again(focused) {
  if (focused.id) return document.getElementById(focused.id);
  const address = focused.getAttribute?.("href");
  return address ? [...main().querySelectorAll("a[href]")].find((link) => link.getAttribute("href") === address) : null;
}

async function remember(page) {
  state.asOf = now().toISOString();
  await store?.remember({ page: page.outerHTML, at: state.asOf });
}

// --- entries of this tablet ---
async function capture(entry) {
  const isLocked = state.signedOut || state.isIdle;
  const body = await queue.capture({ ...entry, isLocked });
  if (entry.kind !== "vitals") return;
  state.judging = body.submission_id;
  screen.showVerdict(judge(told.limits, told.baselines, entry.values));
}

async function beginToKeep() {
  const obstacle = shell.whyNot();
  if (obstacle) screen.showNoStore(obstacle);
  if (!Store.isPossible()) return;
  try {
    store = await Store.of(document.body.dataset.person, told.session);
  } catch {
    screen.showNoStore("This browser refuses to keep anything, as some do in private windows. Every entry needs the server.");
    return;
  }
  queue = new Queue({ store, address: told.entries, tell: change });
  panels = new Panels({ told, capture });
  panels.learn(document);
  await drawRemembered();
  panels.begin();
  await queue.show();
  queue.flush({ urgently: true });
  setInterval(() => queue.flush(), told.send_every_s * 1000);
  addEventListener("online", () => queue.flush({ urgently: true }));
  addEventListener("focus", () => queue.flush({ urgently: true }));
  addEventListener("beforeunload", (event) => state.entries.some((one) => one.state === "waiting") && event.preventDefault());
  keepShell(obstacle);
}

// A page that came from the tablet shows what was seen last; one that came from the server is remembered.
async function drawRemembered() {
  if (!main().hasAttribute("data-shell")) return remember(main());
  state.reachable = false;
  const kept = await store.remembered();
  const page = kept && mainOf(kept.page);
  if (!page) return undefined;
  const then = JSON.parse(page.dataset.cockpit);
  live.sequence = then.sequence;
  told.baselines = then.baselines || {};
  state.asOf = kept.at;
  draw(page);
  main().toggleAttribute("data-shell", true);
  main().removeAttribute("data-panel-open");
  return undefined;
}

async function keepShell(obstacle) {
  const answer = await read(told.shell, { accept: "text/html" }).catch(() => null);
  if (!answer?.ok || isSignedOut(answer)) return;
  const kept = answer.clone();
  panels.learn(new DOMParser().parseFromString(await answer.text(), "text/html"));
  main().toggleAttribute("data-ready", true);
  if (!obstacle) await shell.keep(told, kept).then(() => main().toggleAttribute("data-kept", true));
}

// --- the lock ---
async function beginToLock() {
  const answer = await post(told.tablet).catch(() => null);
  if (answer?.ok && (await answer.json()).has_pin === false) {
    state.canOpen = false;
    document.body.toggleAttribute("data-no-pin", true);
  }
  for (const sign of ["pointerdown", "keydown"]) document.addEventListener(sign, touched, { passive: true });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-open-tablet]")) return;
    event.preventDefault();
    unlock(event.target);
  });
}

function touched() {
  state.touchedAt = Date.now();
  if (state.isIdle || state.signedOut || Date.now() - state.saidAt < MINUTE_MS) return;
  state.saidAt = Date.now();
  live.ask({ byHand: true });
}

function lockWhenIdle() {
  if (state.isIdle || !state.canOpen || !told.open || Date.now() - state.touchedAt < told.idle_minutes * MINUTE_MS) return;
  state.isIdle = true;
  show();
}

async function unlock(form) {
  const fault = form.querySelector("[data-lock-error]");
  const answer = await post(told.open, { pin: form.elements.pin.value }).catch(() => null);
  form.elements.pin.value = "";
  fault.hidden = Boolean(answer?.ok);
  if (!answer) fault.textContent = "The server cannot be reached. What you record is kept on this tablet.";
  else if (answer.status === 404) fault.textContent = "This tablet is not known any more. Sign in with your password.";
  else if (!answer.ok) fault.textContent = await problemOf(answer);
  if (!answer?.ok) return form.elements.pin.focus();
  Object.assign(state, { isIdle: false, signedOut: false, touchedAt: Date.now(), saidAt: Date.now() });
  show();
  queue?.flush({ urgently: true });
  await live.resume();
  return renew();
}

// --- begin ---
const live = new Live({
  told,
  onState: (what = {}) => change(what),
  onEntries: (lines) => { arrive(lines); show(); renewSoon(); },
});
learnFromPage();
tick();
setInterval(() => { tick(); lockWhenIdle(); }, 1000);
setInterval(() => Date.now() - state.renewedAt >= told.renew_every_s * 1000 && renew(), 1000);
document.addEventListener("htmx:afterSwap", tick);
// A part of the page that asks for itself must not take the whole cockpit to the sign-in page.
document.addEventListener("htmx:beforeOnLoad", (event) => {
  if (!event.detail.xhr.getResponseHeader("HX-Redirect")?.startsWith("/accounts/")) return;
  event.preventDefault();
  change({ signedOut: true });
});
if (told.shell) {
  await beginToKeep();
  beginToLock();
}
live.begin();
