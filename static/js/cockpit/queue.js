// Entries go into the tablet's store first and to the server from there, in order, until each was taken or refused.
// Sending the same entry again is safe: the server knows it by its id and answers alike.
import { now, offsetMs } from "./clock.js";
import { Away, isSignedOut, problemOf, read, send } from "./server.js";

const LATER = new Set([408, 425, 429]);
const LONGEST_WAIT_MS = 15000;

export class Queue {
  // `tell` is called with what changed: { entries, reachable, signedOut, taken }. That an entry was taken says nothing of
  // the sign-in: a tablet that is known may send without it.
  constructor({ store, address, tell }) {
    Object.assign(this, { store, address, tell, failures: 0, notBefore: 0, running: null, again: false });
  }

  async capture({ kind, values, words, observedAt, isLocked, amends = null, isWithdrawn = false }) {
    const moment = now().toISOString();
    const body = {
      submission_id: crypto.randomUUID(), kind, values, amends, withdrawn: isWithdrawn, captured_at: moment,
      observed_at: observedAt === undefined ? moment : observedAt, clock_offset_ms: offsetMs(), while_locked: isLocked,
    };
    await this.store.keep({ body, words });
    await this.show();
    this.flush({ urgently: true });
    return body;
  }

  async show(more = {}) {
    this.tell({ entries: await this.store.entries(), ...more });
  }

  // One flush at a time, in one window of the tablet; whoever asks meanwhile gets another one after it.
  flush({ urgently = false } = {}) {
    if (urgently) this.notBefore = 0;
    if (this.running) {
      this.again = this.again || urgently;
      return this.running;
    }
    if (Date.now() < this.notBefore) return Promise.resolve();
    this.running = this.alone(() => this.sendAll()).catch((error) => this.tell({ fault: error })).finally(() => {
      this.running = null;
      if (!this.again) return;
      this.again = false;
      this.flush({ urgently: true });
    });
    return this.running;
  }

  alone(work) {
    if (!navigator.locks) return work();
    return navigator.locks.request(`vigil-send ${this.store.owner}`, work);
  }

  async sendAll() {
    for (const entry of await this.store.entries()) {
      if (entry.state === "waiting" && !(await this.sendOne(entry))) return;
    }
  }

  // Returns whether the next one may be sent.
  async sendOne({ number, body, words }, { isSecondTry = false } = {}) {
    let answer;
    try {
      answer = await send(this.address, body);
    } catch (error) {
      if (!(error instanceof Away)) throw error;
      return this.wait({ reachable: false });
    }
    if (answer.ok && !isSignedOut(answer)) return this.taken(number, await answer.json());
    if (isSignedOut(answer)) return this.wait({ reachable: true, signedOut: true });
    if (answer.status === 403 && !isSecondTry) {
      // The token of a page that lay open is old, or lost with the browser; any answer brings a new one.
      const renewed = await read(`${this.address}?after=999999999`).catch(() => null);
      return renewed ? this.sendOne({ number, body, words }, { isSecondTry: true }) : this.wait({ reachable: false });
    }
    if (answer.status >= 500 || answer.status === 403 || LATER.has(answer.status)) return this.wait({ reachable: false });
    const sentence = (await problemOf(answer)) || `The server did not take this (${answer.status}).`;
    await this.store.change(number, "refused", { body, words, sentence });
    await this.show({ reachable: true });
    return true;
  }

  async taken(number, line) {
    await this.store.wipe(number);
    this.failures = 0;
    await this.show({ reachable: true, taken: line });
    return true;
  }

  async wait(what) {
    this.failures += 1;
    this.notBefore = Date.now() + Math.min(1000 * 2 ** this.failures, LONGEST_WAIT_MS);
    await this.show(what);
    return false;
  }

  async sendAgain(number) {
    const entry = (await this.store.entries()).find((each) => each.number === number);
    if (!entry) return;
    await this.store.change(number, "waiting", { body: entry.body, words: entry.words });
    await this.show();
    await this.flush({ urgently: true });
  }

  async remove(number) {
    await this.store.wipe(number);
    await this.show();
  }
}
