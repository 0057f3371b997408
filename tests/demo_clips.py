"""Short clips for tests of the demo. Needs PyAV."""

from __future__ import annotations

from pathlib import Path

import numpy as np


def make_clip(path: Path, frames: int, rate: int = 10) -> Path:
    """A moving gradient with a tone."""
    import av

    with av.open(str(path), "w") as container:
        video = container.add_stream("mpeg4", rate=rate)
        video.width, video.height, video.pix_fmt = 128, 96, "yuv420p"
        audio = container.add_stream("aac", rate=16000, layout="mono")
        ramp = np.tile(np.arange(128, dtype=np.uint8) * 2, (96, 1))
        for i in range(frames):
            picture = np.stack([np.roll(ramp, 3 * i, 1), ramp, ramp[:, ::-1]], -1)
            container.mux(video.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")))
        tone = (np.sin(np.arange(16000 * frames // rate) / 8) * 9000).astype(np.int16)[None]
        for start in range(0, tone.shape[1], 1024):
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(tone[:, start : start + 1024]), "s16", "mono")
            frame.sample_rate, frame.pts = 16000, start
            container.mux(audio.encode(frame))
        container.mux(video.encode())
        container.mux(audio.encode())
    return path
