// How the cockpit's scripts speak with the server: the token is read at the moment of sending, every answer sets the
// clock, and an answer that never comes is given up.
import { learn, offsetMs } from "./clock.js";

const PATIENCE_MS = 15000;

export class Away extends Error {}

const token = () => decodeURIComponent(document.cookie.match(/(?:^|;\s*)csrftoken=([^;]+)/)?.[1] || "");

async function ask(address, options) {
  const askedAt = Date.now();
  const giveUp = new AbortController();
  const timer = setTimeout(() => giveUp.abort(), PATIENCE_MS);
  try {
    const answer = await fetch(address, { credentials: "same-origin", cache: "no-store", signal: giveUp.signal, ...options });
    if (answer.headers.has("Vigil-Now")) learn(answer.headers.get("Vigil-Now"), askedAt, Date.now());
    return answer;
  } catch {
    throw new Away("The server cannot be reached.");
  } finally {
    clearTimeout(timer);
  }
}

export const send = (address, body) => ask(address, {
  method: "POST",
  headers: {
    Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": token(),
    "Vigil-Clock-Offset": String(offsetMs()),
  },
  body: JSON.stringify(body),
});

export const post = (address, values = {}) => ask(address, {
  method: "POST",
  headers: { Accept: "application/json", "X-CSRFToken": token() },
  body: new URLSearchParams(values),
});

// What the page asks for by itself is no sign that anybody is there; what a hand asks for is.
export const read = (address, { byHand = false, accept = "application/json" } = {}) => ask(address, {
  headers: { Accept: accept, ...(byHand ? {} : { "X-Background": "1" }) },
});

// 204 is the answer to a page whose sign-in ran out while it asked by itself.
export const isSignedOut = (answer) => answer.status === 401 || answer.status === 204 || new URL(answer.url).pathname.startsWith("/accounts/");

export async function problemOf(answer) {
  try {
    return (await answer.json()).detail || "";
  } catch {
    return "";
  }
}
