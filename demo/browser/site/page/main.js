// The page put together: what the visitor does, what is asked of the engine, what is shown.

import { fromAddress, toAddress } from "./address.js";
import { Camera } from "./camera.js";
import { Chosen } from "./chosen.js";
import { Engine } from "./engine.js";
import { keep, register } from "./offline.js";
import { Painting } from "./painting.js";
import { draw, read, save } from "./pictures.js";
import { SIDE, Sheet } from "./sheet.js";
import * as files from "./style_files.js";
import { say, speak } from "./words.js";

const SIZES = [256, 384, 512, 768, 1024, 1536];
const LIVE = 256;
/** Shorter side of live pictures; half as much again where that is quick enough. */

const find = (id) => document.getElementById(id);
const state = { photo: undefined, strength: 1, colours: "style", size: 512, ...drop(fromAddress()) };
const styles = new Map();
let about, engine, painting, sheet, chosen, loaded = false;
const camera = new Camera(find("video"));

speak();
busy(0);
find("facts").textContent = say("loading");
await register();
start().catch((error) => complain(say("failed", error.message)));

async function start() {
  engine = new Engine((share) => busy(share));
  painting = new Painting(engine, { wanted, show, busy, facts, complain, working, photo: (picture) => draw(find("photo"), picture) });
  sheet = new Sheet(find("sheet"), pick, () => find("style-file").click());
  chosen = new Chosen(find("chosen"), { changed: () => repaint(), moving: () => repaint(true), save: saveStyle, remove: (style) => pick(style, true) });
  about = await (await fetch("model/about.json")).json();
  about.styles.forEach((style, number) => addStyle({ ...style, number }));
  about.examples.forEach(addExample);
  chosen.set((state.styles ?? []).filter(([key]) => styles.has(key)).map(([key, weight]) => ({ style: styles.get(key), weight })));
  if (!chosen.list.length) chosen.set([{ style: styles.get(about.styles[0].key), weight: 1 }]);
  find("many").checked = chosen.list.length > 1;
  find("strength").value = state.strength;
  find("colours").checked = state.colours === "photo";
  listen();
  await example(about.examples[1]);  // while the network comes, the photo is there to be seen
  await engine.ready;
  loaded = true;
  find("cancel").hidden = false;
  repaint();
  await painting.loop;
  engine.ask("accelerate").then(({ provider, threads }) => (find("computes").textContent = say(provider, threads)));
  keep(() => (find("state").textContent = say("offline")));
  document.documentElement.dataset.ready = "yes";
}

function listen() {
  find("open").onclick = () => find("file").click();
  find("file").onchange = ({ target }) => take(target.files[0]).finally(() => (target.value = ""));
  find("style-file").onchange = ({ target }) => takeStyles([...target.files]).finally(() => (target.value = ""));
  find("strength").oninput = ({ target }) => { state.strength = Number(target.value); repaint(true); };
  find("strength").onchange = () => repaint();
  find("colours").onchange = ({ target }) => { state.colours = target.checked ? "photo" : "style"; repaint(); };
  find("size").onchange = ({ target }) => { state.size = target.value === "full" ? "full" : Number(target.value); repaint(); };
  find("compare").oninput = compare;
  find("cancel").onclick = () => painting.stop();
  find("search").oninput = ({ target }) => { find("facts").textContent = sheet.filter(target.value) ? "" : say("none"); };
  find("many").onchange = ({ target }) => { if (!target.checked) { chosen.set(chosen.list.slice(0, 1)); repaint(); } };
  find("download").onclick = download;
  find("camera").onclick = () => (camera.on ? stopCamera() : startCamera());
  find("shoot").onclick = () => { const picture = camera.frame(); stopCamera(); setPhoto(picture, "photo"); };
  addEventListener("paste", ({ clipboardData }) => clipboardData.files[0] && take(clipboardData.files[0]));
  addEventListener("dragover", (event) => { event.preventDefault(); find("drop").hidden = false; });
  addEventListener("dragleave", (event) => { if (!event.relatedTarget) find("drop").hidden = true; });
  addEventListener("drop", (event) => {
    event.preventDefault();
    find("drop").hidden = true;
    const given = [...event.dataTransfer.files];
    if (event.target.closest?.("#styles") || given.some(isStyleFile)) takeStyles(given);
    else if (given.length) take(given[0]);
  });
  addEventListener("hashchange", () => location.reload());
  compare();
}

/** What is to be painted now. */
function wanted() {
  return {
    styles: chosen.list.map(({ style, weight }) => ({ ...numbers(style), weight })),
    alpha: state.strength, colours: state.colours, size: state.size,
  };
}

function repaint(moving = false) {
  const percent = Math.round(state.strength * 100);
  find("strength-value").textContent = `${percent} %`;
  find("strength").setAttribute("aria-valuetext", `${percent} %`);
  find("strength").style.setProperty("--share", `${(percent / 150) * 100}%`);
  sheet.press(chosen.list.map(({ style }) => style.key));
  find("result").setAttribute("aria-label", say("painting", chosen.list.map(({ style }) => style.title).join(", ")));
  const lasting = chosen.list.filter(({ style }) => style.number !== undefined);
  if (!moving) toAddress({ ...state, styles: lasting.map(({ style, weight }) => [style.key, weight]) });
  if (!camera.on && state.photo && loaded) painting.request(moving);
}

function show(picture) {
  draw(find("result"), picture);
  find("view").classList.add("painted");
  find("download").disabled = false;
}

function facts(picture, seconds) {
  find("facts").textContent = say("painted", picture.width, picture.height, seconds.toFixed(2));
}

