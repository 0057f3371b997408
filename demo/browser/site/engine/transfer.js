// A picture read once and painted many times: what adain_core/engine/content.py and adain_core/engine/paint.py do.

import { Grid, copy, cut, height, width } from "./grid.js";
import { Moments, affine, apply } from "./statistics.js";

const TILE = 64;
/** Cells a tile, each way: 512 pixels. */

/** Y of YIQ, as adain_core/color/matching.py has it. */
const brightness = (r, g, b) => 0.299 * r + 0.587 * g + 0.114 * b;

const KEPT = 256 * 2 ** 20;
/** Bytes of features that are kept between the passes; above, tiles are encoded again. */

/** Raised between two tiles of what nobody waits for any more. */
export class Cancelled extends Error {}

/** Lets messages in between two tiles. */
const breathe = () => new Promise((go) => setTimeout(go));

export class Content {
  /** @param picture {data, width, height}, RGBA */
  constructor(networks, picture) {
    Object.assign(this, { networks, picture });
    this.grid = new Grid(picture.height, picture.width, TILE, networks.about);
    const { rows, cols, whole } = this.grid, count = networks.about.channels * rows * cols;
    this.tiles = this.grid.tiles();
    if (this.tiles.length > 1 && 4 * count <= KEPT) this.kept = new Float32Array(count);
    this.whole = whole;
  }

  /** Statistics of the whole picture; read once. `step(tiles done)` may raise Cancelled. */
  async measure(step = () => {}) {
    if (this.style) return this.style;
    const moments = new Moments(this.networks.about);
    for (const [done, tile] of this.tiles.entries()) {
      step(done);
      const f = await this.encode(tile);
      moments.add(f);
      if (this.tiles.length === 1) this.kept = f;
      else if (this.kept) copy(f, tile, this.kept, this.whole, tile, this.networks.about.channels);
      if (this.tiles.length > 1) await breathe();
    }
    return (this.style = moments.style());
  }

  /** Features of a window, of pixels that the encoder sees with a margin. */
  async encode(window) {
    const { networks, grid } = this, seen = grid.grown(window, networks.about.halo.encoder);
    const f = await networks.encode(grid.read(this.picture, seen), grid.stride * height(seen), grid.stride * width(seen));
    return cut(f, seen, window);
  }

  /**
   * The picture in a style.
   *
   * @param style {mean, std}
   * @param alpha strength
   * @param colours "style", or "photo": the style's brightness with the photo's colours
   * @param progress told the share that is done; may raise Cancelled
   */
  async paint(style, alpha, colours, progress = () => {}) {
    const count = this.tiles.length, passes = this.style ? 1 : 2;
    const measured = await this.measure((done) => progress(done / count / 2));
    const map = affine(measured, style, alpha), out = new Uint8ClampedArray(4 * this.picture.width * this.picture.height);
    for (const [done, tile] of this.tiles.entries()) {
      progress((passes - 1 + done / count) / passes);
      await this.paintTile(tile, map, colours === "photo", out);
      if (count > 1) await breathe();
    }
    return { data: out, width: this.picture.width, height: this.picture.height };
  }

  async paintTile(tile, map, keep, out) {
    const { networks, grid } = this, { stride } = grid, photo = this.picture.data;
    const seen = grid.grown(tile, networks.about.halo.decoder);
    const f = this.kept ? cut(this.kept, this.whole, seen) : await this.encode(seen);
    const pixels = await networks.decode(apply(map, f), height(seen), width(seen));
    const across = stride * width(seen), plane = across * stride * height(seen);
    const bottom = Math.min(tile.y1 * stride, grid.height), right = Math.min(tile.x1 * stride, grid.width);
    for (let y = tile.y0 * stride; y < bottom; y++) {
      let from = (y - seen.y0 * stride) * across + (tile.x0 - seen.x0) * stride;
      for (let x = tile.x0 * stride, to = 4 * (y * grid.width + x); x < right; x++, from++, to += 4) {
        let r = pixels[from] * 255, g = pixels[from + plane] * 255, b = pixels[from + 2 * plane] * 255;
        if (keep) {  // a change of brightness alone adds the same to red, green and blue
          const change = brightness(r, g, b) - brightness(photo[to], photo[to + 1], photo[to + 2]);
          r = photo[to] + change;
          g = photo[to + 1] + change;
          b = photo[to + 2] + change;
        }
        out[to] = Math.floor(r + 0.5);  // the array clips
        out[to + 1] = Math.floor(g + 0.5);
        out[to + 2] = Math.floor(b + 0.5);
        out[to + 3] = 255;
      }
    }
  }
}
