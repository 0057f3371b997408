// What adain_core/tiles/grid.py does: the cells of a picture, its tiles, and the pixels behind a window of cells.
// A window is {y0, y1, x0, x1}, in cells, ends excluded.

export class Grid {
  /** @param tile cells a tile, each way */
  constructor(height, width, tile, { stride, smallest }) {
    Object.assign(this, { height, width, tile, stride });
    this.rows = Math.ceil(Math.max(height, smallest) / stride);
    this.cols = Math.ceil(Math.max(width, smallest) / stride);
    this.whole = { y0: 0, y1: this.rows, x0: 0, x1: this.cols };
  }

  /** The tiles, row by row, without margins. */
  tiles() {
    const found = [];
    for (let y = 0; y < this.rows; y += this.tile)
      for (let x = 0; x < this.cols; x += this.tile)
        found.push({ y0: y, y1: Math.min(y + this.tile, this.rows), x0: x, x1: Math.min(x + this.tile, this.cols) });
    return found;
  }

  /** A window with so many cells more on each side, within the picture. */
  grown(window, cells) {
    return {
      y0: Math.max(window.y0 - cells, 0), y1: Math.min(window.y1 + cells, this.rows),
      x0: Math.max(window.x0 - cells, 0), x1: Math.min(window.x1 + cells, this.cols),
    };
  }

  /** The pixels behind a window as (3, 8 rows, 8 cols) in [0, 1], those beyond the border reflected. */
  read({ data }, window) {
    const rows = reflected(window.y0 * this.stride, window.y1 * this.stride, this.height);
    const cols = reflected(window.x0 * this.stride, window.x1 * this.stride, this.width);
    const plane = rows.length * cols.length, out = new Float32Array(3 * plane);
    let i = 0;
    for (const y of rows)
      for (const x of cols) {
        const at = 4 * (y * this.width + x);
        out[i] = data[at] / 255;
        out[i + plane] = data[at + 1] / 255;
        out[i++ + 2 * plane] = data[at + 2] / 255;
      }
    return out;
  }
}

export const height = (window) => window.y1 - window.y0;
export const width = (window) => window.x1 - window.x0;

/** The part of features (C, ...) of a window that another window covers. */
export function cut(f, origin, window) {
  if (height(window) === height(origin) && width(window) === width(origin)) return f;
  const plane = height(origin) * width(origin), channels = f.length / plane;
  const out = new Float32Array(channels * height(window) * width(window));
  copy(f, origin, out, window, window, channels);
  return out;
}

/** Put a window's part of features of one window into those of another. */
export function copy(from, source, to, target, window, channels) {
  const planes = [height(source) * width(source), height(target) * width(target)];
  for (let c = 0; c < channels; c++)
    for (let y = window.y0; y < window.y1; y++) {
      const start = c * planes[0] + (y - source.y0) * width(source) + window.x0 - source.x0;
      to.set(from.subarray(start, start + width(window)), c * planes[1] + (y - target.y0) * width(target) + window.x0 - target.x0);
    }
}

function reflected(start, stop, size) {
  const period = 2 * (size - 1);
  return Int32Array.from({ length: stop - start }, (_, i) => {
    const at = size === 1 ? 0 : (((start + i) % period) + period) % period;
    return at < size ? at : period - at;
  });
}
