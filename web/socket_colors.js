// Sockets and wires of the pack's types have colours of their own. A palette of the user's that names them goes before.
import { app } from "../../scripts/app.js";

const COLORS = {
  ADAIN_MODEL: "#9575cd",
  ADAIN_FEATURES: "#26c6da",
  ADAIN_STYLE: "#f06292",
  ADAIN_OPTIONS: "#a1887f",
};

// A palette empties the colour of every type that it does not name, whenever it is loaded.
function fallBack(colors) {
  for (const [type, own] of Object.entries(COLORS)) {
    let named = colors[type];
    const get = () => named || own;
    const set = (color) => (named = color);
    Object.defineProperty(colors, type, { get, set, enumerable: true, configurable: true });
  }
}

app.registerExtension({
  name: "AdaIN.SocketColors",
  setup() {
    fallBack(app.canvas.constructor.link_type_colors);
    fallBack(app.canvas.default_connection_color_byType);
    const style = document.createElement("style");
    const rules = Object.entries(COLORS).map(([type, color]) => `--color-datatype-${type}: ${color};`);
    style.textContent = `:root { ${rules.join(" ")} }`;
    document.head.append(style);
  },
});
