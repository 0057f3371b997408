// What adain_core/styles/moments.py and adain_core/styles/style.py do: gather statistics, share, mix, the affine map.
// A style is {mean, std}, Float32Arrays of one number a channel.

/** Sums over the cells of features, piece by piece; how the picture was cut does not matter. */
export class Moments {
  constructor({ channels, phases, eps }) {
    Object.assign(this, { channels, phases, eps, total: 0 });
    this.sum = new Float64Array(channels);
    this.squares = new Float64Array(channels);
    this.shift = null;  // near the mean, so that the squares do not cancel
  }

  /** @param {Float32Array} f features (C, h, w) */
  add(f) {
    const cells = f.length / this.channels;
    if (!this.shift) this.shift = Float64Array.from({ length: this.channels }, (_, c) => mean(f, c * cells, cells));
    for (let c = 0; c < this.channels; c++) {
      const shift = this.shift[c];
      let sum = 0, squares = 0;
      for (let i = c * cells, end = i + cells; i < end; i++) {
        const away = f[i] - shift;
        sum += away;
        squares += away * away;
      }
      this.sum[c] += sum;
      this.squares[c] += squares;
    }
    this.total += cells;
  }

  /** The statistics of what was added. */
  style() {
    const mean = new Float64Array(this.channels), std = new Float64Array(this.channels);
    for (let c = 0; c < this.channels; c++) {
      const offset = this.sum[c] / this.total;
      mean[c] = offset + this.shift[c];
      std[c] = Math.sqrt(Math.max(this.squares[c] / this.total - offset * offset, 0) + this.eps);
    }
    return share(mean, std, this.phases);
  }
}

/** Channels that are one map, cut into several that lie side by side, get the statistics of that one map. */
export function share(mean, std, phases) {
  const found = { mean: Float32Array.from(mean), std: Float32Array.from(std) };
  let first = 0;
  for (const [channels, times] of phases) {
    for (let c = first; c < first + channels; c++) {
      let middle = 0, inside = 0, between = 0;
      for (let t = 0; t < times; t++) middle += mean[c + t * channels] / times;
      for (let t = 0; t < times; t++) {
        inside += std[c + t * channels] ** 2 / times;
        between += (mean[c + t * channels] - middle) ** 2 / times;
      }
      for (let t = 0; t < times; t++) {
        found.mean[c + t * channels] = middle;
        found.std[c + t * channels] = Math.sqrt(inside + between);
      }
    }
    first += channels * times;
  }
  return found;
}

/** The weighted mean of styles, [{mean, std, weight}]; weights need not sum to 1. */
export function mix(styles) {
  const total = styles.reduce((sum, style) => sum + style.weight, 0);
  return weighted(styles, styles.map((style) => (total > 0 ? style.weight / total : 1 / styles.length)));
}

/** Scale and shift of each channel that give features with the content's statistics those of a style, as strong as alpha. */
export function affine(content, style, alpha) {
  const target = weighted([content, style], [1 - alpha, alpha]);
  const scale = target.std.map((std, c) => Math.max(std, 0) / content.std[c]);
  return { scale, shift: target.mean.map((mean, c) => mean - scale[c] * content.mean[c]) };
}

/** scale * f + shift, for features (C, h, w), into new ones. */
export function apply({ scale, shift }, f) {
  const out = new Float32Array(f.length), cells = f.length / scale.length;
  for (let c = 0, i = 0; c < scale.length; c++) {
    const s = scale[c], t = shift[c];
    for (const end = i + cells; i < end; i++) out[i] = f[i] * s + t;
  }
  return out;
}

function weighted(styles, shares) {
  const sum = (part) => styles[0][part].map((_, c) => styles.reduce((all, style, k) => all + style[part][c] * shares[k], 0));
  return { mean: sum("mean"), std: sum("std") };
}

function mean(f, start, count) {
  let sum = 0;
  for (let i = start; i < start + count; i++) sum += f[i];
  return sum / count;
}
