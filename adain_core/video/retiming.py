"""A source at an even frame rate: frames are left out or repeated by their time."""

from __future__ import annotations

import math
from collections.abc import Generator
from contextlib import closing
from dataclasses import replace
from fractions import Fraction

from ..errors import AdaINError
from .encoding import MAX_RATE
from .reading import Frame
from .sources import Derived, Source, with_ends

TICKS = 90_000
"""About how many units of time a second has, so that the moment of the first frame is kept, too."""

TOLERANCE = Fraction(1, 4)
"""Of a frame: times that a file rounds are no reason to show the one before."""


class Retimed(Derived):
    """Frames at an even rate, each the one that is shown at its time. What lasts, lasts as long as before.

    Args:
        source: at any pace.
        rate: frames a second.
        counted: whether one unit of time is one frame: for files that only count them. That of the whole video's
            first frame is 0 then.
    """

    def __init__(self, source: Source, rate: Fraction, counted: bool = False) -> None:
        super().__init__(source)
        self._rate, self._counted = rate, counted
        self._step = 1 if counted else max(1, round(TICKS / rate))  # of a frame, in units of time
        seconds = source.info.seconds
        frames = None if seconds is None else max(round(seconds * rate), 1)
        self.info = replace(source.info, rate=rate, frames=frames, time_base=1 / (rate * self._step))

    def frames(self, skip: int = 0) -> Generator[Frame, None, None]:
        """As for :class:`Source`."""
        before, number, cut = self._source.info, 0, False
        first: Frame | None = None
        zero, slack = 0, TOLERANCE * min(self._rate / before.rate, Fraction(1))
        with closing(self._source.frames()) as whole:
            for frame, end in with_ends(whole, before):
                if first is None:
                    first = frame
                    begin = Fraction(first.seconds) if self._counted else first.pts * before.time_base
                    zero = round(begin / self.info.time_base)
                cut = cut or frame.cut
                until = math.ceil((end - first.pts) * before.time_base * self._rate - slack)
                while number < max(until, 1):  # a video shorter than a frame has one
                    if number >= skip:
                        yield replace(
                            frame, number=number, pts=zero + number * self._step,
                            seconds=first.seconds + float(number / self._rate), duration=self._step, cut=cut,
                        )  # fmt: skip
                    number, cut = number + 1, False


def parse_rate(given: float | str | Fraction, what: str = "fps") -> Fraction:
    """Frames a second, from a number or a text such as "25", "23.976" or "30000/1001".

    Raises:
        AdaINError: not a number above 0 that can be encoded.
    """
    try:
        rate = Fraction(given).limit_denominator(10_000)
    except (ValueError, ZeroDivisionError, OverflowError):
        rate = Fraction(0)
    if not 0 < rate <= MAX_RATE:
        raise AdaINError(f"{what} is {given}: give frames a second, above 0 to {MAX_RATE}, such as 12 or 30000/1001")
    return rate
