"""A part of a source; the times of its frames stay those of the whole, and so do those of masks and key frames."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from dataclasses import replace
from fractions import Fraction

from .reading import Frame, VideoError
from .sources import Derived, Source, nominal, with_ends
from .span import Span


class Excerpt(Derived):
    """The frames shown within a span, of which the first begins a scene.

    The span begins and ends where a frame does, the nearest; one that is shown for long is cut off instead.

    Args:
        source: the whole.
        span: which part.

    Raises:
        VideoError: it begins after the end of the whole.
    """

    def __init__(self, source: Source, span: Span) -> None:
        super().__init__(source)
        self._span = span
        seconds = source.info.seconds
        start = span.start or Fraction(0)
        if seconds is not None and start >= seconds:
            raise self._beyond(f"{seconds:g} s")
        ends = [end for end in (span.end, seconds) if end is not None]
        left = float(min(ends) - start) if ends else None
        frames = None if left is None else max(round(left * source.info.rate), 1)
        self.info = replace(source.info, seconds=left, frames=frames)

    def frames(self, skip: int = 0) -> Generator[Frame, None, None]:
        """As for :class:`Source`.

        Raises:
            VideoError: there is none.
        """
        info, number, last = self.info, 0, 0.0
        tick, whole_frame = self.info.time_base, nominal(self.info)
        with closing(self._source.frames()) as whole:
            for frame, end in with_ends(whole, info):
                last = frame.seconds
                zero = frame.pts - round(Fraction(frame.seconds) / tick)
                begin = max(frame.pts, zero + round((self._span.start or 0) / tick))
                stop = end if self._span.end is None else min(end, zero + round(self._span.end / tick))
                if (begin, stop) != (frame.pts, end):
                    if (stop - begin) * tick < whole_frame / 2:
                        if begin == frame.pts:
                            break
                        continue
                    begin = begin if (begin - frame.pts) * tick >= whole_frame else frame.pts
                    stop = stop if (end - stop) * tick >= whole_frame else end
                if number >= skip:
                    seconds = frame.seconds + float((begin - frame.pts) * tick)
                    duration = frame.duration if stop == end and begin == frame.pts else stop - begin
                    yield replace(
                        frame,
                        number=number,
                        pts=begin,
                        seconds=seconds,
                        duration=duration,
                        cut=frame.cut or number == 0,
                    )
                number += 1
        if not number:
            raise self._beyond(f"a last frame at {last:g} s")

    def _beyond(self, whole: str) -> VideoError:
        start = float(self._span.start or 0)
        return VideoError(f"start is {start:g} s, but {self._source.info.path} has {whole}: give an earlier one")
