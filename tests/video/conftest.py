"""Small videos, made as they are needed."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from torch import Tensor
from video.clips import MakeClip, Unchanged, av


@pytest.fixture
def unchanged() -> Unchanged:
    return Unchanged()


@pytest.fixture(scope="session")
def photo(astronaut: Tensor) -> np.ndarray:
    """A real photo, (512, 512, 3) uint8."""
    return (astronaut[0].permute(1, 2, 0) * 255).round().byte().numpy()


@pytest.fixture
def make_clip(tmp_path: Path, photo: np.ndarray) -> MakeClip:
    """Writes a video that pans over a photo."""

    def make(
        name: str = "clip.mp4",
        frames: int = 12,
        size: tuple[int, int] = (64, 48),
        *,
        rate: int | Fraction = 25,
        codec: str = "libx264",
        pix_fmt: str = "yuv420p",
        options: dict[str, str] | None = None,
        pts: Sequence[int] | None = None,
        time_base: Fraction | None = None,
        sound: str | None = None,
        subtitles: bool = False,
        rotation: int | None = None,
        matrix: int = 2,
        full: bool = False,
        cut_at: int | None = None,
        pictures: Sequence[np.ndarray] | None = None,
    ) -> Path:
        path = tmp_path / name
        width, height = size
        with av.open(str(path), "w") as out:
            stream = out.add_stream(codec, rate=rate, options=options or ({"crf": "12"} if codec == "libx264" else {}))
            context = stream.codec_context
            stream.width, stream.height, stream.pix_fmt = width, height, pix_fmt
            stream.time_base = context.time_base = time_base or 1 / Fraction(rate)
            context.colorspace, context.color_range = matrix, 2 if full else 1
            if rotation is not None:
                stream.set_display_rotation(rotation)
            tone = None
            if sound:
                pace = 48_000 if sound == "libopus" else 44_100
                tone = out.add_stream(sound, rate=pace, bit_rate=64_000)
                tone.layout = "mono"
            text = None
            if subtitles:
                (tmp_path / "words.srt").write_text("1\n00:00:00,100 --> 00:00:00,300\nHello\n")
                words = av.open(str(tmp_path / "words.srt"))
                text = out.add_stream_from_template(words.streams.subtitles[0])
            out.start_encoding()
            for i in range(frames if pictures is None else len(pictures)):
                y = 250 if cut_at is not None and i >= cut_at else 20
                rgb = (
                    photo[y : y + height, (x := 3 * i % (513 - width)) : x + width] if pictures is None else pictures[i]
                )
                if cut_at is not None and i >= cut_at:
                    rgb = 255 - rgb
                frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), "rgb24")
                if frame.format.name != pix_fmt:
                    kind = {1: 1, 9: 9}.get(matrix, 5)
                    frame = frame.reformat(
                        format=pix_fmt, src_colorspace=kind, dst_colorspace=kind, src_color_range=2,
                        dst_color_range=2 if full else 1, interpolation=4 | 0x46000,
                    )  # fmt: skip
                frame.pts = i if pts is None else pts[i]
                frame.time_base = context.time_base
                out.mux(stream.encode(frame))
            out.mux(stream.encode(None))
            if tone is not None:
                count = int(pace * frames / rate)
                wave = (np.sin(np.arange(count) / 16) * 12000).astype(np.int16)[None]
                samples = av.AudioFrame.from_ndarray(wave, "s16", "mono")
                samples.sample_rate, samples.pts = pace, 0
                out.mux(tone.encode(samples))
                out.mux(tone.encode(None))
            if text is not None:
                for packet in words.demux():
                    if packet.size:
                        packet.stream = text
                        out.mux(packet)
                words.close()
        return path

    return make
