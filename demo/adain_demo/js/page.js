// What Gradio's own controls lack: keyboards and screen readers, numbers that are being typed, the wheel, the camera.
(() => {
  // A text of `assets/words/` in the visitor's language, with what is filled in: as Gradio chooses it for its controls.
  window.say = (key, values = {}) => {
    const all = window.gradio_config?.i18n_translations ?? {};
    const text = (all[navigator.language.split("-")[0]] ?? all.en ?? {})[`adain.${key}`] ?? key;
    return text.replace(/\{(\w+)\}/g, (found, name) => values[name] ?? found);
  };
  document.documentElement.lang = navigator.language;
  const RANGE = "input[data-testid=range-input]", NUMBER = "input[data-testid=number-input]";
  // Sliders tell of their release for pointers only: keys get the same, once they have come to rest.
  let timer;
  const moves = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "PageUp", "PageDown"];
  const release = (range) => range.dispatchEvent(new PointerEvent("pointerup", { bubbles: true }));
  document.addEventListener("keyup", (event) => {
    if (!event.target.matches?.(`.gradio-container ${RANGE}`) || !moves.includes(event.key)) return;
    clearTimeout(timer);
    timer = setTimeout(() => release(event.target), 300);
  });
  // A number is read once it is finished (Enter, another control, the arrows of the box), and brought into the range:
  // on the way to 768 stands 7. An empty box takes back the number that counts.
  const finish = (box) => {
    const range = box.closest(".block")?.querySelector(RANGE);
    if (!range) return;
    const typed = box.value === "" ? range.value : box.value;
    const number = String(Math.min(Math.max(Number(typed), Number(box.min)), Number(box.max)));
    box.value = number;
    if (Number(number) === Number(range.value)) return;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    // Once Gradio has taken it in: from its own events on it would send the number before.
    requestAnimationFrame(() => setTimeout(() => release(range)));
  };
  addEventListener("input", (event) => {
    if (event.isTrusted && event.target.matches?.(NUMBER)) event.stopImmediatePropagation();
  }, true);
  addEventListener("change", (event) => {
    if (event.isTrusted && event.target.matches?.(NUMBER)) finish(event.target);
  }, true);
  for (const kind of ["pointerup", "blur"]) {
    addEventListener(kind, (event) => {  // on these Gradio tells of a release, also of a number half typed
      if (event.target.matches?.(NUMBER)) event.stopImmediatePropagation();
    }, true);
  }
  // The wheel scrolls the page, also above the result; with Ctrl it zooms the picture.
  addEventListener("wheel", (event) => {
    if (!event.ctrlKey && event.target.closest?.("#result")) event.stopImmediatePropagation();
  }, { capture: true, passive: true });
  // Whoever leaves the camera's tab no longer wants to be seen: recording ends, and the camera is off until the next.
  const devices = navigator.mediaDevices;
  const ask = devices?.getUserMedia?.bind(devices);
  const streams = new Set();
  let wanted = null;
  if (ask) {
    devices.getUserMedia = async (what) => {
      wanted = what;
      const stream = await ask(what);
      streams.add(stream);
      return stream;
    };
  }
  const leave = () => {
    document.querySelector("#camera .capture-button:has([title='stop recording'], [title='spinner'])")?.click();
    streams.forEach((stream) => stream.getTracks().forEach((track) => track.stop()));
    streams.clear();
  };
  addEventListener("click", async (event) => {
    const button = event.target.closest?.("#camera .capture-button:has([title='start recording'])");
    const video = button && document.querySelector("#camera video");
    if (!video?.srcObject || video.srcObject.active) return;
    video.srcObject = await devices.getUserMedia(wanted);
    video.play();
  }, true);
  addEventListener("click", (event) => {
    const tab = event.target.closest?.("[role=tab]");
    if (tab && tab.getAttribute("aria-selected") !== "true") leave();
  }, true);
  document.addEventListener("visibilitychange", () => document.hidden && leave());
  // The border between before and after moves by keys as by the mouse, and says what it is.
  const ends = (handle) => {
    const box = handle.parentElement.querySelector("img")?.getBoundingClientRect();
    return box?.width ? box : handle.parentElement.getBoundingClientRect();
  };
  const share = (handle) => {
    const box = ends(handle), at = handle.getBoundingClientRect();
    return Math.round((100 * (at.left + at.width / 2 - box.left)) / box.width);
  };
  const told = (handle) => handle.setAttribute("aria-valuenow", Math.min(100, Math.max(0, share(handle))));
  addEventListener("keydown", (event) => {
    const handle = event.target.closest?.("[data-testid=slider]");
    const step = { ArrowLeft: -5, ArrowRight: 5, ArrowDown: -5, ArrowUp: 5, Home: -100, End: 100 }[event.key];
    if (!handle || !step) return;
    event.preventDefault();
    const box = ends(handle);
    const clientX = box.left + (box.width * Math.min(100, Math.max(0, share(handle) + step))) / 100;
    const mouse = { clientX, clientY: box.top + box.height / 2, view: window, bubbles: true, button: 0 };
    handle.dispatchEvent(new MouseEvent("mousedown", mouse));
    window.dispatchEvent(new MouseEvent("mouseup", mouse));
    requestAnimationFrame(() => told(handle));
  }, true);
  // What Gradio says in English only, and what it gives no name, no role or no voice.
  const texts = (node, from, to) => node.childNodes.forEach((child) => {
    if (child.nodeType === 3 && child.nodeValue.includes(from)) child.nodeValue = child.nodeValue.replace(from, to);
  });
  const name = () => {
    document.querySelectorAll("[data-testid=slider]:not([role=slider])").forEach((handle) => {
      handle.setAttribute("role", "slider");
      handle.setAttribute("tabindex", "0");
      handle.setAttribute("aria-label", say("handle"));
      handle.setAttribute("aria-valuemin", 0);
      handle.setAttribute("aria-valuemax", 100);
      told(handle);
      const pictures = handle.parentElement.querySelectorAll("img");
      pictures.forEach((picture, i) => (picture.alt = say(i ? "after" : "before")));
    });
    document.querySelectorAll("#photo img[alt='']").forEach((image) => (image.alt = say("photo")));
    document.querySelectorAll("#clip-animation img[alt=''], #camera-result img[alt='']").forEach((image) => {
      image.alt = say("result");
    });
    document.querySelectorAll("#facts, #clip-facts, #camera-facts:not([role])").forEach((facts) => {
      if (facts.id !== "camera-facts") facts.setAttribute("role", "status");
    });
    // Radios of one question belong together: Gradio gives each a name of its own, so that arrow keys stay on it.
    document.querySelectorAll(".gradio-container .wrap:has(> label > input[type=radio]):not([role])").forEach((group) => {
      group.setAttribute("role", "radiogroup");
      group.setAttribute("aria-label", group.closest(".block").querySelector("[data-testid=block-info]").textContent.trim());
    });
    document.querySelectorAll("[role=radiogroup] > label > input[type=radio]").forEach((radio) => {
      const { id } = radio.closest(".block");
      if (radio.name !== id) radio.name = id;
    });
    document.querySelectorAll(".progress-text").forEach((line) => {
      texts(line, "processing", say("working"));
      texts(line, "queue:", `${say("waiting")}:`);
    });
    document.querySelectorAll("#camera button, #photo button").forEach((button) => {
      if (button.textContent.includes("Click to Access Webcam")) {
        button.querySelectorAll("*").forEach((part) => texts(part, "Click to Access Webcam", say("webcam")));
        texts(button, "Click to Access Webcam", say("webcam"));
      }
    });
    document.querySelectorAll(".gallery-item:not([aria-label])").forEach((item) => {
      const file = item.querySelector("img, video")?.src?.split("/").pop()?.split(".")[0];
      if (file) item.setAttribute("aria-label", say("example", { name: decodeURIComponent(file) }));
    });
    document.querySelectorAll("div.empty[aria-label]:not([role])").forEach((empty) => empty.setAttribute("role", "img"));
  };
  const watch = () => new MutationObserver(name).observe(document.body, { childList: true, subtree: true });
  document.body ? watch() : addEventListener("DOMContentLoaded", watch);
})();
