// A grid of styles to choose some from, and a weight for each chosen one.
// A click replaces the style, or adds one while the switch is on. Value: {picked: [{key, weight}], mix}. Events: "input" while a weight is dragged, "release" when a choice is made.
const root = element.querySelector(".style-picker");
// An update from Python brings only the properties it changes: what is fixed is taken now, the rest remembered.
const { colors: COLORS, styles: BUILTIN, sprite: SPRITE, columns: COLUMNS, most: MOST } = props;
let own = props.own ?? [];
let picked = (props.value?.picked ?? []).map((p) => ({ ...p }));
let mix = props.value?.mix ?? false;

const make = (tag, className, text) => {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
};
const styles = () => [...own, ...BUILTIN];
const find = (key) => styles().find((s) => s.key === key);
const publish = (event) => {
  props.value = { picked: picked.map((p) => ({ ...p })), mix };
  trigger(event);
};
const draw = (node, style) => {
  if (style.thumb) {
    node.style.backgroundImage = `url(${style.thumb})`;
    node.style.backgroundSize = "cover";
    return;
  }
  const columns = COLUMNS, rows = Math.ceil(BUILTIN.length / columns);
  const x = style.at % columns, y = Math.floor(style.at / columns);
  node.style.backgroundImage = `url(${SPRITE})`;
  node.style.backgroundSize = `${columns * 100}% ${rows * 100}%`;
  node.style.backgroundPosition = `${(x / Math.max(1, columns - 1)) * 100}% ${(y / Math.max(1, rows - 1)) * 100}%`;
};

const tray = make("ul", "chosen");
tray.setAttribute("aria-label", "Chosen styles");
const search = make("input", "search");
search.type = "search";
search.placeholder = "Find a painter or a work";
search.setAttribute("aria-label", "Find a style by painter or work");
const several = make("label", "several");
const box = make("input");
box.type = "checkbox";
box.setAttribute("role", "switch");
several.append(box, make("span", "", `Mix up to ${MOST}`));
box.addEventListener("change", () => {
  mix = box.checked;
  const before = picked.length;
  if (!mix) picked = picked.slice(-1);
  show();
  publish(picked.length === before ? "input" : "release");
});
const head = make("div", "head");
head.append(search, several);
const grid = make("div", "tiles");
grid.setAttribute("role", "group");
grid.setAttribute("aria-label", "Styles. Arrow keys move, Enter or space chooses.");
const none = make("p", "nothing", "No style of that name.");
none.hidden = true;
const said = make("div", "spoken");
said.setAttribute("aria-live", "polite");
root.append(tray, head, grid, none, said);

function toggle(style) {
  const at = picked.findIndex((p) => p.key === style.key);
  if (at >= 0) picked.splice(at, 1);
  else if (!mix) picked = [{ key: style.key, weight: 1 }];
  else if (picked.length >= MOST) {
    said.textContent = `Up to ${MOST} styles: take one away first.`;
    said.classList.add("shown");
    return;
  } else picked.push({ key: style.key, weight: 1 });
  said.textContent = "";
  said.classList.remove("shown");
  show();
  publish("release");
}

function showTray() {
  tray.replaceChildren();
  picked.forEach((p, i) => {
    const style = find(p.key);
    if (!style) return;
    const row = make("li", "chip");
    const face = make("span", "face");
    face.style.setProperty("--mark", COLORS[i]);
    draw(face, style);
    const words = make("span", "words");
    words.append(make("span", "name", style.title), make("span", "by", style.by));
    row.append(face, words);
    if (picked.length > 1) {
      const range = make("input", "weight");
      Object.assign(range, { type: "range", min: 0, max: 1, step: 0.05, value: p.weight });
      range.setAttribute("aria-label", `Weight of ${style.title}`);
      range.addEventListener("input", () => { p.weight = Number(range.value); publish("input"); });
      range.addEventListener("change", () => publish("release"));
      row.append(range);
    }
    const away = make("button", "away", "×");
    away.type = "button";
    away.setAttribute("aria-label", `Take ${style.title} away`);
    away.addEventListener("click", () => toggle(style));
    row.append(away);
    tray.append(row);
  });
  tray.hidden = picked.length === 0;
}

function showTiles() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  grid.replaceChildren();
  for (const style of styles()) {
    const text = `${style.title} ${style.by} ${style.key}`.toLowerCase();
    if (!words.every((w) => text.includes(w))) continue;
    const tile = make("button", "tile");
    tile.type = "button";
    tile.dataset.key = style.key;
    tile.title = style.by ? `${style.title}, ${style.by}` : style.title;
    tile.setAttribute("aria-label", tile.title);
    const face = make("span", "face");
    draw(face, style);
    tile.append(face, make("span", "name", style.title));
    tile.addEventListener("click", () => toggle(style));
    grid.append(tile);
  }
  none.hidden = grid.children.length > 0;
  mark();
}

function mark() {
  let first = true;
  for (const tile of grid.children) {
    const at = picked.findIndex((p) => p.key === tile.dataset.key);
    tile.setAttribute("aria-pressed", at >= 0);
    if (at >= 0) tile.style.setProperty("--mark", COLORS[at]);
    tile.dataset.number = at >= 0 ? at + 1 : "";
    tile.tabIndex = first ? 0 : -1;
    first = false;
  }
}

function show() { box.checked = mix; showTray(); mark(); }

grid.addEventListener("keydown", (event) => {
  const tiles = [...grid.children], at = tiles.indexOf(document.activeElement);
  if (at < 0) return;
  const columns = getComputedStyle(grid).gridTemplateColumns.split(" ").length;
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key];
  const to = event.key === "Home" ? 0 : event.key === "End" ? tiles.length - 1 : step ? at + step : null;
  if (to === null) return;
  event.preventDefault();
  if (!tiles[to]) return;
  tiles.forEach((t) => (t.tabIndex = -1));
  tiles[to].tabIndex = 0;
  tiles[to].focus();
});
search.addEventListener("input", showTiles);
watch(["own", "value"], () => {
  own = props.own ?? own;
  picked = (props.value?.picked ?? []).map((p) => ({ ...p }));
  mix = props.value?.mix ?? mix;
  showTiles();
  show();
});
showTiles();
showTray();
