"""Pictures into a video file, each shown when it was painted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import numpy as np

from ..errors import AdaINError
from ..system.atomic_files import replacing
from ..video.pyav import address, av

TICKS = 1000
"""Units of time a second."""


class Recorder:
    """Writes a video of uneven pace: a camera gives, and a processor takes, as many frames as it can.

    Args:
        path: its suffix chooses the file format; H.264, or VP9 in .webm. What is there is replaced by :meth:`close`, by
            a video that is whole; without a picture it stays.
        rate: frames a second to expect: what an encoder plans for, not what it gets.

    Raises:
        AdaINError: a file format that FFmpeg does not know, or a folder that cannot be written.
    """

    def __init__(self, path: str | Path, rate: float = 25.0) -> None:
        self._path, self._rate = Path(path), rate
        with ExitStack() as stack, self._writing():
            temporary = stack.enter_context(replacing(path))
            self._container = av.open(address(temporary), "w")
            self._file = stack.pop_all()
        self._stream: av.VideoStream | None = None
        self._last = -1

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, kind: type[BaseException] | None, e: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def write(self, pixels: np.ndarray, seconds: float) -> None:
        """Add a picture (H, W, 3) uint8, shown `seconds` after the first; an odd last row or column is left out.

        Raises:
            AdaINError: a file format that holds no such video, or a full disk.
        """
        with self._writing():
            self._write(pixels, seconds)

    def _write(self, pixels: np.ndarray, seconds: float) -> None:
        height, width = (side // 2 * 2 for side in pixels.shape[:2])
        if self._stream is None:
            codec = "libvpx-vp9" if self._path.suffix.lower() == ".webm" else "libx264"
            options = {"deadline": "realtime", "cpu-used": "8"} if codec == "libvpx-vp9" else {"preset": "veryfast"}
            stream = self._container.add_stream(codec, rate=Fraction(self._rate).limit_denominator(1000))
            assert isinstance(stream, av.VideoStream)
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
            stream.options = {**options, "crf": "20"}
            stream.codec_context.time_base = Fraction(1, TICKS)
            self._stream = stream
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels[:height, :width]), "rgb24")
        self._last = frame.pts = max(round(seconds * TICKS), self._last + 1)
        frame.time_base = Fraction(1, TICKS)
        self._container.mux(self._stream.encode(frame))

    def close(self) -> None:
        """Finish the file and put it in its place.

        Raises:
            AdaINError: as for :meth:`write`; then what was there before stays.
        """
        with suppress(_Empty), self._writing(), self._file:
            if self._stream is not None:
                self._container.mux(self._stream.encode(None))
            self._container.close()
            if self._last < 0:
                raise _Empty

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except (av.error.FFmpegError, OSError, ValueError) as e:
            raise AdaINError(
                f"{self._path} cannot be written ({e}): give a file such as out.mp4 in a folder of yours"
            ) from e


class _Empty(Exception):
    """A video without a picture is no video."""