function pick(style, off = false) {
  const many = find("many").checked, there = chosen.list.some((each) => each.style === style);
  if ((many || off) && there) {
    if (chosen.list.length > 1) chosen.set(chosen.list.filter((each) => each.style !== style));
  } else chosen.set(many ? [...chosen.list, { style, weight: 1 }] : [{ style, weight: 1 }]);
  repaint();
}

async function take(file) {
  if (isStyleFile(file)) return takeStyles([file]);
  try {
    const picture = await read(file);
    stopCamera();
    setPhoto(picture, file.name.replace(/\.[^.]*$/, "") || "photo");
  } catch (error) {
    complain(error.message);
  }
}

function setPhoto(picture, name) {
  complain("");
  const { width, height } = picture, shorter = Math.min(width, height);
  state.photo = { width, height, name };
  shape(picture);
  find("photo").setAttribute("aria-label", `${say("before")}: ${name}`);
  const smaller = SIZES.filter((size) => size < shorter);
  find("size").replaceChildren(
    ...smaller.map((size) => new Option(`${Math.round((width * size) / shorter)} × ${Math.round((height * size) / shorter)}`, size)),
    new Option(`${width} × ${height} (${say("full")})`, "full"),
  );
  find("size").value = smaller.includes(state.size) ? state.size : "full";
  if (!loaded) draw(find("photo"), picture);  // else the engine says how it is painted
  engine.ask("photo", { picture }, undefined, [picture.data.buffer]);
  painting.photo({ width, height });
  repaint();
  sheet.paint((style) => engine.ask("thumbnail", { side: SIDE, style: numbers(style) }));
}

async function example(name) {
  const response = await fetch(`examples/${name}.jpg`);
  await take(new File([await response.blob()], `${name}.jpg`));
}

function addExample(name) {
  const button = Object.assign(document.createElement("button"), { type: "button", ariaLabel: say("example", name), title: say("example", name) });
  button.append(Object.assign(document.createElement("img"), { src: `examples/${name}.jpg`, alt: "" }));
  button.onclick = () => example(name);
  find("examples").append(button);
}

function addStyle(style, own = false) {
  styles.set(style.key, style);
  sheet.add(style, own);
}

async function takeStyles(given) {
  complain("");
  for (const file of given)
    try {
      addOwn(await (isStyleFile(file) ? styleFile(file) : stylePicture(file)));
    } catch (error) {
      complain(error.message);
    }
}

async function styleFile(file) {
  const style = files.read(await file.arrayBuffer(), about);
  if (!style) throw new Error(say("badStyle", file.name));
  return style;
}

async function stylePicture(file) {
  const picture = await read(file);
  return { ...(await engine.ask("style", { picture }, undefined, [picture.data.buffer])), title: file.name.replace(/\.[^.]*$/, "") };
}

async function addOwn(found) {
  const style = { ...found, title: found.title || say("ownName", styles.size), key: `own-${styles.size}`, by: "" };
  addStyle(style, true);
  pick(style);
  const picture = await engine.ask("thumbnail", { side: SIDE, style: numbers(style) });
  draw(sheet.tiles.get(style.key).button.querySelector("canvas"), picture);
}

async function saveStyle(style) {
  const known = style.number === undefined ? style : { ...style, ...(await engine.ask("numbers", { style: numbers(style) })) };
  save(files.write({ ...known, title: style.number === undefined ? style.title : style.key }, about), `${fileName(style)}.safetensors`);
}

async function download() {
  const blob = await new Promise((done) => find("result").toBlob(done, "image/png"));
  save(blob, `${state.photo.name}_${chosen.list.map(({ style }) => fileName(style)).join("_").slice(0, 80)}.png`);
}

async function startCamera() {
  painting.stop();
  complain("");
  try {
    await camera.start();
  } catch (error) {
    return complain(say("noCamera", error.message));
  }
  find("camera").querySelector("[data-word]").textContent = say("stop");
  find("shoot").hidden = false;
  for (let side = LIVE, before = performance.now(); camera.on; before = performance.now()) {
    const picture = camera.frame(side), { styles, alpha, colours } = wanted();
    shape(picture);
    draw(find("photo"), picture);
    const painted = await engine.ask("frame", { picture, styles, alpha, colours });
    if (!camera.on) break;
    show(painted);
    const seconds = (performance.now() - before) / 1000;
    find("facts").textContent = say("live", (1 / seconds).toFixed(1));
    side = seconds < 0.06 ? LIVE * 1.5 : seconds > 0.15 ? LIVE : side;
  }
}

function stopCamera() {
  if (!camera.on) return;
  camera.stop();
  find("shoot").hidden = true;
  find("camera").querySelector("[data-word]").textContent = say("camera");
  shape(state.photo);
  painting.photo(state.photo);
  repaint();
}

/** Give the view the shape of a picture. */
function shape({ width, height }) {
  find("view").style.setProperty("--width", width);
  find("view").style.setProperty("--height", height);
}

function compare() {
  const { value } = find("compare");
  find("view").style.setProperty("--at", `${value}%`);
  find("compare").setAttribute("aria-valuetext", `${value} %`);
}

/** A bar over the picture, from 0 to 1; none without a number. */
function busy(share) {
  find("busy").hidden = share === undefined;
  if (share !== undefined) find("progress").value = share;
}

/** Says to a screen reader whether the picture is about to change. */
function working(on) {
  find("view").ariaBusy = String(on);
}

function complain(text) {
  find("alert").textContent = text;
  if (text) busy();
}

const numbers = ({ number, mean, std }) => (number === undefined ? { mean, std } : { number });
const isStyleFile = (file) => file.name.toLowerCase().endsWith(".safetensors");
const fileName = (style) => (style.number === undefined ? style.title : style.key).replace(/[^\p{L}\p{N}-]+/gu, "-");

function drop(given) {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
