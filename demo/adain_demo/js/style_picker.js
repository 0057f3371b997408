// A grid of styles to choose some from, and a weight for each chosen one.
// A click replaces the style, or adds one while the switch is on. Value: {picked: [{key, weight}], mix}.
// Events: "input" while a weight is dragged, "release" when a choice is made, "select" when other styles are chosen,
// "edit" when a style of one's own gets a name or goes (value: {own: {key, title}}, without a title where it goes).
const root = element.querySelector(".style-picker");
// An update from Python brings only the properties it changes: what is fixed is taken now, the rest remembered.
const { colors: COLORS, styles: BUILTIN, sprite: SPRITE, columns: COLUMNS, most: MOST } = props;
let own = props.own ?? [];
let picked = (props.value?.picked ?? []).map((p) => ({ ...p }));
let mix = props.value?.mix ?? false;
let photo = props.photo ?? "";
// The tiles painted from the visitor's photo, by key.
let painted = new Map();

// Which place of the tray the next style goes to, if not the next free one; names of the places where they have some.
let place = null, places = props.places ?? [];

const make = (tag, className, text) => {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
};
const styles = () => [...own, ...BUILTIN];
const find = (key) => styles().find((s) => s.key === key);
let told = picked.map((p) => p.key).join();
const follow = () => {
  const keys = picked.map((p) => p.key).join();
  if (keys !== told) trigger("select");
  told = keys;
};
const publish = (event) => {
  props.value = { picked: picked.map((p) => ({ ...p })), mix };
  trigger(event);
  follow();
};
const draw = (node, style) => {
  const picture = painted.get(style.key) ?? style.thumb;
  if (picture) {
    node.style.backgroundImage = `url(${picture})`;
    node.style.backgroundSize = "cover";
    node.style.backgroundPosition = "center";
    return;
  }
  const columns = COLUMNS, rows = Math.ceil(BUILTIN.length / columns);
  const x = style.at % columns, y = Math.floor(style.at / columns);
  node.style.backgroundImage = `url(${SPRITE})`;
  node.style.backgroundSize = `${columns * 100}% ${rows * 100}%`;
  node.style.backgroundPosition = `${(x / Math.max(1, columns - 1)) * 100}% ${(y / Math.max(1, rows - 1)) * 100}%`;
};

const tray = make("ul", "chosen");
tray.setAttribute("aria-label", say("chosen"));
const search = make("input", "search");
search.type = "search";
search.placeholder = say("find-hint");
search.setAttribute("aria-label", say("find"));
const several = make("label", "several");
const box = make("input");
box.type = "checkbox";
box.setAttribute("role", "switch");
several.append(box, make("span", "", say("mix-up")));
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
grid.setAttribute("aria-label", say("styles", { count: BUILTIN.length }));
const none = make("p", "nothing", say("none"));
none.hidden = true;
const said = make("div", "spoken");
said.setAttribute("aria-live", "polite");
root.append(tray, head, grid, none, said);

function toggle(style) {
  const at = picked.findIndex((p) => p.key === style.key);
  if (place !== null && at < 0) {
    picked[place] = { key: style.key, weight: picked[place]?.weight ?? 1 };
    mix ||= picked.length > 1;
  } else if (at >= 0) picked.splice(at, 1);
  else if (!mix) picked = [{ key: style.key, weight: 1 }];
  else if (picked.length >= MOST) {
    tell(say("full"));
    return;
  } else picked.push({ key: style.key, weight: 1 });
  place = null;
  tell("");
  show();
  publish("release");
}
function tell(text) {
  said.textContent = text;
  said.classList.toggle("shown", text !== "");
}
// A place of the tray: the next style that is chosen goes there.
function aim(at) {
  place = place === at ? null : at;
  tell(place === null ? "" : say("change-hint"));
  showTray();
  tray.querySelectorAll("button.face")[at]?.focus();
}

