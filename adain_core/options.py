# ruff: noqa: RUF009 (a field with what is said of it is made by a call)
"""The options of a transfer, each declared once: its default, its range, what it does, and what is refused.

The library, the command's flags, the page's sliders and the inputs of the ComfyUI nodes follow from this. It imports
no torch: `adain --help` need not wait for it.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any, Literal, get_args

from .errors import AdaINError, ImageError, StyleError

ColorMode = Literal["cholesky", "eigen", "monge-kantorovich", "luminance", "luminance-matched"]
COLOR_MODES: tuple[ColorMode, ...] = get_args(ColorMode)

Kept = Literal["none", "no-gps", "all"]
"""What of a picture's EXIF, XMP and resolution goes into its result: nothing, all but the place, or all."""
KEPT: tuple[Kept, ...] = get_args(Kept)

Tile = int | Literal["auto"] | None
"""Edge of a tile in pixels; "auto" chooses by free memory; None takes the picture in one piece."""

Grain = float | Literal["auto"]
"""How much grain flat places take: a number from 0 (none) to 1, or "auto": some, where a picture is truly flat."""

GRAIN_PRESETS: dict[str, Grain] = {"auto": "auto", "drawing": 1.0, "off": 0.0}
"""Words for it."""

StyleLike = Any
"""What names a style; it is made of what rows above this one define: :data:`adain_core.request.StyleLike`."""

Timed = Any
"""A number, or key frames over time: :data:`adain_core.video.keyframes.Timed`."""

STYLE_COLORS = "style"
"""What controls call the style's own colours, which are no mode: None."""

STYLE_SIZE = 512
"""Shorter side a style picture is reduced to before it is encoded: sets how large its strokes come out."""


@dataclass(frozen=True)
class About:
    """What is said of an option wherever it can be given.

    Attributes:
        help: one line, as `adain --help` shows it.
        tooltip: the same for controls with more room.
        lowest: the lowest value that is right; None for what is no number.
        highest: where a slider ends; higher values are right, too.
        step: of a slider.
        floor: what the command refuses below, itself and with the range in its help; else the library does.
        ceiling: what it refuses above.
    """

    help: str
    tooltip: str = ""
    lowest: float | None = None
    highest: float | None = None
    step: float | None = None
    floor: float | None = None
    ceiling: float | None = None


def option(default: Any, help: str, **more: Any) -> Any:
    """A field with what is said of it, see :class:`About`."""
    return dataclasses.field(default=default, metadata={"about": About(help, **more)})


@dataclass(frozen=True, kw_only=True)
class FrameOptions:
    """What pictures and frames have in common."""

    color: ColorMode | None = option(None, "Whose colours: the style's, or the content's by one of five methods.")
    background: StyleLike | None = option(None, "Style of what no mask covers.")
    feather: float = option(
        0.0,
        "Softness of mask edges, in pixels.",
        tooltip="Softness of the mask edges in pixels (standard deviation of a blur). 0 keeps the masks as they are.",
        lowest=0.0,
        highest=1024.0,
        step=1.0,
    )
    style_size: int | None = option(
        STYLE_SIZE,
        "Shorter side of style pictures: the scale of the strokes.",
        lowest=1,
        highest=8192,
        step=64,
        floor=16,
    )
    tile: Tile = option(
        "auto",
        "Edge of a tile in pixels, auto, or none. The picture is the same.",
        lowest=1,
        highest=8192,
        step=64,
    )

    grain: Grain = option(
        "auto",
        "Grain where a picture is flat, so that strokes come there: auto, off, drawing, or 0 to 1.",
        tooltip=(
            "Flat places (drawings, logos, clear skies) take smooth noise before they are read, or nothing could be "
            "painted there. auto: where a picture is truly flat (lite: nowhere); drawing: wherever it is smooth; off: "
            "nowhere."
        ),
        lowest=0.0,
        highest=1.0,
        step=0.05,
    )

    def check(self) -> None:
        """Refuse what is wrong for any network.

        Raises:
            AdaINError: naming the option, its value and what to give.
        """
        if self.color is not None and self.color not in COLOR_MODES:
            raise AdaINError(f"color is {self.color!r}: give one of {', '.join(map(repr, COLOR_MODES))} or None")
        check_feather(self.feather)
        if self.style_size is not None:
            check_side(self.style_size, "style_size")
        check_tile(self.tile)
        check_grain(self.grain)


