"""A part of a video: from one moment to another."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction

from ..errors import AdaINError

Moment = float | str
"""Seconds, or a text "seconds", "m:ss" or "h:mm:ss"."""

_CLOCK = re.compile(r"(?:(?:(\d+):)?(\d{1,2}):(?=\d\d(?:\.|$)))?(\d+(?:\.\d*)?|\.\d+)s?")


@dataclass(frozen=True)
class Span:
    """Moments in seconds from the first frame on.

    Attributes:
        start: from when; None is the beginning.
        end: until when, itself not within; None is the end.
    """

    start: Fraction | None = None
    end: Fraction | None = None

    @staticmethod
    def of(start: Moment | None, end: Moment | None) -> Span:
        """The part between two moments as a user gives them.

        Raises:
            AdaINError: no moment, or an end that is not after the start.
        """
        span = Span(
            None if start is None else parse_moment(start, "start"), None if end is None else parse_moment(end, "end")
        )
        if span.end is not None and span.end <= (span.start or 0):
            raise AdaINError(f"end is {end}, but start is {start or 0}: give an end after the start")
        return span

    def __bool__(self) -> bool:
        return self.start is not None or self.end is not None


def parse_moment(given: Moment, what: str) -> Fraction:
    """Seconds, exactly.

    Raises:
        AdaINError: not a number of seconds from 0 on, nor a text such as "1:02:03.5".
    """
    if not isinstance(given, str):
        if not isinstance(given, bool) and math.isfinite(given) and given >= 0:
            return Fraction(given).limit_denominator(10**9)
    elif found := _CLOCK.fullmatch(given.strip()):
        hours, minutes, seconds = found.groups()
        return (int(hours or 0) * 60 + int(minutes or 0)) * 60 + Fraction(seconds)
    raise AdaINError(f"{what} is {given!r}: give seconds, or h:mm:ss such as 1:02:03.5")
