// The chosen styles: what they are, how much each weighs, and their files.

import { say } from "./words.js";

export class Chosen {
  /** `on`: changed(), moving() while a weight moves, save(style), remove(style). */
  constructor(place, on) {
    Object.assign(this, { place, on, list: [] });
  }

  /** @param list [{style, weight}] */
  set(list) {
    this.list = list;
    this.place.replaceChildren(...list.map((each) => this.row(each)));
  }

  row(each) {
    const { style } = each, row = document.createElement("li");
    const name = Object.assign(document.createElement("span"), { className: "what" });
    name.append(Object.assign(document.createElement("strong"), { textContent: style.title }), ` ${style.by ?? ""}`);
    row.append(name);
    if (this.list.length > 1) {
      const weight = Object.assign(document.createElement("input"), { type: "range", min: 0, max: 1, step: 0.05, value: each.weight, ariaLabel: say("weight", style.title) });
      const share = () => weight.style.setProperty("--share", `${each.weight * 100}%`);
      weight.oninput = () => { each.weight = Number(weight.value); share(); this.on.moving(); };
      weight.onchange = () => this.on.changed();
      share();
      row.append(weight, this.button("remove", "M6 6l12 12M18 6 6 18", style));
    }
    row.append(this.button("save", "M5 4h11l3 3v13H5zM8 4v5h7V4M8 20v-6h8v6", style));
    return row;
  }

  button(word, path, style) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "small", ariaLabel: say(word, style.title), title: say(word, style.title) });
    button.innerHTML = `<svg aria-hidden="true" viewBox="0 0 24 24"><path d="${path}"/></svg>`;
    button.onclick = () => this.on[word](style);
    return button;
  }
}
