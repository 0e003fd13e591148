// What others record appears here: a line that only tells numbers, and the guarded view that is asked for what is new.
// Without a line the page asks by itself, more slowly.
import { isSignedOut, read } from "./server.js";

const REOPEN_MS = [5000, 10000, 20000, 60000];

export class Live {
  constructor({ told, onEntries, onState }) {
    Object.assign(this, { told, onEntries, onState, sequence: told.sequence, line: null, closures: 0, asking: null, again: false, lastAsked: 0 });
  }

  begin() {
    this.openLine();
    setInterval(() => this.keepUp(), 1000);
    document.addEventListener("visibilitychange", () => !document.hidden && this.ask());
    addEventListener("online", () => { this.openLine(); this.ask(); });
  }

  get hasLine() {
    return this.line?.readyState === EventSource.OPEN;
  }

  openLine() {
    if (!this.told.stream || this.line || this.isStopped) return;
    const line = new EventSource(this.told.stream, { withCredentials: true });
    this.line = line;
    line.addEventListener("open", () => { this.closures = 0; this.onState(); this.ask(); });
    line.addEventListener("message", ({ data }) => {
      // The same number again says that the session itself has moved on.
      if (Number(data) > this.sequence) this.ask();
      else this.onEntries([], { hasMoved: true });
    });
    line.addEventListener("error", () => {
      this.onState();
      if (line.readyState !== EventSource.CLOSED) return;
      this.line = null;
      setTimeout(() => this.openLine(), REOPEN_MS[Math.min(this.closures, REOPEN_MS.length - 1)]);
      this.closures += 1;
    });
  }

  stop() {
    this.isStopped = true;
    this.line?.close();
    this.line = null;
  }

  resume() {
    this.isStopped = false;
    this.openLine();
    return this.ask();
  }

  keepUp() {
    const every = this.hasLine ? Infinity : this.told.ask_every_s * 1000;
    if (!this.isStopped && !document.hidden && Date.now() - this.lastAsked >= every) this.ask();
  }

  // One question at a time; whoever asks meanwhile gets another one after it.
  ask({ byHand = false } = {}) {
    if (this.asking) {
      this.again = true;
      return this.asking;
    }
    this.asking = this.fetchNew(byHand).finally(() => {
      this.asking = null;
      if (!this.again) return;
      this.again = false;
      this.ask();
    });
    return this.asking;
  }

  async fetchNew(byHand) {
    this.lastAsked = Date.now();
    for (;;) {
      const answer = await read(`${this.told.entries}?after=${this.sequence}`, { byHand }).catch(() => null);
      if (!answer) return this.onState({ reachable: false });
      if (isSignedOut(answer)) return this.onState({ reachable: true, signedOut: true });
      if (!answer.ok) return this.onState({ reachable: answer.status < 500 });
      const { entries, more } = await answer.json();
      if (entries.length) this.sequence = entries.at(-1).sequence;
      this.onState({ reachable: true, signedOut: false });
      if (entries.length) this.onEntries(entries, {});
      if (!more) return undefined;
    }
  }
}
