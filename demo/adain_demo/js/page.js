// Gradio's sliders tell of their release for pointers only: keys get the same, once they have come to rest.
(() => {
  let timer;
  const moves = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "PageUp", "PageDown"];
  document.addEventListener("keyup", (event) => {
    if (!event.target.matches?.(".gradio-container .block input[type=range]") || !moves.includes(event.key)) return;
    clearTimeout(timer);
    timer = setTimeout(() => event.target.dispatchEvent(new PointerEvent("pointerup", { bubbles: true })), 300);
  });
})();
