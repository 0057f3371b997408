// Lanczos, as Pillow reduces pictures: separable, rounded to 8 bits after each way.

const REACH = 3;

/** A picture {data, width, height} (RGBA) with this shorter side; the same one where it is not larger. */
export function reduced(picture, shorter) {
  const scale = shorter / Math.min(picture.width, picture.height);
  return scale >= 1 ? picture : resized(picture, ...[picture.width, picture.height].map((side) => Math.max(1, even(side * scale))));
}

/** A picture in another size. */
export function resized({ data, width, height }, newWidth, newHeight) {
  const across = taps(width, newWidth), down = taps(height, newHeight);
  const wide = new Uint8ClampedArray(4 * newWidth * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < newWidth; x++) {
      const { first, weights } = across[x];
      let r = 0, g = 0, b = 0;
      for (let k = 0, i = 4 * (y * width + first); k < weights.length; k++, i += 4) {
        r += data[i] * weights[k];
        g += data[i + 1] * weights[k];
        b += data[i + 2] * weights[k];
      }
      put(wide, 4 * (y * newWidth + x), r, g, b);
    }
  const out = new Uint8ClampedArray(4 * newWidth * newHeight);
  for (let y = 0; y < newHeight; y++) {
    const { first, weights } = down[y];
    for (let x = 0; x < newWidth; x++) {
      let r = 0, g = 0, b = 0;
      for (let k = 0, i = 4 * (first * newWidth + x); k < weights.length; k++, i += 4 * newWidth) {
        r += wide[i] * weights[k];
        g += wide[i + 1] * weights[k];
        b += wide[i + 2] * weights[k];
      }
      put(out, 4 * (y * newWidth + x), r, g, b);
    }
  }
  return { data: out, width: newWidth, height: newHeight };
}

function put(data, i, r, g, b) {
  data[i] = Math.floor(r + 0.5);
  data[i + 1] = Math.floor(g + 0.5);
  data[i + 2] = Math.floor(b + 0.5);
  data[i + 3] = 255;
}

/** For each place of a side: the first pixel that it is made of, and what each weighs. */
function taps(size, newSize) {
  const scale = size / newSize, wide = Math.max(scale, 1), reach = REACH * wide;
  return Array.from({ length: newSize }, (_, at) => {
    const middle = (at + 0.5) * scale;
    const first = Math.max(Math.trunc(middle - reach + 0.5), 0), end = Math.min(Math.trunc(middle + reach + 0.5), size);
    const weights = Float64Array.from({ length: end - first }, (_, k) => lanczos((first + k - middle + 0.5) / wide));
    const sum = weights.reduce((a, b) => a + b);
    return { first, weights: weights.map((w) => w / sum) };
  });
}

function lanczos(x) {
  return x === 0 ? 1 : Math.abs(x) < REACH ? (REACH * Math.sin(Math.PI * x) * Math.sin((Math.PI * x) / REACH)) / (Math.PI * x) ** 2 : 0;
}

/** Rounded, halves to the even number, as Python rounds. */
function even(x) {
  const low = Math.floor(x);
  return x - low === 0.5 ? low + (low % 2) : Math.round(x);
}
