"""Animated pictures (GIF, WebP, APNG) as frames, with their own times and how often they are played."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image

from ..pictures.picture import MAX_PIXELS, check_size
from .pixels import FULL, Colors
from .reading import Frame, VideoError, VideoInfo
from .stills import Stills

READERS = ("GIF", "WEBP", "PNG")
"""Pillow's; FFmpeg reads no animated WebP, and no alpha of a GIF."""

UNTOLD = 100
"""Milliseconds that a frame of no duration is shown, as browsers do."""


@dataclass(frozen=True)
class _Times:
    """When frames are shown, in milliseconds, and for how long."""

    pts: list[int]
    durations: list[int]


class AnimationReader:
    """Reads an animation.

    Args:
        path: of the file.
        size: shorter side to resize frames to, in pixels; None keeps the size.
        cuts: whether to look for scene cuts.

    Attributes:
        info: what it is like.
        notes: none.
        problems: what could not be read.

    Raises:
        AdaINError: a file with too many pixels, or without a frame that can be read.
    """

    def __init__(self, path: str | Path, *, size: int | None = None, cuts: bool = True) -> None:
        self.notes: list[str] = []
        self.problems: list[str] = []
        self._path = str(path)
        self._image = Image.open(path, formats=READERS)
        try:
            check_size(*self._image.size, MAX_PIXELS, self._path)
            self._stills = Stills(*self._image.size, size, cuts)
            # GIF: how often it is repeated; no word of it is once. The others: how often it is played.
            loop = self._image.info.get("loop")
            repeats = self._image.format == "GIF" and loop != 0
            plays = 1 if loop is None else loop + repeats
            times, alpha = self._look_through()
        except BaseException:
            self._image.close()
            raise
        self._times, seconds = times, sum(times.durations) / 1000
        rate = Fraction(len(times.pts) * 1000, sum(times.durations))
        self.info = VideoInfo(
            self._path, self._stills.width, self._stills.height, rate, len(times.pts), seconds, Fraction(1, 1000),
            (self._image.format or "").lower(), "rgb24", Colors(0, FULL), Fraction(1), streams=False, alpha=alpha,
            plays=plays,
        )  # fmt: skip

    def frames(self, skip: int = 0) -> Generator[Frame, None, None]:
        """As for :class:`Source`."""
        for number, (pts, duration) in enumerate(zip(self._times.pts, self._times.durations, strict=True)):
            pixels = self._pixels(number)
            frame = self._stills.frame(
                pixels[..., :3], pixels[..., 3] if self.info.alpha else None, number, pts, pts / 1000, duration
            )
            if number >= skip:
                yield frame

    def close(self) -> None:
        """Close the file."""
        self._image.close()

    def _look_through(self) -> tuple[_Times, bool]:
        """The times of all frames, and whether one is transparent somewhere. What is damaged ends it."""
        times, alpha, at = _Times([], []), False, 0
        for number in range(getattr(self._image, "n_frames", 1)):
            try:
                pixels = self._pixels(number)
            except Exception as e:  # decoders of damaged files raise all there is
                reason = " ".join(str(e).split()) or type(e).__name__
                if not number:
                    raise VideoError(f"{self._path} cannot be read, it may be damaged: {reason}") from e
                self.problems.append(f"{self._path} is damaged from frame {number} on ({reason}): the rest is missing")
                break
            alpha = alpha or bool((pixels[..., 3] < 255).any())
            duration = round(self._image.info.get("duration", 0)) or UNTOLD
            times.pts.append(at)
            times.durations.append(duration)
            at += duration
        return times, alpha

    def _pixels(self, number: int) -> np.ndarray:
        """A frame as it is seen, (H, W, 4) uint8."""
        self._image.seek(number)
        return np.asarray(self._image.convert("RGBA"))


def frames_of(path: Path) -> tuple[str, int]:
    """Of a picture of a kind that can have several frames, the suffix of that kind and how many it has; else "" and 0.

    Kinds are told by what is in the file, not by its name.
    """
    try:
        with Image.open(path, formats=READERS) as image:
            return {"GIF": ".gif", "WEBP": ".webp"}.get(image.format or "", ".apng"), getattr(image, "n_frames", 1)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):  # no picture at all, or a damaged one
        return "", 0
