"""What one request may ask for: every number the page, the API and the server refuse above."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from adain_core.errors import AdaINError
from adain_core.options import about

from .words import say


@dataclass(frozen=True)
class Range:
    """Which numbers are taken: from the lowest to the highest, both included.

    Attributes:
        words: what the number is called.
        lowest: the lowest.
        highest: the highest.
        whole: whether parts of a number count for nothing.
    """

    words: str
    lowest: float
    highest: float
    whole: bool = False

    def check(self, value: Any) -> float:
        """Return a number that is taken, whatever a client sent.

        Raises:
            AdaINError: it is no number, or out of range.
        """
        number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        if not number or not self.lowest <= value <= self.highest:
            said = f"{value:g}" if number else f"{value!r:.40}"
            raise AdaINError(
                say(
                    "range",
                    what=say(f"what.{self.words}"),
                    value=said,
                    lowest=f"{self.lowest:g}",
                    highest=f"{self.highest:g}",
                )
            )
        return int(value) if self.whole else float(value)


@dataclass(frozen=True)
class Limits:
    """The caps of one running app.

    Attributes:
        upload_bytes: size of one uploaded file.
        photo_pixels: pixels of an uploaded picture; more are refused from the file's header, before it is decoded.
        strength: most strength: far above 1, pictures lose what is in them.
        soft_edge: softest edge of a mask, in pixels: a blur takes time by its width.
        side: largest shorter side of a result, in pixels.
        result_pixels: largest result, in pixels.
        stroke: largest shorter side that style pictures are reduced to, in pixels.
        style_pixels: largest style picture after that, in pixels: it is encoded in one piece.
        refine: most steps of refinement.
        texture: most texture in these.
        keep: most of the photo's structure that they keep.
        styles: most styles in one result.
        mask_bytes: length of one painted mask as the page sends it.
        video_seconds: longest clip.
        video_frames: most frames of a clip.
        video_side: shorter side that clips are reduced to, in pixels.
        cameras: most cameras that are painted at the same time; they take turns.
        waiting: requests that may wait in the queue; more are told to come back.
        keep_seconds: how long files of users are kept, and what was read of them.
        cache_bytes: memory for opened pictures, and as much for encoded ones.
    """

    upload_bytes: int = 20 * 2**20
    photo_pixels: int = 50_000_000
    strength: float = 1.5
    soft_edge: float = 64
    side: int = 1536
    result_pixels: int = 6_000_000
    stroke: int = 1024
    style_pixels: int = 4_000_000
    refine: int = 4
    texture: float = 3.0
    keep: float = 3.0
    styles: int = 4
    mask_bytes: int = 2 * 2**20
    video_seconds: float = 10.0
    video_frames: int = 300
    video_side: int = 360
    cameras: int = 4
    waiting: int = 64
    keep_seconds: int = 3600
    cache_bytes: int = 256 * 2**20

    @cached_property
    def ranges(self) -> dict[str, Range]:
        """Every number of a :class:`~adain_demo.request.Request`; where it begins is the library's word."""
        side = int(about("style_size").floor or 1)
        return {
            "strength": Range("strength", about("alpha").lowest or 0, self.strength),
            "soft_edge": Range("soft edge", about("feather").lowest or 0, self.soft_edge),
            "size": Range("size", side, self.side, whole=True),
            "stroke": Range("stroke size", side, self.stroke, whole=True),
            "refine": Range("refinement", about("refine").lowest or 0, self.refine, whole=True),
            "texture": Range("texture", about("texture").lowest or 0, self.texture),
            "keep": Range("keep", about("keep").lowest or 0, self.keep),
        }

    def check_result(self, height: int, width: int) -> None:
        """Refuse a result that is too large.

        Raises:
            AdaINError: more than `side` or `result_pixels`.
        """
        shorter = min(height, width)
        if shorter > self.side or height * width > self.result_pixels:
            megapixels = f"{self.result_pixels / 1e6:.0f}"
            raise AdaINError(say("too-large", width=width, height=height, side=self.side, megapixels=megapixels))
