// A camera: painted live in small, and the photo it takes.

import { pixels } from "./pictures.js";

export class Camera {
  constructor(video) {
    this.video = video;
  }

  get on() {
    return Boolean(this.stream);
  }

  async start() {
    this.stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } }, audio: false });
    this.video.srcObject = this.stream;
    await this.video.play();
  }

  stop() {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = this.video.srcObject = null;
  }

  /** What it sees now, with this shorter side; in its own size if not said. */
  frame(shorter = Infinity) {
    const { videoWidth, videoHeight } = this.video, scale = Math.min(shorter / Math.min(videoWidth, videoHeight), 1);
    return pixels(this.video, Math.round(videoWidth * scale), Math.round(videoHeight * scale));
  }
}
