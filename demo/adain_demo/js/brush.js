// Masks painted over the photo, one layer a style. Value: {masks: {style's key: PNG data URL or ""}}. Event: "release".
// They outlive another photo, and come back when the page goes back to an earlier result.
// An update from Python brings only the properties it changes: what is fixed is taken now, the rest remembered.
const COLORS = props.colors;
let styles = props.layers ?? [], shown = props.photo ?? "";
const root = element.querySelector(".brush");
const make = (tag, className, text) => {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
};
const bar = make("div", "bar");
const layers = make("div", "layers");
layers.setAttribute("role", "radiogroup");
layers.setAttribute("aria-label", say("paint-with"));
const size = make("input");
Object.assign(size, { type: "range", min: 2, max: 50, value: 16 });
size.setAttribute("aria-label", say("brush-size"));
const sized = make("label", "sized");
sized.append(make("span", "", say("brush")), size);
const button = (text, label, act) => {
  const node = make("button", "tool", text);
  node.type = "button";
  node.setAttribute("aria-label", label);
  node.addEventListener("click", act);
  return node;
};
const eraser = button(say("erase"), say("erase-hint"), () => {
  erasing = !erasing;
  eraser.setAttribute("aria-pressed", erasing);
});
eraser.setAttribute("aria-pressed", false);
const undo = button(say("undo"), say("undo-stroke"), () => {
  const last = history.pop();
  if (!last) return;
  const context = canvases.get(last.key).getContext("2d");
  context.globalCompositeOperation = "source-over"; // the last stroke may have left the eraser's
  context.clearRect(0, 0, width, height);
  context.drawImage(last.picture, 0, 0);
  tint(canvases.get(last.key), COLORS[styles.findIndex((style) => style.key === last.key)]);
  publish();
});
const clear = button(say("clear"), say("clear-hint"), () => {
  reset();
  publish();
});
const sheet = make("div", "sheet");
const note = make("p", "note");
bar.append(layers, sized, eraser, undo, clear);
root.append(bar, sheet, note);

// What is painted belongs to a style, wherever it stands among the others.
let canvases = new Map(), width = 0, height = 0, layer = 0, erasing = false, history = [], last = null, photo = null;
let masks = props.value?.masks ?? {};
const canvas = () => canvases.get(styles[layer].key);

