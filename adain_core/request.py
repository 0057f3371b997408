"""From what a user asks for to a transfer: styles encoded, colours matched before, masks laid over the picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypedDict

import torch
from torch import Tensor

from .color.matching import ColorMoments, add_pictures
from .color.recolor import recolor_style
from .engine.content import Content
from .engine.grain import amount
from .engine.networks import Networks
from .engine.refine import reach
from .engine.transfer import Part, Progress, Transfer
from .errors import ImageError, StyleError
from .options import ColorMode, Grain, Options, Tile, check_side
from .pictures.masks import Mask, fit
from .pictures.picture import Picture
from .pictures.profiles import in_profile
from .pictures.reading import PictureSource, open_picture
from .styles.style import Style
from .subject.masks import region_masks
from .system.memory import free_memory
from .tiles.grid import Grid, PixelSource
from .tiles.memory import PAINTED_BYTES, REFINED_BYTES, Budget
from .tiles.sources import TensorSource

StyleLike = Style | Picture | PictureSource
"""A :class:`Style`, the name of a built-in one, a style file (.safetensors), or a picture."""


@dataclass(frozen=True, eq=False)
class Region:
    """A part of the content picture and the style it takes.

    Attributes:
        style: one style, or a list of (style, weight) to blend.
        mask: white inside; a picture file, PIL image, array or tensor of any size. Or a word: "subject" is found in the
            content (people, animals or things that stand out), "background" is all else.
        alpha: strength in this region; the call's when missing.

    Examples:
        >>> from adain_core import Region
        >>> Region("scream", "subject", alpha=0.7)
        Region(style='scream', mask='subject', alpha=0.7)
    """

    style: StyleLike | Sequence[tuple[StyleLike, float]]
    mask: PictureSource
    alpha: float | None = None


StyleArgument = StyleLike | Sequence[tuple[StyleLike, float]] | Sequence[Region]
"""One style, several to blend as (style, weight) pairs, or one a region."""


# Editors show, and mypy checks, the keywords of a call by a TypedDict only; it cannot be made of a dataclass. A test
# holds the names equal to those of `adain_core.options`.


class FrameKeywords(TypedDict, total=False):
    """:class:`~adain_core.options.FrameOptions`."""

    color: ColorMode | None
    background: StyleLike | None
    feather: float
    style_size: int | None
    tile: Tile
    grain: Grain


class StylizeOptions(FrameKeywords, total=False):
    """The keyword options of :meth:`AdaIN.stylize`, explained there: :class:`~adain_core.options.Options`."""

    alpha: float
    refine: int
    texture: float
    keep: float


class Model(Protocol):
    """What planning asks of a model, such as :class:`~adain_core.model.AdaIN`."""

    @property
    def networks(self) -> Networks:
        """Encoder and decoder, on their device."""
        ...

    def stored_style(self, ref: StyleLike) -> Style | None:
        """The style that `ref` is or names; None if it is a picture."""
        ...

    def style_of(self, pixels: Tensor | PixelSource, *, name: str = "", texture: bool = False) -> Style:
        """The style of a picture."""
        ...


def plan(
    model: Model,
    content: Content | PixelSource,
    style: StyleArgument,
    options: Options,
    progress: Progress | None = None,
) -> Transfer:
    """Everything but the picture itself; arguments and errors as for :meth:`AdaIN.stylize`."""
    options.check(model.networks.decoder.inverts)
    color, background = options.color, options.background
    source = content.source if isinstance(content, Content) else content
    height, width = source.height, source.width
    grid = tiles(model, source, options.tile, options.refine)
    grain = amount(options.grain, model.networks)
    if not isinstance(content, Content):
        content = Content(model.networks, source, grid, grain=grain)
    regions = [style] if isinstance(style, Region) else style
    if not (isinstance(regions, list | tuple) and regions and isinstance(regions[0], Region)):
        regions = [Region(style, mask=torch.ones(1, 1, device="cpu"))]  # type: ignore[arg-type]
        masks: list[list[Mask]] = [[]]
    else:
        found = content  # what the masks' words stand for is found in it, once for all grain
        masks = [
            [fit(m, height, width, options.feather) for m in region_masks(region.mask, lambda: found.subject)]
            for region in regions
        ]

    mixes = [_pairs(region.style) for region in regions]
    every = [ref for mix in mixes for ref, _ in mix] + ([] if background is None else [background])
    stored = {id(ref): model.stored_style(ref) for ref in every}
    # Pictures take the content's colours before they are encoded (Gatys et al. 2016). Statistics alone cannot be
    # recoloured: if any style is known by those only, the result is recoloured after, for all alike.
    recolored = color is not None and all(found is None for found in stored.values())
    recolor = _recoloring(source, grid, color) if recolored and color else None

    def encode(ref: StyleLike) -> Style:
        found = stored[id(ref)]
        if found is not None:
            return found
        profile = source.icc if isinstance(source, Picture) else None
        opened = open_style(ref, options.style_size, profile)  # type: ignore[arg-type]
        pixels = opened if recolor is None else recolor(opened)
        return model.style_of(pixels, name=opened.name, texture=options.layers)

    parts = [
        Part(
            Style.mix([encode(ref) for ref, _ in mix], [weight for _, weight in mix]),
            options.alpha if region.alpha is None else region.alpha,
            own,
        )
        for region, mix, own in zip(regions, mixes, masks, strict=True)
    ]
    return Transfer(
        content.with_grain(grain), grid, parts,
        background=None if background is None else Part(encode(background), options.alpha),
        color=color, recolored=recolored, refine=options.refine, texture=options.texture, keep=options.keep,
        progress=progress,
    )  # fmt: skip


def tiles(model: Model, source: PixelSource, tile: int | Literal["auto"] | None, refine: int = 0) -> Grid:
    """The cells of a picture, cut into tiles that fit into free memory, or of the edge that is asked for.

    Raises:
        AdaINError: a tile that is no number of pixels above 0.
    """
    budget = Budget(free_memory(model.networks.device), REFINED_BYTES if refine else PAINTED_BYTES)
    halo = model.networks.halo + reach(model.networks, refine)
    return Grid(source.height, source.width, tile=budget.tile(tile, source.height, source.width, halo))


def _recoloring(source: PixelSource, grid: Grid, color: ColorMode) -> Callable[[Picture], PixelSource]:
    """What to do to a style picture's colours before it is encoded: makes of it one picture for each content."""
    contents: list[ColorMoments] = []
    for window in grid if color != "luminance" else ():
        at = grid.visible(window)
        pictures = source.crop(*at)
        contents = contents or [ColorMoments() for _ in pictures]
        add_pictures(contents, pictures, source.opacity(*at))

    def recolored(style: Picture) -> PixelSource:
        x, opacity = style.tensor(), style.opacity(0, style.height, 0, style.width)
        targets: list[ColorMoments] | list[None] = contents or [None]
        return TensorSource(torch.cat([recolor_style(x, content, color, opacity) for content in targets]), opacity)

    return recolored


def open_style(source: PictureSource | Picture, size: int | None, icc: bytes | None = None) -> Picture:
    """A style picture with a shorter side of `size` pixels at most; None keeps its own size.

    Its colours are those of the profile `icc`, the content's; of sRGB without one.

    Raises:
        ImageError: unreadable, or nothing of it is visible.
    """
    picture = in_profile(open_picture(source), icc)
    if picture.alpha is not None and not picture.alpha.any():
        raise ImageError(f"style picture {picture.name!r} is transparent all over: give one that shows something")
    if size is not None and min(picture.height, picture.width) > check_side(size, "style_size"):
        picture = picture.resized(size)
    return picture


def _pairs(style: StyleLike | Sequence[tuple[StyleLike, float]]) -> list[tuple[StyleLike, float]]:
    """One style or a blend, as (style, weight) pairs."""
    if isinstance(style, list | tuple):
        if not style:
            raise StyleError("the list of styles is empty: give at least one style")
        if not all(isinstance(pair, tuple) and len(pair) == 2 for pair in style):
            raise StyleError(f"styles to blend are {style!r:.80}: give (style, weight) pairs")
        return list(style)
    return [(style, 1.0)]  # type: ignore[list-item]
