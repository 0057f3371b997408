"""Encodes frames into segments."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from torch import Tensor

from .encoding import Encoder
from .pixels import from_rgb
from .pyav import address, av
from .reading import VideoError
from .segments import Segments


@dataclass(frozen=True, eq=False)
class Finished:
    """A batch of stylized frames.

    Attributes:
        pixels: (B, H, W, 3), uint8 for pixel formats of 8 bits, else float32 in [0, 1].
        pts: when each is shown.
        durations: how long.
        state: what the stylizer remembers after the last one.
    """

    pixels: Tensor
    pts: list[int]
    durations: list[int]
    state: dict[str, Tensor]


class SegmentWriter:
    """Writes batches into segments of a number of frames; each begins with a key frame.

    In a segment, frames are timed one after the other at an even rate; when they are really shown is known aside and
    given to the packets when segments are joined. So any encoder will do for any times.

    Args:
        segments: where to.
        encoder: how.
        number: of the next segment.
        length: frames a segment, rounded up to whole batches.
    """

    def __init__(self, segments: Segments, encoder: Encoder, number: int, length: int) -> None:
        self._segments, self._encoder, self._number, self._length = segments, encoder, number, length
        self._reformatter = av.video.reformatter.VideoReformatter()
        self._container: av.container.OutputContainer | None = None
        self._pts: list[int] = []
        self._durations: list[int] = []
        self._state: dict[str, Tensor] = {}

    def write(self, batch: Finished) -> None:
        """Encode a batch.

        Raises:
            OSError: the disk is full, or not writable.
        """
        encoder = self._encoder
        if self._container is None:
            self._open()
        assert self._container is not None
        for pixels, pts, duration in zip(batch.pixels.cpu(), batch.pts, batch.durations, strict=True):
            if pixels.shape[:2] != (encoder.height, encoder.width):
                raise VideoError(
                    f"a frame is {pixels.shape[1]}x{pixels.shape[0]}, not {encoder.width}x{encoder.height}: all "
                    "frames must have one size"
                )
            frame = from_rgb(pixels, encoder.pix_fmt, encoder.colors, self._reformatter)
            frame.pts, frame.time_base = len(self._pts), 1 / encoder.rate
            self._container.mux(self._stream.encode(frame))
            self._pts.append(pts)
            self._durations.append(duration)
        self._state = batch.state
        if len(self._pts) >= self._length:
            self.close()

    def close(self) -> None:
        """Finish the segment that is open, if any."""
        if self._container is None:
            return
        self._container.mux(self._stream.encode(None))
        self._container.close()
        self._container = None
        self._segments.commit(self._number, self._pts, self._durations, self._state)
        self._number += 1
        self._pts, self._durations = [], []

    def abandon(self) -> None:
        """Leave the segment that is open unfinished."""
        if self._container is not None:
            container, self._container = self._container, None
            with contextlib.suppress(av.error.FFmpegError, OSError, ValueError):  # a full disk was told already
                container.close()

    def _open(self) -> None:
        self._container = av.open(address(self._segments.writing(self._number)), "w", format="matroska")
        stream = self._container.add_stream(
            self._encoder.name, rate=self._encoder.rate, options=dict(self._encoder.options)
        )
        assert isinstance(stream, av.VideoStream)
        self._stream = stream
        self._encoder.configure(stream.codec_context)
