"""What frames come from, whatever kind it is."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from fractions import Fraction
from typing import Protocol

from .reading import Frame, VideoInfo


class Source(Protocol):
    """Frames in their order: a video, an animation, files of a folder, or a part of one of these."""

    @property
    def info(self) -> VideoInfo:
        """What it is like."""
        ...

    @property
    def notes(self) -> list[str]:
        """What is not kept as it is, one sentence each; complete after the last frame."""
        ...

    @property
    def problems(self) -> list[str]:
        """What could not be read, likewise."""
        ...

    def frames(self, skip: int = 0) -> Generator[Frame, None, None]:
        """The frames in the order they are shown; to be called once.

        Args:
            skip: how many to leave out at the beginning.
        """
        ...

    def close(self) -> None:
        """Close the files."""
        ...


class Derived:
    """What sources that are made of another one's frames have of that one.

    Args:
        source: the whole.
    """

    def __init__(self, source: Source) -> None:
        self._source = source

    @property
    def notes(self) -> list[str]:
        """Those of the whole."""
        return self._source.notes

    @property
    def problems(self) -> list[str]:
        """Those of the whole."""
        return self._source.problems

    def close(self) -> None:
        """Close the files."""
        self._source.close()


def with_ends(frames: Iterator[Frame], info: VideoInfo) -> Iterator[tuple[Frame, int]]:
    """Each frame, and until when it is shown, in units of the source's time base."""
    before: Frame | None = None
    for frame in frames:
        if before is not None:
            yield before, frame.pts
        before = frame
    if before is not None:
        yield before, before.pts + (before.duration or round(nominal(info) / info.time_base))


def nominal(info: VideoInfo) -> Fraction:
    """Seconds that a frame is shown on average."""
    return 1 / info.rate