function reset() {
  history = [];
  canvases.forEach((c) => c.getContext("2d").clearRect(0, 0, width, height));
}
function publish() {
  const blank = (c) => !c.getContext("2d").getImageData(0, 0, width, height).data.some((v, i) => i % 4 === 3 && v);
  masks = {};
  canvases.forEach((c, key) => (masks[key] = blank(c) ? "" : c.toDataURL("image/png")));
  props.value = { masks };
  trigger("release");
}
function showLayers() {
  layers.replaceChildren();
  styles.forEach(({ name }, i) => {
    const choice = make("button", "layer", name);
    choice.type = "button";
    choice.setAttribute("role", "radio");
    choice.setAttribute("aria-checked", i === layer);
    choice.tabIndex = i === layer ? 0 : -1;
    choice.style.setProperty("--mark", COLORS[i]);
    choice.addEventListener("click", () => { layer = i; showLayers(); });
    choice.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      layer = (layer + step + styles.length) % styles.length;
      showLayers();
      layers.children[layer].focus();
    });
    layers.append(choice);
  });
}
function show() {
  layer = Math.min(layer, Math.max(0, styles.length - 1));
  const ready = shown && styles.length;
  note.textContent = !shown ? say("photo-first") : !styles.length ? say("style-first") : "";
  bar.hidden = sheet.hidden = !ready;
  if (!ready) return;
  showLayers();
  if (photo !== shown) {
    photo = shown;
    const image = new Image();
    image.alt = say("paint-on");
    image.onload = () => {
      width = image.naturalWidth;
      height = image.naturalHeight;
      sheet.replaceChildren(image);
      canvases = new Map();
      history = [];
      match();
    };
    image.src = photo;
  } else match();
}
function match() {
  // A layer for each style, in the colour of its place; that of a style that was taken away goes with it, that of one
  // whose place another has taken stays there.
  if (!width) return;
  const fresh = styles.filter(({ key }) => !canvases.has(key)), old = [...canvases.keys()];
  const left = old.filter((key) => !styles.some((style) => style.key === key));
  const moved = fresh.length === 1 && left.length === 1 && old.length === styles.length;
  if (moved && styles.indexOf(fresh[0]) === old.indexOf(left[0]) && props.value?.masks?.[left[0]]) {
    canvases = new Map([...canvases].map(([key, layer]) => [key === left[0] ? fresh[0].key : key, layer]));
    history.forEach((step) => { if (step.key === left[0]) step.key = fresh[0].key; });
    setTimeout(publish);
  }
  for (const [key, gone] of canvases) {
    if (styles.some((style) => style.key === key)) continue;
    gone.remove();
    canvases.delete(key);
    history = history.filter((step) => step.key !== key);
  }
  styles.forEach(({ key }, i) => {
    if (!canvases.has(key)) {
      const fresh = make("canvas");
      Object.assign(fresh, { width, height });
      fresh.setAttribute("aria-hidden", true);
      canvases.set(key, fresh);
      fill(key);
    }
    sheet.append(canvases.get(key));
    tint(canvases.get(key), COLORS[i]);
  });
}
function fill(key) {
  // What was painted in a style before, on this layer.
  const layer = canvases.get(key), picture = new Image();
  layer.getContext("2d").clearRect(0, 0, width, height);
  if (!masks[key]) return;
  picture.onload = () => {
    if (canvases.get(key) !== layer) return;
    const context = layer.getContext("2d");
    context.globalCompositeOperation = "source-over";
    context.drawImage(picture, 0, 0, width, height);
    tint(layer, COLORS[styles.findIndex((style) => style.key === key)]);
  };
  picture.src = masks[key];
}
function tint(layer, color) {
  const context = layer.getContext("2d");
  context.globalCompositeOperation = "source-in";
  context.fillStyle = color;
  context.fillRect(0, 0, width, height);
}
function point(event) {
  const box = sheet.getBoundingClientRect();
  return [((event.clientX - box.left) / box.width) * width, ((event.clientY - box.top) / box.height) * height];
}
function stroke(from, to) {
  const context = canvas().getContext("2d");
  context.globalCompositeOperation = erasing ? "destination-out" : "source-over";
  context.strokeStyle = COLORS[layer];
  context.lineWidth = (size.value / 100) * Math.min(width, height) * 1.5;
  context.lineCap = context.lineJoin = "round";
  context.beginPath();
  context.moveTo(...from);
  context.lineTo(to[0] + 0.01, to[1]);
  context.stroke();
}
sheet.addEventListener("pointerdown", (event) => {
  if (!canvases.size) return;
  event.preventDefault();
  sheet.setPointerCapture(event.pointerId);
  const copy = make("canvas");
  copy.width = width;
  copy.height = height;
  copy.getContext("2d").drawImage(canvas(), 0, 0);
  history = [...history.slice(-19), { key: styles[layer].key, picture: copy }];
  last = point(event);
  stroke(last, last);
});
sheet.addEventListener("pointermove", (event) => {
  if (!last) return;
  const next = point(event);
  stroke(last, next);
  last = next;
});
const lift = () => {
  if (!last) return;
  last = null;
  publish();
};
sheet.addEventListener("pointerup", lift);
sheet.addEventListener("pointercancel", lift);
watch("value", () => {
  const given = props.value?.masks ?? {};
  if (given === masks || JSON.stringify(given) === JSON.stringify(masks)) return;
  masks = given;
  history = [];
  canvases.forEach((_, key) => fill(key));
});
watch(["photo", "layers"], () => {
  styles = props.layers ?? styles;
  shown = props.photo ?? shown;
  show();
});
show();
