// The 4 KB style files of adain_core/styles/style.py, as safetensors: a header's length (8 bytes), the header, numbers.

/** A style's file. */
export function write({ mean, std, title, info = {} }, about) {
  const bytes = 4 * mean.length;
  const header = {
    __metadata__: { format: about.styleFormat, encoder: about.encoder, name: title, info: JSON.stringify(info) },
    mean: { dtype: "F32", shape: [mean.length], data_offsets: [0, bytes] },
    std: { dtype: "F32", shape: [std.length], data_offsets: [bytes, 2 * bytes] },
  };
  let text = new TextEncoder().encode(JSON.stringify(header));
  const padded = new Uint8Array(Math.ceil(text.length / 8) * 8).fill(0x20);
  padded.set(text);
  const length = new DataView(new ArrayBuffer(8));
  length.setBigUint64(0, BigInt(padded.length), true);
  return new Blob([length.buffer, padded, Float32Array.from(mean), Float32Array.from(std)], { type: "application/octet-stream" });
}

/** {mean, std, title, info} of a file; undefined if it is none of this network. */
export function read(buffer, about) {
  try {
    const length = Number(new DataView(buffer).getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
    const { format, encoder, name, info } = header.__metadata__;
    const [mean, std] = ["mean", "std"].map((part) => {
      const { dtype, data_offsets: [start, end] } = header[part];
      return dtype === "F32" ? new Float32Array(buffer.slice(8 + length + start, 8 + length + end)) : [];
    });
    const whole = [mean, std].every((part) => part.length === about.channels && part.every(Number.isFinite));
    if (format !== about.styleFormat || encoder !== about.encoder || !whole) return undefined;
    return { mean, std, title: name, info: JSON.parse(info || "{}") };
  } catch {
    return undefined;
  }
}
