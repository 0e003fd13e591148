// What the cockpit shows of tablet and server: what is kept here, what was refused, how old the page is. Never a window
// over the page.
import { clockFace, now, offsetMs } from "./clock.js";

const find = (mark) => document.querySelector(`[data-${mark}]`);
const counted = (number, one, many) => (number === 1 ? `1 ${one}` : `${number} ${many}`);

function element(tag, words, classes = "") {
  const made = document.createElement(tag);
  made.textContent = words;
  if (classes) made.className = classes;
  return made;
}

function button(words, act) {
  const made = element("button", words, "btn");
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}

function say(mark, ...parts) {
  const place = find(mark);
  if (!place) return;
  place.replaceChildren(...parts);
  place.hidden = parts.length === 0;
}

export function showSync({ entries, reachable, isSignedOut, hasLine, zone }) {
  const waiting = entries.filter(({ state }) => state === "waiting").length;
  const refused = entries.length - waiting;
  const parts = [];
  if (waiting) parts.push(element("b", `${counted(waiting, "entry", "entries")} kept on this tablet`, "c-warn"));
  else if (reachable && !isSignedOut) parts.push(element("span", `All saved ${clockFace(now(), zone)}`, "c-done"));
  if (isSignedOut) parts.push(element("span", "Locked", "c-warn"));
  else if (!reachable) parts.push(element("span", "Server away", "c-warn"));
  if (refused) parts.push(element("span", `${refused} refused`, "c-crit"));
  const place = find("sync");
  if (!place) return;
  const words = parts.map((part) => part.textContent).join(" · ");
  if (place.dataset.words !== words) {
    place.dataset.words = words;
    place.replaceChildren(...parts.flatMap((part, at) => (at ? [document.createTextNode(" · "), part] : [part])));
  }
  place.dataset.waiting = waiting;
  place.dataset.line = hasLine ? "open" : "none";
}

export function showRefused(entries, { sendAgain, remove }) {
  const refused = entries.filter(({ state }) => state === "refused");
  if (!refused.length) return say("refused");
  const list = element("ul", "", "list");
  for (const { number, words, sentence } of refused) {
    const line = element("li", "", "wrap");
    const told = element("span", "", "grow");
    told.append(element("b", words), document.createElement("br"), sentence);
    const drop = button("Remove", () => {
      // The second press removes: nothing that was observed is thrown away by one slip of a finger.
      if (drop.dataset.sure !== undefined) remove(number);
      drop.dataset.sure = "";
      drop.textContent = "Remove for good";
    });
    line.append(told, button("Send again", () => sendAgain(number)), drop);
    list.append(line);
  }
  return say("refused", element("h2", "Needs your attention after the session"), element("p", "Kept on this tablet, and not in the record."), list);
}

export function showDrift(limit) {
  const seconds = Math.round(Math.abs(offsetMs()) / 1000);
  if (limit === null || limit === undefined || seconds <= limit) return say("clock-drift");
  const minutes = Math.floor(seconds / 60);
  const much = minutes ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
  return say("clock-drift", element("b", "This tablet's clock is wrong. "), `It is ${much} ${offsetMs() > 0 ? "behind" : "ahead"}. Entries are stamped with the server's time, and the difference is kept.`);
}

export function showAsOf(moment, zone) {
  if (!moment) return say("as-of");
  return say("as-of", element("b", `As of ${clockFace(new Date(moment), zone)}. `), "The server cannot be reached; what was recorded since is not shown.");
}

export const showNoStore = (words) => say("no-store", element("b", "This tablet keeps nothing. "), words);

export function showVerdict(rule) {
  if (!rule) return say("verdict");
  const word = rule.severity === "act" ? "Past the act limits. " : "Past the watch limits. ";
  return say("verdict", element("b", word, rule.severity === "act" ? "c-crit" : "c-warn"), rule.says);
}

export function showLock({ isLocked, canOpen, isReachable }) {
  const pane = find("lock");
  if (!pane) return;
  if (document.body.hasAttribute("data-locked") !== isLocked) document.body.toggleAttribute("data-locked", isLocked);
  pane.hidden = !isLocked;
  pane.querySelector("form").hidden = false;
  const words = "The record is hidden. What you record now is kept on this tablet and sent.";
  const more = isReachable ? "" : " The PIN can be asked for when the server is back.";
  pane.querySelector("[data-lock-words]").textContent = words + more;
  pane.querySelectorAll("label, input, [type=submit]").forEach((part) => { part.hidden = !canOpen; });
}

// Entries that wait stand first on the tape, marked; those that came in stand there until the page is drawn anew.
export function showOnTape(entries, arrived, zone) {
  const tape = find("tape");
  if (!tape) return;
  tape.querySelectorAll("[data-waiting], [data-arrived]").forEach((row) => row.remove());
  const waiting = entries.filter(({ state }) => state === "waiting").reverse();
  const rows = waiting.map(({ body, words }) => tapeRow(words, `${clockFace(new Date(body.observed_at || body.captured_at), zone)} kept on this tablet`, "waiting", body.submission_id));
  for (const line of arrived) {
    if (tape.querySelector(`[data-entry="${line.entry}"]`)) continue;
    const row = tapeRow(line.words, `${clockFace(new Date(line.observed_at), zone)} ${line.by}`, "arrived", line.submission_id);
    row.dataset.entry = line.entry;
    row.dataset.judged = line.judged;
    rows.push(row);
  }
  if (rows.length) tape.querySelector(":scope > div:not([data-waiting]):not([data-arrived])")?.remove();
  tape.prepend(...rows);
}

function tapeRow(words, more, mark, id) {
  const row = element("div", "", "ck-entry");
  row.dataset[mark] = id;
  row.append(element("b", words), element("span", more, "muted"));
  return row;
}
