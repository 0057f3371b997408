"""From what a user asks for to a transfer: styles encoded, colours matched before, masks laid over the picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypedDict

import torch
from torch import Tensor

from .color.matching import ColorMoments
from .color.recolor import recolor_style
from .engine.content import Content
from .engine.networks import Networks
from .engine.refine import reach
from .engine.transfer import Part, Progress, Transfer
from .errors import StyleError
from .options import ColorMode, Options, Tile, check_side
from .pictures.masks import Mask, fit, open_mask
from .pictures.picture import Picture
from .pictures.reading import PictureSource, open_picture
from .styles.style import Style
from .system.memory import free_memory
from .tiles.grid import Grid, PixelSource
from .tiles.memory import PAINTED_BYTES, REFINED_BYTES, Budget

StyleLike = Style | Picture | PictureSource
"""A :class:`Style`, the name of a built-in one, a style file (.safetensors), or a picture."""


@dataclass(frozen=True, eq=False)
class Region:
    """A part of the content picture and the style it takes.

    Attributes:
        style: one style, or a list of (style, weight) to blend.
        mask: white inside; a picture file, PIL image, array or tensor of any size.
        alpha: strength in this region; the call's when missing.
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


class StylizeOptions(FrameKeywords, total=False):
    """The keyword options of :meth:`AdaIN.stylize`, explained there: :class:`~adain_core.options.Options`."""

    alpha: float
    refine: int
    texture: float


class Model(Protocol):
    """What planning asks of a model, such as :class:`~adain_core.model.AdaIN`."""

    @property
    def networks(self) -> Networks:
        """Encoder and decoder, on their device."""
        ...

    def stored_style(self, ref: StyleLike) -> Style | None:
        """The style that `ref` is or names; None if it is a picture."""
        ...

    def style_of(self, x: Tensor, *, name: str = "", texture: bool = False) -> Style:
        """The style of a picture tensor."""
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
    if not isinstance(content, Content):
        content = Content(model.networks, source, grid)
    regions = [style] if isinstance(style, Region) else style
    if not (isinstance(regions, list | tuple) and regions and isinstance(regions[0], Region)):
        regions = [Region(style, mask=torch.ones(1, 1, device="cpu"))]  # type: ignore[arg-type]
        masks: list[Mask | None] = [None]
    else:
        masks = [fit(open_mask(region.mask), height, width, options.feather) for region in regions]

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
        opened = open_style(ref, options.style_size)  # type: ignore[arg-type]
        x = opened.tensor()
        return model.style_of(x if recolor is None else recolor(x), name=opened.name, texture=options.texture > 0)

    parts = [
        Part(
            Style.mix([encode(ref) for ref, _ in mix], [weight for _, weight in mix]),
            options.alpha if region.alpha is None else region.alpha,
            mask,
        )
        for region, mix, mask in zip(regions, mixes, masks, strict=True)
    ]
    return Transfer(
        content, grid, parts, background=None if background is None else Part(encode(background), options.alpha),
        color=color, recolored=recolored, refine=options.refine, texture=options.texture, progress=progress,
    )  # fmt: skip


def tiles(model: Model, source: PixelSource, tile: int | Literal["auto"] | None, refine: int = 0) -> Grid:
    """The cells of a picture, cut into tiles that fit into free memory, or of the edge that is asked for.

    Raises:
        AdaINError: a tile that is no number of pixels above 0.
    """
    budget = Budget(free_memory(model.networks.device), REFINED_BYTES if refine else PAINTED_BYTES)
    halo = model.networks.halo + reach(model.networks, refine)
    return Grid(source.height, source.width, tile=budget.tile(tile, source.height, source.width, halo))


def _recoloring(source: PixelSource, grid: Grid, color: ColorMode) -> Callable[[Tensor], Tensor]:
    """What to do to a style picture's colours before it is encoded: (1, 3, h, w) to one for each content, (B, ...)."""
    if color == "luminance":
        return lambda x: recolor_style(x, None, color)
    contents: list[ColorMoments] = []
    for window in grid:
        pictures = source.crop(*grid.visible(window)).split(1)
        contents = contents or [ColorMoments() for _ in pictures]
        for moments, picture in zip(contents, pictures, strict=True):
            moments.add(picture)
    return lambda x: torch.cat([recolor_style(x, content, color) for content in contents])


def open_style(source: PictureSource | Picture, size: int | None) -> Picture:
    """A style picture with a shorter side of `size` pixels at most; None keeps its own size."""
    picture = open_picture(source)
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
