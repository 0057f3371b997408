"""Finished segments as numbered pictures, counted from 0."""

from __future__ import annotations

import tempfile
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
from torch import Tensor

from ..pictures.formats import WRITTEN
from ..pictures.picture import Picture
from ..pictures.writing import save_picture
from .encoding import Encoding
from .pyav import av
from .reading import CONVERTERS, VideoError, VideoInfo
from .segments import Segment
from .sequences import files_of, numbered
from .unpacking import Reopen, lossless, unpack

DEEP = (".tif", ".tiff")
"""Formats that keep more than 8 bits."""

OPAQUE = (".jpg", ".jpeg")
"""Formats without alpha."""


class Numbered:
    """A result that is many pictures, such as frame_%04d.png.

    Args:
        info: the source.
        output: a name with a number.
        encoding: pictures have none: all as it is by itself.
        again: opens the source anew, for its alpha.

    Attributes:
        encoder: of the segments.
        notes: what is worth knowing.

    Raises:
        VideoError: a format that is not written, or options of a codec.
    """

    def __init__(self, info: VideoInfo, output: Path, encoding: Encoding, again: Reopen) -> None:
        suffix = output.suffix.lower()
        if suffix not in WRITTEN:
            raise VideoError(f"{output.name}: pictures are written as {', '.join(WRITTEN)}: give one of these")
        if encoding != Encoding(hardware=encoding.hardware):
            raise VideoError(f"{output.name} are pictures, which have no codec: leave its options out")
        self._again = again if info.alpha and suffix not in OPAQUE else None
        deep = max(c.bits for c in av.VideoFormat(info.pix_fmt, 16, 16).components) > 8
        self.encoder = lossless(info, deep and suffix in DEEP)
        self.notes = ["JPEG has no alpha: it is left out"] if info.alpha and suffix in OPAQUE else []

    def write(self, segments: Sequence[Segment], output: Path, *, whole: bool) -> list[str]:
        """The pictures, once all are made; those of an earlier result with this name are replaced."""
        output.parent.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=output.parent, prefix=f".{output.stem}-") as folder:
            made: list[Path] = []
            waiting: deque[Future[None]] = deque()
            with ThreadPoolExecutor(CONVERTERS) as pool:
                for number, (pixels, alpha) in enumerate(unpack(segments, self._again)):
                    made.append(numbered(Path(folder) / output.name, number))
                    picture = Picture(_array(pixels), None if alpha is None else _array(alpha))
                    waiting.append(pool.submit(save_picture, made[-1], picture))
                    if len(waiting) > CONVERTERS:
                        waiting.popleft().result()
                for future in waiting:
                    future.result()
            for earlier in files_of(output).values():
                earlier.unlink()
            for file in made:
                file.replace(output.parent / file.name)
        return []


def _array(x: Tensor) -> np.ndarray:
    """Bytes as they are, and 16 bits of numbers in [0, 1]."""
    return (x * 65535).round().numpy().astype(np.uint16) if x.is_floating_point() else x.numpy()
