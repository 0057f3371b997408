// Encoder and decoder in onnxruntime-web: WebAssembly, with threads where the page is isolated from other origins.

import * as ort from "../runtime/ort.wasm.min.mjs";

export class Networks {
  /** Load all that is needed. `progress(share)` is told how much has come. */
  static async load(progress) {
    const about = await (await get("model/about.json")).json();
    const packed = ["runtime/ort-wasm-simd-threaded.wasm.z", "model/encoder.onnx.z", "model/decoder.onnx.z", "model/styles.f32.z"];
    const shares = packed.map(() => 0), sizes = [3.7, 0.7, 0.4, 0.5];  // MB, about: for the bar alone
    const whole = sizes.reduce((a, b) => a + b);
    const [wasm, encoder, decoder, styles] = await Promise.all(packed.map((path, n) => unpacked(path, (share) => {
      shares[n] = share;
      progress(shares.reduce((sum, each, k) => sum + each * sizes[k], 0) / whole);
    })));
    ort.env.wasm.wasmBinary = wasm;
    ort.env.wasm.wasmPaths = { mjs: new URL("../runtime/ort-wasm-simd-threaded.mjs", import.meta.url).href };
    ort.env.wasm.numThreads = self.crossOriginIsolated ? Math.min(navigator.hardwareConcurrency || 1, 8) : 1;
    const options = { executionProviders: ["wasm"], graphOptimizationLevel: "all" };
    const found = new Networks();
    Object.assign(found, { about, styles: new Float32Array(styles) });
    found.encoder = await ort.InferenceSession.create(encoder, options);
    found.decoder = await ort.InferenceSession.create(decoder, options);
    return found;
  }

  /** Threads that compute. */
  get threads() {
    return ort.env.wasm.numThreads;
  }

  /** A built-in style by its number. */
  style(number) {
    const { channels } = this.about, start = 2 * channels * number;
    return { mean: this.styles.subarray(start, start + channels), std: this.styles.subarray(start + channels, start + 2 * channels) };
  }

  /** Pixels (3, height, width) in [0, 1] to features (C, height / 8, width / 8). */
  async encode(pixels, height, width) {
    const found = await this.encoder.run({ picture: new ort.Tensor("float32", pixels, [1, 3, height, width]) });
    return found.features.data;
  }

  /** Features (C, rows, cols) to pixels (3, 8 rows, 8 cols) in [0, 1]. */
  async decode(f, rows, cols) {
    const found = await this.decoder.run({ features: new ort.Tensor("float32", f, [1, this.about.channels, rows, cols]) });
    return found.picture.data;
  }
}

async function get(path) {
  const response = await fetch(new URL(`../${path}`, import.meta.url));
  if (!response.ok) throw new Error(`${path}: ${response.status} ${response.statusText}`);
  return response;
}

/** A packed file's content. A host that unpacked it on the way is fine, too. */
async function unpacked(path, progress) {
  const response = await get(path), size = Number(response.headers.get("content-length")) || 0;
  const parts = [];
  let got = 0;
  for (const reader = response.body.getReader(); ;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    got += value.length;
    if (size) progress(Math.min(got / size, 1));
  }
  progress(1);
  const blob = new Blob(parts), [first, second] = new Uint8Array(await blob.slice(0, 2).arrayBuffer());
  if (first !== 0x1f || second !== 0x8b) return blob.arrayBuffer();
  return new Response(blob.stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}
