// Opens the cockpit while the server is away: the shell of a session and the files it needs, and nothing that was
// recorded. Pages come from the server whenever it answers. The page itself puts both in place (cockpit/shell.js).
const SHELLS = "vigil-shells-1", ASSETS = "vigil-assets-1";
const COCKPIT = /^\/sessions\/\w+\/$/;
const PATIENCE_MS = 6000;
const IS_AWAY = new Set([502, 503, 504]);

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== self.location.origin) return;
  if (request.mode === "navigate" && COCKPIT.test(address.pathname)) event.respondWith(open(request, address.pathname));
  else if (address.pathname.startsWith("/static/")) event.respondWith(file(request));
});

async function open(request, page) {
  const shell = await (await caches.open(SHELLS)).match(page);
  if (!shell) return fetch(request);
  const patience = new Promise((resolve) => setTimeout(() => resolve(null), PATIENCE_MS));
  const answer = await Promise.race([fetch(request).catch(() => null), patience]);
  return answer && !IS_AWAY.has(answer.status) ? answer : shell;
}

async function file(request) {
  const kept = await (await caches.open(ASSETS)).match(request.url);
  return kept || fetch(request);
}
