// Encoder and decoder in onnxruntime-web: WebAssembly, with threads where the page is isolated from other origins; then
// WebGPU, where a small picture comes out alike and sooner.

import * as ort from "../runtime/ort.wasm.min.mjs";

const ALIKE = 2 / 255;
/** How far a picture by WebGPU may be from the one by WebAssembly. */

const SMALL = 64, LARGE = 256, ROUNDS = 2;
/** Sides of the pictures that both are tried with, and how often. */

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
    const found = new Networks();
    Object.assign(found, { about, graphs: [encoder, decoder], styles: new Float32Array(styles) });
    found.threads = self.crossOriginIsolated ? Math.max(1, Math.min((navigator.hardwareConcurrency || 1) - 1, 8)) : 1;  // one is the page's
    await found.start(ort, wasm, "ort-wasm-simd-threaded", "wasm");
    return found;
  }

  /** Compute with a runtime from now on. */
  async start(runtime, wasm, name, provider) {
    runtime.env.wasm.wasmBinary = wasm;
    runtime.env.wasm.wasmPaths = { mjs: new URL(`../runtime/${name}.mjs`, import.meta.url).href };
    runtime.env.wasm.numThreads = provider === "wasm" ? this.threads : 1;
    const sessions = [];
    for (const graph of this.graphs)
      sessions.push(await runtime.InferenceSession.create(graph.slice(0), { executionProviders: [provider] }));
    [this.encoder, this.decoder] = sessions;
    runtime.env.wasm.wasmBinary = undefined;  // 13 MB that nobody needs any more
    this.provider = provider;
  }

  /**
   * What WebGPU needs, fetched, if this machine has it; else nothing.
   *
   * @param accept whether an adapter is one to try; those that only imitate a card are slower, and not tried
   */
  static async quicker(accept = ({ info, isFallbackAdapter }) => !(info?.isFallbackAdapter ?? isFallbackAdapter)) {
    const adapter = await navigator.gpu?.requestAdapter().catch(() => null);
    if (!adapter || !accept(adapter) || navigator.connection?.saveData) return undefined;
    const files = [import("../runtime/ort.webgpu.min.mjs"), unpacked("runtime/ort-wasm-simd-threaded.asyncify.wasm.z", () => {})];
    const [runtime, wasm] = await Promise.all(files);
    return { runtime, wasm };
  }

  /** WebGPU in place of WebAssembly, if a picture comes out alike, and sooner. */
  async accelerate({ runtime, wasm }) {
    const { encoder, decoder, provider } = this, before = { encoder, decoder, provider };
    const small = await this.trial(SMALL), large = await this.trial(LARGE);
    let taken = false;
    try {
      await this.start(runtime, wasm, "ort-wasm-simd-threaded.asyncify", "webgpu");
      const quick = await this.trial(SMALL), alike = quick.picture.every((x, i) => Math.abs(x - small.picture[i]) <= ALIKE);
      const hopeful = alike && quick.seconds < large.seconds;  // else the large one may take minutes
      taken = hopeful && (await this.trial(LARGE)).seconds < large.seconds;
    } catch {
      // a driver that fails: WebAssembly works
    }
    const left = taken ? before : { encoder: this.encoder, decoder: this.decoder };
    if (!taken) Object.assign(this, before);
    if (left.encoder !== this.encoder) for (const session of [left.encoder, left.decoder]) await session.release().catch(() => undefined);
  }

  /** A picture encoded, changed as a style would, and decoded, and the least time that took. */
  async trial(side) {
    const cells = side / this.about.stride;
    const pixels = Float32Array.from({ length: 3 * side * side }, (_, i) => 0.5 + 0.4 * Math.sin(i / 37) * Math.cos(i / 9973));
    let picture, seconds = Infinity;
    for (let round = 0; round < ROUNDS; round++) {
      const start = performance.now();
      const f = await this.encode(pixels, side, side);
      picture = await this.decode(f.map((x) => 1.5 * x), cells, cells);
      seconds = Math.min(seconds, (performance.now() - start) / 1000);
    }
    return { picture, seconds };
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
