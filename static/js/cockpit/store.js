// What a tablet keeps while the server has not taken it: encrypted with a key of one person and one session, which the
// browser holds and gives to nobody, not even to this page. Taken entries are wiped; signing out wipes key and all.
const NAME = "vigil-cockpit";
const KEYS = "keys", ENTRIES = "entries", STATES = "states";
const encoder = new TextEncoder(), decoder = new TextDecoder();

const settled = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

const committed = (transaction) => new Promise((resolve, reject) => {
  transaction.oncomplete = () => resolve();
  transaction.onabort = () => reject(transaction.error);
  transaction.onerror = () => reject(transaction.error);
});

function opened() {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore(KEYS);
    request.result.createObjectStore(ENTRIES, { keyPath: "number", autoIncrement: true }).createIndex("owner", "owner");
    request.result.createObjectStore(STATES);
  };
  return settled(request);
}

export class Store {
  static isPossible() {
    return window.isSecureContext && Boolean(globalThis.crypto?.subtle) && typeof indexedDB === "object";
  }

  // Raises when the browser refuses to keep anything, as some do in private windows.
  static async of(person, session) {
    const database = await opened();
    const owner = `${person} ${session}`;
    return new Store(database, owner, await keyOf(database, owner));
  }

  constructor(database, owner, key) {
    this.database = database;
    this.owner = owner;
    this.key = key;
  }

  async keep(entry) {
    const sealed = await this.seal(entry);
    const transaction = this.database.transaction(ENTRIES, "readwrite", { durability: "strict" });
    const number = settled(transaction.objectStore(ENTRIES).add({ owner: this.owner, state: "waiting", ...sealed }));
    await committed(transaction);
    return number;
  }

  // In the order in which they were captured.
  async entries() {
    const found = await settled(this.read(ENTRIES).index("owner").getAll(this.owner));
    const rows = found.sort((one, other) => one.number - other.number);
    return Promise.all(rows.map(async ({ number, state, iv, sealed }) => ({ ...(await this.open({ iv, sealed })), number, state })));
  }

  async change(number, state, entry) {
    const sealed = await this.seal(entry);
    const transaction = this.database.transaction(ENTRIES, "readwrite");
    transaction.objectStore(ENTRIES).put({ number, owner: this.owner, state, ...sealed });
    await committed(transaction);
  }

  async wipe(number) {
    const transaction = this.database.transaction(ENTRIES, "readwrite");
    transaction.objectStore(ENTRIES).delete(number);
    await committed(transaction);
  }

  // The page as it was seen last, for when it is opened without the server.
  async remember(page) {
    const sealed = await this.seal(page);
    const transaction = this.database.transaction(STATES, "readwrite");
    transaction.objectStore(STATES).put(sealed, this.owner);
    await committed(transaction);
  }

  async remembered() {
    const found = await settled(this.read(STATES).get(this.owner));
    return found ? this.open(found) : null;
  }

  read(name) {
    return this.database.transaction(name).objectStore(name);
  }

  async seal(content) {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const plain = encoder.encode(JSON.stringify(content));
    return { iv, sealed: await crypto.subtle.encrypt(this.method(iv), this.key, plain) };
  }

  async open({ iv, sealed }) {
    return JSON.parse(decoder.decode(await crypto.subtle.decrypt(this.method(iv), this.key, sealed)));
  }

  method(iv) {
    return { name: "AES-GCM", iv, additionalData: encoder.encode(this.owner) };
  }
}

async function keyOf(database, owner) {
  const known = await settled(database.transaction(KEYS).objectStore(KEYS).get(owner));
  if (known) return known;
  const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  const transaction = database.transaction(KEYS, "readwrite");
  const keys = transaction.objectStore(KEYS);
  // Two windows of one tablet may begin at once: the first key is everybody's.
  const key = settled(keys.get(owner)).then((other) => {
    if (!other) keys.put(made, owner);
    return other || made;
  });
  await committed(transaction);
  return key;
}

const isOf = (person) => (owner) => String(owner).startsWith(`${person} `);

// How many entries of a person wait on this device, whatever session they belong to.
export async function waitingOf(person) {
  const database = await opened();
  const found = await settled(database.transaction(ENTRIES).objectStore(ENTRIES).getAll());
  database.close();
  return found.filter(({ owner }) => isOf(person)(owner)).length;
}

export async function forget(person) {
  const database = await opened();
  const transaction = database.transaction([KEYS, ENTRIES, STATES], "readwrite");
  for (const name of [KEYS, STATES]) {
    const store = transaction.objectStore(name);
    store.getAllKeys().onsuccess = ({ target }) => target.result.filter(isOf(person)).forEach((key) => store.delete(key));
  }
  const entries = transaction.objectStore(ENTRIES);
  entries.openCursor().onsuccess = ({ target }) => {
    const cursor = target.result;
    if (!cursor) return;
    if (isOf(person)(cursor.value.owner)) cursor.delete();
    cursor.continue();
  };
  await committed(transaction);
  database.close();
}
