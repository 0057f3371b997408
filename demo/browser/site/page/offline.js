// The service worker: from the second visit on without a network, and with threads where a host sets no headers for them.

const TRIED = "isolation tried";

const PATIENT = 3000;
/** Milliseconds to wait for it; the page works without. */

/** Register it. Loads the page anew, once, where that brings threads; then never returns. */
export async function register() {
  if (!navigator.serviceWorker || !isSecureContext) return;
  try {
    await navigator.serviceWorker.register("sw.js", { updateViaCache: "none" });
    await Promise.race([navigator.serviceWorker.ready, new Promise((go) => setTimeout(go, PATIENT))]);
  } catch {
    return;  // private windows and some frames have none: the page works without
  }
  if (crossOriginIsolated || window.top !== window || sessionStorage.getItem(TRIED)) return;
  sessionStorage.setItem(TRIED, "yes");
  location.reload();
  await new Promise(() => {});
}

/** Keep all files; `done` is called when they are there. */
export function keep(done) {
  navigator.serviceWorker?.addEventListener("message", ({ data }) => data.kept && done());
  navigator.serviceWorker?.controller?.postMessage("keep");
}
