// The engine's side of the page: one job at a time, the visitor's first, thumbnails when nothing else waits.

import { Networks } from "./networks.js";
import { reduced, resized } from "./resize.js";
import { mix } from "./statistics.js";
import { Cancelled, Content } from "./transfer.js";

let networks, photo, running;
const contents = new Map();  // by shorter side, of the photo
const waiting = [];  // {id, kind, ...}; kinds are those of `jobs`
const cancelled = new Set();

const jobs = {
  /** A new photo, RGBA. */
  photo({ picture }) {
    photo = picture;
    contents.clear();
  },

  /** The photo at a size, as it is painted: pixels. */
  async shown({ size }) {
    const { picture } = content(size);
    return { ...picture, data: picture.data.slice() };
  },

  /** The photo at a size in styles [{key or mean and std, weight}]. */
  paint({ id, size, styles, alpha, colours }) {
    let told = -1;
    return content(size).paint(mix(styles.map(known)), alpha, colours, (done) => {
      if (cancelled.has(id)) throw new Cancelled();
      if (done - told > 0.01) postMessage({ id, progress: (told = done) });
    });
  },

  /** The middle of the photo, a square of so many pixels, in one style. */
  thumbnail({ side, style }) {
    return content(`square ${side}`, () => square(side)).paint(known(style), 1, "style");
  },

  /** The numbers of a built-in style: {mean, std}. */
  numbers({ style }) {
    const { mean, std } = known(style);
    return { mean: mean.slice(), std: std.slice() };
  },

  /** The style of a picture: {mean, std}. */
  style({ picture }) {
    return new Content(networks, reduced(picture, networks.about.styleSize)).measure();
  },

  /** Try whether this machine has something quicker; says what computes now. */
  async accelerate({ found }) {
    if (found) await networks.accelerate(found);
    return { provider: networks.provider, threads: networks.threads };
  },

  /** A frame of a camera, painted, nothing of it kept. */
  frame({ picture, styles, alpha, colours }) {
    return new Content(networks, picture).paint(mix(styles.map(known)), alpha, colours);
  },
};

function known(style) {
  return style.mean ? style : { ...networks.style(style.number), weight: style.weight };
}

function content(size, make = () => (size === "full" ? photo : reduced(photo, size))) {
  if (!contents.has(size)) {
    for (const old of [...contents.keys()].filter((key) => typeof key === "number" || key === "full").slice(0, -1)) contents.delete(old);
    contents.set(size, new Content(networks, make()));
  }
  return contents.get(size);
}

function square(side) {
  const shorter = Math.min(photo.width, photo.height), scale = side / shorter;
  const small = resized(photo, Math.max(side, Math.round(photo.width * scale)), Math.max(side, Math.round(photo.height * scale)));
  const left = (small.width - side) >> 1, top = (small.height - side) >> 1, data = new Uint8ClampedArray(4 * side * side);
  for (let y = 0; y < side; y++) {
    const start = 4 * ((top + y) * small.width + left);
    data.set(small.data.subarray(start, start + 4 * side), 4 * side * y);
  }
  return { data, width: side, height: side };
}

async function work() {
  if (running || !networks) return;
  running = true;
  while (waiting.length) {
    const next = waiting.findIndex((job) => job.kind !== "thumbnail"), [job] = waiting.splice(Math.max(next, 0), 1);
    await answer(job);
    await new Promise((go) => setTimeout(go));
  }
  running = false;
}

async function answer(job) {
  try {
    if (cancelled.has(job.id)) throw new Cancelled();
    const result = (await jobs[job.kind](job)) ?? null;
    postMessage({ id: job.id, result }, result?.data ? [result.data.buffer] : []);
  } catch (error) {
    postMessage({ id: job.id, cancelled: error instanceof Cancelled, error: String(error?.message ?? error) });
  }
  cancelled.delete(job.id);
}

function queue(job) {
  waiting.push(job);
  work();
}

self.onmessage = ({ data }) => {
  if ("cancel" in data) cancelled.add(data.cancel);
  else if (data.kind === "accelerate") Networks.quicker().catch(() => undefined).then((found) => queue({ ...data, found }));
  else queue(data);
};

Networks.load((share) => postMessage({ loading: share })).then((loaded) => {
  networks = loaded;
  postMessage({ ready: true });
  work();
}, (error) => postMessage({ failed: String(error?.message ?? error) }));
