// Keeps the page for use without a network, and isolates it from other origins, without which a browser gives no threads.

importScripts("kept.js");  // VERSION and KEPT, made with the folder

const CACHE = `painted-${VERSION}`;
const ISOLATED = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
};

self.addEventListener("activate", (event) => event.waitUntil((async () => {
  await self.clients.claim();
  for (const name of await caches.keys()) if (name.startsWith("painted-") && name !== CACHE) await caches.delete(name);
})()));

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method === "GET" && url.origin === location.origin && url.href.startsWith(self.registration.scope))
    event.respondWith(answer(url));
});

/** Once the page is done with what it needs at once: all files, so that it works without a network. */
self.addEventListener("message", (event) => event.waitUntil((async () => {
  for (const path of KEPT) await kept(new URL(path, self.registration.scope).href);
  event.source?.postMessage({ kept: true });
})().catch(() => undefined)));

async function answer(url) {
  url.hash = url.search = "";
  return isolated(await kept(url.href.replace(/\/index\.html$/, "/")));
}

async function kept(address) {
  const cache = await caches.open(CACHE), found = await cache.match(address);
  if (found) return found;
  const response = await fetch(address, { cache: "no-cache" });
  if (response.ok && response.status === 200) await cache.put(address, response.clone());
  return response;
}

function isolated(response) {
  if (response.type === "opaqueredirect" || response.status === 0) return response;
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(ISOLATED)) headers.set(name, value);
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}