function showTray() {
  tray.replaceChildren();
  picked.forEach((p, i) => {
    const style = find(p.key);
    if (!style) return;
    const row = make("li", "chip");
    const face = make("button", "face");
    face.type = "button";
    face.setAttribute("aria-label", say("change", style));
    face.title = say("change", style);
    face.setAttribute("aria-pressed", place === i);
    face.addEventListener("click", () => aim(i));
    face.style.setProperty("--mark", COLORS[i]);
    draw(face, style);
    const words = make("span", "words");
    if (style.path) words.append(nameBox(style));
    else words.append(make("span", "name", style.title), make("span", "by", style.by));
    if (places[i]) words.prepend(make("span", "place", say(places[i])));
    row.append(face, words);
    if (picked.length > 1) {
      const range = make("input", "weight");
      Object.assign(range, { type: "range", min: 0, max: 1, step: 0.05, value: p.weight });
      range.setAttribute("aria-label", say("weight-of", style));
      range.addEventListener("input", () => { p.weight = Number(range.value); publish("input"); });
      range.addEventListener("change", () => publish("release"));
      row.append(range);
    }
    const away = make("button", "away", "×");
    away.type = "button";
    away.setAttribute("aria-label", say("take-away", style));
    away.addEventListener("click", () => toggle(style));
    row.append(away);
    tray.append(row);
  });
  if (picked.length && picked.length < places.length) {
    const at = picked.length, row = make("li", "chip"), words = make("span", "words");
    const face = make("button", "face empty");
    face.type = "button";
    face.setAttribute("aria-label", `${say(places[at])}: ${say("empty-place")}`);
    face.setAttribute("aria-pressed", place === at);
    face.addEventListener("click", () => aim(at));
    words.append(make("span", "place", say(places[at])), make("span", "by", say("empty-place")));
    row.append(face, words);
    tray.append(row);
  }
  tray.hidden = picked.length === 0;
}

// Styles of one's own: their names can be written over, and they can be taken away for good.
const edit = (key, title) => {
  props.value = { picked: picked.map((p) => ({ ...p })), mix, own: { key, title } };
  trigger("edit");
};
function nameBox(style) {
  const box = make("input", "name");
  Object.assign(box, { type: "text", value: style.title, maxLength: 60 });
  box.setAttribute("aria-label", say("own-name"));
  box.addEventListener("change", () => edit(style.key, box.value));
  const gone = make("button", "gone", say("delete"));
  gone.type = "button";
  gone.setAttribute("aria-label", say("delete-one", style));
  gone.addEventListener("click", () => {
    own = own.filter((other) => other.key !== style.key);
    picked = picked.filter((p) => p.key !== style.key);
    showTiles();
    show();
    edit(style.key, null);
    trigger("release");
    follow();
  });
  const both = make("span", "owned");
  both.append(box, gone);
  return both;
}

function showFaces() {
  [...tray.querySelectorAll(".face:not(.empty)")].forEach((face, i) => draw(face, find(picked[i].key)));
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
    tile.setAttribute("aria-label", style.by ? `${style.title}, ${style.by}` : style.title);
    const face = make("span", "face"), about = make("span", "about");
    draw(face, style);
    about.append(make("span", "name", style.title), make("span", "by", style.by));
    face.append(about);
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

// Tiles of the visitor's own photo: a few at a time, those nearest to what is seen first, until there is another photo.
const AT_ONCE = props.at_once ?? 0;
const sleep = (ms) => new Promise((go) => setTimeout(go, ms));
function next() {
  const middle = innerHeight / 2;
  const away = (tile) => { const box = tile.getBoundingClientRect(); return Math.abs((box.top + box.bottom) / 2 - middle); };
  const seen = new Map([...grid.children].map((tile) => [tile.dataset.key, away(tile)]));
  const missing = styles().filter((style) => !painted.has(style.key));
  return missing.map((style) => [seen.get(style.key) ?? Infinity, style]).sort((a, b) => a[0] - b[0])
    .slice(0, AT_ONCE).map(([, style]) => style);
}
let asking = false;
async function paintTiles() {
  if (asking || !AT_ONCE) return;
  asking = true;
  let missing;
  while (photo && (missing = next()).length) {
    if (document.hidden || !element.offsetParent) {
      await sleep(1000);
      continue;
    }
    const named = missing.filter((style) => !style.path), ours = missing.filter((style) => style.path);
    const asked = { photo, styles: named.map((style) => style.key), own: ours.map((style) => style.path) };
    const answer = await server.tiles(asked).catch((error) => ({ error }));
    if (photo !== asked.photo) continue;
    if (answer.error) break;
    if (answer.later) await sleep(200);
    else [...named, ...ours].forEach((style, i) => put(style, answer.tiles[i]));
  }
  asking = false;
}
function put(style, picture) {
  painted.set(style.key, picture);
  const face = grid.querySelector(`.tile[data-key="${CSS.escape(style.key)}"] .face`);
  if (face) draw(face, style);
  if (picked.some((p) => p.key === style.key)) showFaces();
}
watch(["own", "value", "photo", "places"], () => {
  places = props.places ?? places;
  if (place !== null && place > picked.length) place = null;
  own = props.own ?? own;
  picked = (props.value?.picked ?? []).map((p) => ({ ...p }));
  mix = props.value?.mix ?? mix;
  if ((props.photo ?? photo) !== photo) {
    photo = props.photo;
    painted = new Map();  // the tiles themselves stay until theirs are there
  } else showTiles();
  show();
  follow();
  paintTiles();
});
showTiles();
showTray();
paintTiles();
