"""Opens whatever frames come from: by what a path is."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from .animations import AnimationReader, frames_of
from .excerpt import Excerpt
from .reading import VideoError, VideoReader
from .retiming import Retimed
from .sequences import RATE, SequenceReader, files_of, is_sequence
from .sources import Source
from .span import Span


def open_source(
    path: Path,
    *,
    size: int | None = None,
    cuts: bool = True,
    hardware: bool = False,
    span: Span = Span(),  # noqa: B008 (a value)
    rate: Fraction | None = None,
    counted: bool = False,
) -> Source:
    """A video, an animation, a folder of pictures or a name such as frame_%04d.png.

    Args:
        path: of it.
        size: shorter side to resize frames to, in pixels.
        cuts: whether to look for scene cuts.
        hardware: decode videos on a device.
        span: which part of it.
        rate: frames a second. Pictures are shown at it; of what has times of its own, frames are left out or repeated.
        counted: whether the result goes to a file that only counts frames: see :class:`Retimed`.

    Raises:
        AdaINError: nothing there, or nothing that can be read.
    """
    source: Source
    if is_sequence(path):
        source = SequenceReader(path, rate=rate or RATE, size=size, cuts=cuts)
        rate = None
    elif (frames := frames_of(path)[1]) > 1:
        source = AnimationReader(path, size=size, cuts=cuts)
    elif frames:
        raise VideoError(f"{path} is a picture: use `adain stylize`")
    else:
        source = VideoReader(path, size=size, cuts=cuts, hardware=hardware, start=float(span.start or 0))
    try:
        if span:
            source = Excerpt(source, span)
        if rate is not None or counted:
            source = Retimed(source, rate or source.info.rate, counted)
    except BaseException:
        source.close()
        raise
    return source


def source_files(path: Path) -> list[Path]:
    """The files that are read, as far as they are there."""
    if is_sequence(path):
        return list(files_of(path).values())
    return [path] if path.is_file() else []
