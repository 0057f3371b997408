// What Gradio's own controls lack for keyboards and screen readers.
(() => {
  // Sliders tell of their release for pointers only: keys get the same, once they have come to rest.
  let timer;
  const moves = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "PageUp", "PageDown"];
  document.addEventListener("keyup", (event) => {
    if (!event.target.matches?.(".gradio-container input[data-testid=range-input]") || !moves.includes(event.key)) return;
    clearTimeout(timer);
    timer = setTimeout(() => event.target.dispatchEvent(new PointerEvent("pointerup", { bubbles: true })), 300);
  });
  // Example pictures are buttons without a name; empty places are labelled, but have no role.
  const name = () => {
    document.querySelectorAll(".gallery-item:not([aria-label])").forEach((item) => {
      const file = item.querySelector("img, video")?.src?.split("/").pop()?.split(".")[0];
      if (file) item.setAttribute("aria-label", `Example: ${decodeURIComponent(file)}`);
    });
    document.querySelectorAll("div.empty[aria-label]:not([role])").forEach((empty) => empty.setAttribute("role", "img"));
  };
  const watch = () => new MutationObserver(name).observe(document.body, { childList: true, subtree: true });
  document.body ? watch() : addEventListener("DOMContentLoaded", watch);
})();