@dataclass(frozen=True, kw_only=True)
class Options(FrameOptions):
    """The options of a picture, as :meth:`AdaIN.stylize` explains them."""

    alpha: float = option(1.0, "Strength: 0 content, 1 style, above 1 exaggerates.", lowest=0.0, highest=1.0, step=0.01)
    refine: int = option(
        0,
        "Steps of refinement: more strokes and detail, each three times the work. Try 2.",
        tooltip=(
            "Steps that bring the picture closer to what the style asks for: more strokes, sharper detail. Each takes "
            "about three times as long as painting it; 2 is a good choice. For 'vgg19' and decoders like it."
        ),
        lowest=0,
        highest=10,
        step=1,
        floor=0,
    )
    texture: float = option(
        0.0,
        "How much --refine also brings the style's finest strokes. Try 1, with --refine 3.",
        tooltip=(
            "How much the steps of 'refine' also bring the finest strokes of the style; 1 with 3 steps is a good "
            "choice. Without steps it does nothing."
        ),
        lowest=0.0,
        highest=5.0,
        step=0.1,
        floor=0,
    )
    keep: float = option(
        0.0,
        "How much --refine also keeps the content's structure: faces, edges. Try 1, with --texture 1.",
        tooltip=(
            "How much the steps of 'refine' also keep of the content's structure: faces, edges, small things. 1 with "
            "texture 1 is a good choice. Without steps it does nothing."
        ),
        lowest=0.0,
        highest=5.0,
        step=0.1,
        floor=0,
    )

    @property
    def layers(self) -> bool:
        """Whether the layers before relu4_1 count, so that styles must have their texture."""
        return self.texture > 0 or self.keep > 0

    def check(self, inverts: bool = True) -> None:
        """Refuse what is wrong.

        Args:
            inverts: whether the network's decoder can be refined (``decoder.inverts``).

        Raises:
            AdaINError: naming the option, its value and what to give.
        """
        super().check()
        check_alpha(self.alpha)
        steps = check_refine(self.refine, inverts)
        check_pull(self.texture, "texture", steps)
        check_pull(self.keep, "keep", steps)


@dataclass(frozen=True, kw_only=True)
class VideoOptions(FrameOptions):
    """The options of :class:`adain_core.video.FrameStylizer`."""

    alpha: Timed = option(1.0, "Strength, or key frames over time: 0:0,5s:1.", lowest=0.0, highest=1.0, step=0.01)
    tile: Tile = option(
        "auto", "Edge of a tile in pixels, auto, or none. The video is the same.", lowest=1, highest=8192, step=64
    )
    # Defaults of both by `python -m benchmarks.flicker`.
    steady: float = option(
        0.5, "Seconds over which statistics are averaged against flicker; 0 does not.", lowest=0.0, floor=0
    )
    follow: float = option(
        0.7,
        "How much of the previous painted frame is carried along the motion; 0 is none.",
        lowest=0.0,
        highest=0.99,
        floor=0,
        ceiling=0.99,
    )


def about(name: str, options: type[FrameOptions] = Options) -> About:
    """What is said of an option."""
    said: About = options.__dataclass_fields__[name].metadata["about"]
    return said


def check_alpha(alpha: float) -> float:
    """Return a strength if it is one.

    Raises:
        StyleError: alpha is negative or not a finite number.
    """
    if isinstance(alpha, bool) or not isinstance(alpha, int | float) or not math.isfinite(alpha) or alpha < 0:
        raise StyleError(f"alpha is {alpha!r}: give a number from 0 (content) to 1 (style), or above to exaggerate")
    return alpha


def check_feather(feather: float) -> float:
    """Return a softness of mask edges if it is one.

    Raises:
        ImageError: it is negative or not a finite number.
    """
    if not feather >= 0 or feather == math.inf:
        raise ImageError(f"feather is {feather!r}: give a number of pixels, 0 or more")
    return feather


def check_side(size: int, what: str) -> int:
    """Return a number of pixels if it is one.

    Raises:
        AdaINError: it is no whole number above 0.
    """
    if isinstance(size, bool) or not isinstance(size, int) or size < 1:
        raise AdaINError(f"{what} is {size!r}: give the shorter side in pixels, such as 512")
    return size


def check_tile(tile: object) -> None:
    """Refuse what is no edge of a tile.

    Raises:
        AdaINError: it is no number of pixels above 0, nor "auto" or None.
    """
    if tile is None or tile == "auto":
        return
    if isinstance(tile, bool) or not isinstance(tile, int) or tile < 1:
        raise AdaINError(f"tile is {tile!r}: give the edge of a tile in pixels (such as 1024), 'auto' or None")


def check_grain(grain: Grain) -> Grain:
    """Return an amount of grain if it is one.

    Raises:
        AdaINError: it is no number from 0 to 1, nor "auto".
    """
    if grain == "auto":
        return grain
    if isinstance(grain, bool) or not isinstance(grain, int | float) or not 0 <= grain <= 1:
        raise AdaINError(f"grain is {grain!r}: give a number from 0 (none) to 1, or 'auto'")
    return grain


def check_kept(metadata: str) -> None:
    """Refuse what is no :data:`Kept`.

    Raises:
        AdaINError: it is none.
    """
    if metadata not in KEPT:
        raise AdaINError(f"metadata is {metadata!r}: give one of {', '.join(map(repr, KEPT))}")


def check_refine(steps: int, inverts: bool) -> int:
    """Return a number of steps if it is one that can be done with a decoder that inverts its encoder, or not.

    Raises:
        AdaINError: it is no whole number from 0 on, or the network is not the paper's.
    """
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 0:
        raise AdaINError(f"refine is {steps!r}: give a number of steps, 0 (none) or more; 2 is a good choice")
    if steps and not inverts:
        raise AdaINError(f"refine is {steps}, but only the paper's network can: use model 'vgg19', or refine 0")
    return steps


def check_pull(weight: float, what: str, steps: int) -> float:
    """Return what `texture` or `keep` weighs if it can be painted so in so many steps of refinement.

    Raises:
        AdaINError: it is negative, not a finite number, or above 0 without any step.
    """
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 <= weight < math.inf:
        raise AdaINError(f"{what} is {weight!r}: give a number from 0 (none) on; 1 is a good choice")
    if weight and not steps:
        raise AdaINError(f"{what} is {weight!r}, but it is painted by steps of refinement: give refine, such as 3")
    return weight
