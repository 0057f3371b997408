// A square with a style at each corner; the point in it mixes them. Value: {x, y}, 0..1 from the top left.
// An update from Python brings only the properties it changes: what is fixed is taken now.
const COLORS = props.colors;
const root = element.querySelector(".corner-pad");
const pad = document.createElement("div");
pad.className = "pad";
const names = [0, 1, 2, 3].map((i) => {
  const name = document.createElement("span");
  name.className = `corner corner-${i}`;
  return name;
});
const dot = document.createElement("div");
dot.className = "dot";
dot.tabIndex = 0;
dot.setAttribute("role", "slider");
dot.setAttribute("aria-label", say("corner"));
dot.setAttribute("aria-valuemin", 0);
dot.setAttribute("aria-valuemax", 100);
pad.append(...names, dot);
const note = document.createElement("p");
note.className = "note";
root.append(pad, note);
let at = { x: 0.5, y: 0.5, ...(props.value ?? {}) };

function show() {
  const corners = props.corners ?? [];
  const places = { 0: [], 1: [4], 2: [0, 1], 3: [0, 1, 5], 4: [0, 1, 2, 3] }[Math.min(corners.length, 4)];
  names.forEach((name, i) => {
    name.textContent = corners[i] ?? "";
    name.hidden = !corners[i];
    name.className = `corner at-${places[i]}`;
    name.style.setProperty("--mark", COLORS[i]);
  });
  note.textContent = corners.length < 2 ? say("corner-note") : "";
  pad.classList.toggle("off", corners.length < 2);
  dot.style.left = `${at.x * 100}%`;
  dot.style.top = `${at.y * 100}%`;
  dot.setAttribute("aria-valuenow", Math.round(at.x * 100));
  dot.setAttribute("aria-valuetext", say("corner-value", { x: Math.round(at.x * 100), y: Math.round(at.y * 100) }));
}
function move(x, y, event) {
  at = { x: Math.min(1, Math.max(0, x)), y: Math.min(1, Math.max(0, y)) };
  show();
  props.value = { ...at };
  trigger(event);
}
function follow(event, kind) {
  const box = pad.getBoundingClientRect();
  move((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height, kind);
}
let held = false;
pad.addEventListener("pointerdown", (event) => {
  held = true;
  pad.setPointerCapture(event.pointerId);
  follow(event, "input");
});
pad.addEventListener("pointermove", (event) => held && follow(event, "input"));
pad.addEventListener("pointerup", (event) => {
  if (held) follow(event, "release");
  held = false;
});
dot.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (!step) return;
  event.preventDefault();
  move(at.x + step[0] * 0.05, at.y + step[1] * 0.05, "release");
});
watch(["corners", "value"], () => {
  at = { ...at, ...(props.value ?? {}) };
  show();
});
show();
