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
    Object.assign(this, { engine, page, shorter: 0, photos: 0, shownPhoto: undefined });
  }

  /** Another photo, of this size. */
  photo({ width, height }) {
    this.shorter = Math.min(width, height);
    this.shownPhoto = undefined;
    this.photos++;
  }

  /** Paint; only small while something still moves. */
  request(moving) {
    if (this.stopped) this.page.complain("");
    this.next = { moving };
    if (this.job && !moving) this.engine.cancel(this.job.id);
    this.page.working(true);
    this.loop ??= this.run().finally(() => {
      this.loop = undefined;
      if (this.next) this.request(this.next.moving);
      else this.page.working(false);
    });
  }

  /** Give up what is being painted. */
  stop() {
    if (!this.loop) return;
    this.next = undefined;
    this.stopped = true;
    this.page.complain(say("stopped"));
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
    const { styles, alpha, colours } = this.page.wanted(), start = performance.now(), { photos } = this;
    const late = (share) => performance.now() - start > PATIENT && last && this.page.busy(share);
    try {
      if (this.shownPhoto !== size && (last || !this.shownPhoto)) {
        const picture = await this.engine.ask("shown", { size });
        if (photos !== this.photos) return;  // another photo has come meanwhile
        this.page.photo(picture);
        this.shownPhoto = size;
      }
      if (this.stopped) return;
      this.job = this.engine.ask("paint", { size, styles, alpha, colours }, late);
      const picture = await this.job;
      if (photos !== this.photos) return;
      this.page.show(picture);
      if (last) this.page.facts(picture, (performance.now() - start) / 1000);
    } catch (error) {
      if (!error.cancelled) this.page.complain(say("wrong", error.message));
    } finally {
      this.job = undefined;
      this.page.busy();
    }
  }
}
