// What is shown, in the address: a link shows the same. #style=scream:0.3,irises:0.7&strength=0.8&colours=photo&size=512

/** {styles: [[key, weight]], strength, colours, size} as far as the address says it. */
export function fromAddress() {
  const given = new URLSearchParams(location.hash.slice(1)), found = {};
  if (given.has("style"))
    found.styles = given.get("style").split(",").map((part) => {
      const [key, weight] = part.split(":");
      return [key, number(weight, 0, 1) ?? 1];
    });
  found.strength = number(given.get("strength"), 0, 1.5);
  if (given.get("colours") === "photo") found.colours = "photo";
  found.size = given.get("size") === "full" ? "full" : number(given.get("size"), 16, 8192);
  return found;
}

export function toAddress({ styles, strength, colours, size }) {
  const parts = [`style=${styles.map(([key, weight]) => (weight === 1 ? key : `${key}:${weight}`)).join(",")}`];
  if (strength !== 1) parts.push(`strength=${strength}`);
  if (colours === "photo") parts.push("colours=photo");
  if (size !== 512) parts.push(`size=${size}`);
  history.replaceState(null, "", styles.length ? `#${parts.join("&")}` : location.pathname + location.search);
}

function number(text, low, high) {
  const value = Number.parseFloat(text);
  return Number.isFinite(value) ? Math.min(Math.max(value, low), high) : undefined;
}
