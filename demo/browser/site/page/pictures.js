// Pictures as the visitor gives them: a file, what is dropped or pasted, a camera's frame; and as they are saved.

import { say } from "./words.js";

const LARGEST = 40;
/** Millions of pixels. */

/** A file as {data, width, height}, RGBA, upright, in sRGB, on white where it is transparent. */
export async function read(file) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    throw new Error(say("badPicture", file.name || "?"));
  }
  try {
    const million = (bitmap.width * bitmap.height) / 1e6;
    if (million > LARGEST) throw new Error(say("large", file.name, Math.round(million), LARGEST));
    return pixels(bitmap, bitmap.width, bitmap.height);
  } finally {
    bitmap.close();
  }
}

/** What can be drawn, as pixels of a size. */
export function pixels(drawable, width, height) {
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  context.fillStyle = "white";
  context.fillRect(0, 0, width, height);
  context.drawImage(drawable, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  return { data, width, height };
}

/** Show pixels in a canvas. */
export function draw(canvas, { data, width, height }) {
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  canvas.getContext("2d").putImageData(new ImageData(data, width, height), 0, 0);
}

/** Give the visitor a file. */
export function save(blob, name) {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
