// All styles, each painted on the visitor's own photo: one stop of the Tab key, arrows within.

import { draw } from "./pictures.js";
import { say } from "./words.js";

export const SIDE = 128;
/** Pixels a side of a thumbnail. */

export class Sheet {
  /** `pick(style)` when one is clicked, `add()` for the button that adds own ones. */
  constructor(place, pick, add) {
    Object.assign(this, { place, pick, tiles: new Map(), round: 0 });
    this.own = tile(say("own"), "", "add");
    this.own.addEventListener("click", add);
    this.own.append(Object.assign(document.createElement("b"), { textContent: "+", ariaHidden: "true" }));
    this.own.append(label(say("own")));
    this.own.tabIndex = 0;
    place.append(this.own);
    place.addEventListener("keydown", (event) => this.move(event));
    place.addEventListener("focusin", ({ target }) => this.stop(target.closest("button")));
  }

  add(style, first = false) {
    const button = tile([style.title, style.by].filter(Boolean).join(", "), style.key, "style");
    button.append(Object.assign(document.createElement("canvas"), { width: SIDE, height: SIDE }));
    button.append(label(style.title));
    button.ariaPressed = "false";
    button.addEventListener("click", () => this.pick(style));
    this.tiles.set(style.key, { style, button });
    if (first) this.own.after(button);
    else this.place.append(button);
  }

  /** Show which are chosen. */
  press(keys) {
    for (const [key, { button }] of this.tiles) button.ariaPressed = String(keys.includes(key));
  }

  /** Only those with these words in title or painter; returns how many. */
  filter(text) {
    const words = plain(text).split(/\s+/);
    let count = 0;
    for (const { style, button } of this.tiles.values()) {
      button.hidden = !words.every((word) => plain(`${style.title} ${style.by ?? ""}`).includes(word));
      count += !button.hidden;
    }
    return count;
  }

  /** Paint every thumbnail, those in view first; a call for another photo ends the one before. */
  async paint(one) {
    const round = ++this.round, left = new Set(this.tiles.values());
    for (const each of left) each.button.classList.add("old");
    while (left.size && round === this.round) {
      const next = [...left].find(({ button }) => inView(button)) ?? [...left][0];
      left.delete(next);
      const picture = await one(next.style).catch(() => undefined);
      if (round !== this.round) return;
      if (picture) draw(next.button.querySelector("canvas"), picture);
      next.button.classList.remove("old");
    }
  }

  move(event) {
    const shown = [...this.place.querySelectorAll("button:not([hidden])")], at = shown.indexOf(document.activeElement);
    const across = shown.filter((each) => each.offsetTop === shown[0].offsetTop).length;
    const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: across, ArrowUp: -across, Home: -at, End: shown.length - 1 - at }[event.key];
    if (by === undefined || at < 0) return;
    event.preventDefault();
    shown[Math.min(Math.max(at + by, 0), shown.length - 1)].focus();
  }

  stop(button) {
    if (!button) return;
    for (const each of this.place.querySelectorAll("button")) each.tabIndex = each === button ? 0 : -1;
  }
}

function tile(name, key, kind) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: `tile ${kind}`, ariaLabel: name, title: name, tabIndex: -1 });
  button.dataset.key = key;
  return button;
}

/** Two lines of a name, in a box of its own that can have space around. */
function label(text) {
  const box = Object.assign(document.createElement("span"), { className: "name" });
  box.append(Object.assign(document.createElement("span"), { textContent: text }));
  return box;
}

function inView(element) {
  const box = element.getBoundingClientRect();
  return box.bottom > 0 && box.top < innerHeight && !element.hidden;
}

const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
