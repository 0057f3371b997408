// The page's side of the engine: jobs by number, answers as promises.

export class Engine {
  /** @param loading told the share of what has been loaded */
  constructor(loading) {
    this.worker = new Worker(new URL("../engine/worker.js", import.meta.url), { type: "module" });
    this.jobs = new Map();
    this.last = 0;
    this.ready = new Promise((resolve, reject) => {
      this.worker.onerror = (event) => reject(new Error(event.message ?? "worker"));
      this.worker.onmessage = ({ data }) => {
        if ("loading" in data) loading(data.loading);
        else if (data.ready) resolve(data.ready);
        else if (data.failed) reject(new Error(data.failed));
        else this.answer(data);
      };
    });
  }

  answer({ id, progress, result, error, cancelled }) {
    const job = this.jobs.get(id);
    if (progress !== undefined) return job?.progress?.(progress);
    this.jobs.delete(id);
    if (error === undefined) job?.resolve(result);
    else job?.reject(Object.assign(new Error(error), { cancelled }));
  }

  /** Ask for a job of engine/worker.js. The promise has its `id`, for `cancel`. */
  ask(kind, values = {}, progress = undefined, moved = []) {
    const id = ++this.last;
    const asked = new Promise((resolve, reject) => this.jobs.set(id, { resolve, reject, progress }));
    this.worker.postMessage({ id, kind, ...values }, moved);
    return Object.assign(asked, { id });
  }

  cancel(id) {
    if (this.jobs.has(id)) this.worker.postMessage({ cancel: id });
  }
}
