// Paints what is wanted now: a small picture while a slider moves, then the size that was asked for. The last one counts.

import { say } from "./words.js";

const QUICK = 256;
/** Shorter side of pictures while a slider moves. */

const AT_ONCE = 512;
/** Shorter side up to which there is no small picture before. */

const PATIENT = 400;
/** Milliseconds before a bar shows how far it is. */

export class Painting {
  /** `page`: wanted() says what to paint; show, facts, busy, working, complain and photo show it. */
  constructor(engine, page) {
    Object.assign(this, { engine, page, shorter: 0, shownPhoto: undefined });
  }

  /** Another photo, of this size. */
  photo({ width, height }) {
    this.shorter = Math.min(width, height);
    this.shownPhoto = undefined;
  }

  /** Paint; only small while something still moves. */
  request(moving) {
    this.next = { moving };
    if (this.job && !moving) this.engine.cancel(this.job.id);
    this.page.working(true);
    this.loop ??= this.run().finally(() => {
      this.loop = undefined;
      this.page.working(false);
    });
  }

  /** Give up what is being painted. */
  stop() {
    this.next = undefined;
    this.stopped = true;
    if (this.job) this.engine.cancel(this.job.id);
  }

  async run() {
    while (this.next) {
      const { moving } = this.next, { size } = this.page.wanted();
      this.next = this.stopped = undefined;
      const shown = size === "full" || size >= this.shorter ? "full" : size, pixels = shown === "full" ? this.shorter : shown;
      if (pixels > QUICK && (moving || pixels > AT_ONCE)) await this.paint(QUICK);
      if (!this.next && !this.stopped && (!moving || pixels <= QUICK)) await this.paint(shown, true);
    }
  }

  async paint(size, last = false) {
    const { styles, alpha, colours } = this.page.wanted(), start = performance.now();
    const late = (share) => performance.now() - start > PATIENT && last && this.page.busy(share);
    try {
      if (this.shownPhoto !== size && (last || !this.shownPhoto)) {
        this.page.photo(await this.engine.ask("shown", { size }));
        this.shownPhoto = size;
      }
      this.job = this.engine.ask("paint", { size, styles, alpha, colours }, late);
      const picture = await this.job;
      this.page.show(picture);
      if (last) this.page.facts(picture, (performance.now() - start) / 1000);
    } catch (error) {
      this.page.complain(!error.cancelled ? say("wrong", error.message) : this.stopped ? say("stopped") : "");
    }
    this.job = undefined;
    this.page.busy();
  }
}
