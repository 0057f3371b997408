"""What finished segments become, whatever kind it is: a video, an animated picture, or numbered pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from .animation_writing import FORMATS, Animation
from .encoding import Encoder, Encoding, choose
from .joining import check_container, join
from .pyav import av
from .reading import VideoInfo
from .segments import Segment
from .sequence_writing import Numbered
from .sequences import files_of, is_pattern
from .span import Span
from .tracks import Nowhere
from .unpacking import Reopen

VARIABLE_RATE = 0x400
"""FFmpeg's AVFMT_VARIABLE_FPS: a format that says of each frame when it is shown."""


class Sink(Protocol):
    """A result.

    Attributes:
        encoder: how segments are encoded that it is made of.
        notes: what is worth knowing, one sentence each.
    """

    encoder: Encoder
    notes: list[str]

    def write(self, segments: Sequence[Segment], output: Path, *, whole: bool) -> list[str]:
        """Make the result of its segments, whole or not at all.

        Args:
            segments: in order, at least one.
            output: where to.
            whole: whether these are all of them; else it ends with them.

        Returns:
            What of the source could not be kept, one sentence each.

        Raises:
            VideoError: segments that do not fit.
            OSError: the disk is full, or not writable.
        """
        ...


class Film:
    """A video file, with what else the source holds.

    Args:
        info: the source.
        output: where to; its suffix chooses the file format.
        encoding: codec and quality.
        kinds: which streams of the source to keep, see :func:`.tracks.plan`.
        span: which part of the source it is.

    Raises:
        VideoError: what cannot be encoded so, or not be in such a file.
    """

    def __init__(
        self, info: VideoInfo, output: Path, encoding: Encoding, kinds: Mapping[str, bool], span: Span
    ) -> None:
        self.encoder, self.notes = choose(info, output, encoding)
        self._tracks, told = check_container(info, self.encoder, output, kinds)
        self.notes += told
        if info.alpha:
            self.notes.append(f"alpha is left out: {output.suffix} files hold none; write .webp, .gif or pictures")
        self._info, self._span = info, span

    def write(self, segments: Sequence[Segment], output: Path, *, whole: bool) -> list[str]:
        """As for :class:`Sink`."""
        whole, from_zero = whole and self._span.end is None, self._span.start is not None
        return join(segments, self._info, output, self._tracks, whole=whole, from_zero=from_zero)


def choose_sink(
    info: VideoInfo, output: Path, encoding: Encoding, kinds: Mapping[str, bool], span: Span, again: Reopen
) -> Sink:
    """What an output is, by its name.

    Args:
        info: the source.
        output: a file, or a name with a number such as frame_%04d.png.
        encoding: codec and quality.
        kinds: streams to keep in a video, see :func:`.tracks.plan`.
        span: which part of the source it is.
        again: opens the source anew.

    Raises:
        VideoError: what cannot be written so.
    """
    if is_pattern(output):
        return Numbered(info, output, encoding, again)
    if output.suffix.lower() in FORMATS:
        return Animation(info, output, encoding, again)
    return Film(info, output, encoding, kinds, span)


def counts_frames(output: Path) -> bool:
    """Whether an output is a video file that cannot say when a frame is shown, such as .avi and .h264."""
    if is_pattern(output) or output.suffix.lower() in FORMATS:
        return False
    try:
        with av.open(Nowhere(output), "w") as container:
            return not container.format.flags & VARIABLE_RATE
    except (ValueError, av.error.FFmpegError):
        return False


def existing(output: Path) -> list[Path]:
    """The files that are there of a result."""
    return list(files_of(output).values()) if is_pattern(output) else [output] * output.exists()
