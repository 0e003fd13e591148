// Keeps the cockpit's shell and files on the tablet, so that it opens while the server is away; the worker serves them.
const SHELLS = "vigil-shells-1", ASSETS = "vigil-assets-1";

export function whyNot() {
  if (!window.isSecureContext) return "This page is not served over HTTPS: while the server is away it cannot be opened again, and entries are not kept here.";
  if (!("serviceWorker" in navigator) || !("caches" in window)) return "This browser cannot open the page again while the server is away.";
  return "";
}

function files() {
  const loaded = performance.getEntriesByType("resource").map(({ name }) => name);
  const named = [...document.querySelectorAll("script[src], link[rel=stylesheet], link[rel=icon]")].map((one) => one.src || one.href);
  return new Set([...loaded, ...named].filter((address) => new URL(address).origin === location.origin && new URL(address).pathname.startsWith("/static/")));
}

export async function keep({ worker, page }, shell) {
  await navigator.serviceWorker.register(worker);
  const assets = await caches.open(ASSETS);
  await Promise.all([...files()].map(async (address) => (await assets.match(address)) || assets.add(address)));
  await (await caches.open(SHELLS)).put(page, shell);
  await navigator.storage?.persist?.();
}
