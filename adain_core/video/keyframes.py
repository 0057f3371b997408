"""Numbers that change over time: key frames with straight lines between them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..errors import AdaINError


@dataclass(frozen=True)
class KeyFrames:
    """A number for each moment of a video: linear between the keys, constant before the first and after the last.

    Attributes:
        seconds: when, ascending; two equal ones make a jump.
        values: one for each.
    """

    seconds: tuple[float, ...]
    values: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.seconds or len(self.seconds) != len(self.values):
            raise AdaINError(f"{len(self.seconds)} times and {len(self.values)} values: give one value for each time")
        if not all(math.isfinite(x) for x in (*self.seconds, *self.values)) or min(self.seconds) < 0:
            raise AdaINError(f"key frames {self}: give finite numbers, and times of 0 s or later")
        if list(self.seconds) != sorted(self.seconds):
            raise AdaINError(f"key frames {self}: give the times in ascending order")

    @staticmethod
    def parse(text: str) -> KeyFrames:
        """Read "TIME:VALUE,TIME:VALUE", such as "0:0,5s:1"; times are seconds, with or without "s".

        Raises:
            AdaINError: written otherwise.

        Examples:
            >>> from adain_core.video import KeyFrames
            >>> KeyFrames.parse("0:0,5s:1").at(2.5)
            0.5
        """
        keys = [entry.partition(":")[::2] for entry in text.split(",")]
        try:
            return KeyFrames(
                tuple(float(time.strip().removesuffix("s")) for time, _ in keys),
                tuple(float(value) for _, value in keys),
            )
        except AdaINError:
            raise
        except ValueError:
            raise AdaINError(f"key frames {text!r}: write SECONDS:VALUE,SECONDS:VALUE such as 0:0,5s:1") from None

    def at(self, seconds: float) -> float:
        """The number at a moment."""
        return float(np.interp(seconds, self.seconds, self.values))

    def __str__(self) -> str:
        return ",".join(f"{s:g}s:{v:g}" for s, v in zip(self.seconds, self.values, strict=True))


Timed = float | KeyFrames
"""A number, or one that changes over time."""


def value_at(value: Timed, seconds: float) -> float:
    """The number at a moment."""
    return value.at(seconds) if isinstance(value, KeyFrames) else value


def every_value(value: Timed) -> tuple[float, ...]:
    """The numbers that bound it: what is right for all of them is right in between."""
    return value.values if isinstance(value, KeyFrames) else (value,)
