"""One style transfer from beginning to end: statistics over the tiles, one affine map, decoding over the tiles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from ..color.matching import ColorMoments, add_pictures
from ..color.recolor import Recolor, by_luminance
from ..options import ColorMode
from ..pictures.masks import Mask
from ..styles.style import Style
from ..tiles.grid import Grid
from ..tiles.sinks import Sink
from . import adain
from .content import Content
from .keep import Keep
from .paint import Painter
from .regions import Regions
from .steps import Step
from .texture import Texture, all_layers

Progress = Callable[[int, int], object]
"""Called with tiles done and tiles in all; raise from it to cancel (nothing is written then)."""


class Steadiness(Protocol):
    """What makes the statistics of frames that follow each other change slowly."""

    def statistics(self, part: int, own: Style) -> Style:
        """What to take for the content's statistics (C,) or (B, C) in the part of that number."""
        ...

    def colors(self, content: ColorMoments, output: ColorMoments) -> tuple[ColorMoments, ColorMoments]:
        """What to take for the colours of the content and of the decoded picture."""
        ...


@dataclass(frozen=True, eq=False)
class Part:
    """One style within masks (one for all pictures or one for each), ready to compute with; none means everywhere."""

    style: Style
    alpha: float
    masks: Sequence[Mask] = ()


class Transfer:
    """The transfer of one picture (or batch of equal size).

    Args:
        content: what is painted.
        grid: the tiles it is painted in.
        parts: what goes where: one part without a mask, or several with.
        background: what takes the cells and pixels no mask reaches: a style, or None to keep the content there.
        color: colour mode, or None for the style's colours.
        recolored: whether the styles were encoded with the content's colours already (then nothing is left to do
            for histogram modes, and luminance modes encode the content's luminance).
        refine: steps of refinement of each tile, see :mod:`adain_core.engine.refine`.
        texture: weight of the styles' texture in these steps, see :mod:`adain_core.engine.texture`.
        keep: weight of the content's structure in them, see :mod:`adain_core.engine.keep`.
        progress: called after each tile, and after each step of one.
        steadiness: for frames of a video; by itself every picture has its own statistics.
    """

    def __init__(
        self,
        content: Content,
        grid: Grid,
        parts: Sequence[Part],
        *,
        background: Part | None = None,
        color: ColorMode | None = None,
        recolored: bool = False,
        refine: int = 0,
        texture: float = 0.0,
        keep: float = 0.0,
        progress: Progress | None = None,
        steadiness: Steadiness | None = None,
    ) -> None:
        self.content, self.source, self.grid = content, content.source, grid
        self.encoded = content.grey if color is not None and recolored and by_luminance(color) else content
        self.parts = [*parts, background] if background else list(parts)
        masks = [part.masks for part in parts if part.masks]
        self.regions = Regions(masks, background is not None, grid) if masks else None
        self.uncovered = background is None and bool(masks)  # whether pixels that no mask reaches keep the content
        nothing_left = color is None or (recolored and not by_luminance(color))
        self.recolor = None if nothing_left or color is None else Recolor(color, matched=not recolored)
        self.refine, self.texture, self.keep = refine, texture, keep
        self.progress, self.steadiness = progress, steadiness
        self.passes = 3 if self.recolor is not None and self.recolor.measures else 2
        self.done = 0
        self._decoded: Tensor | None = None  # the whole picture, where it is one tile and needed twice

    def run(self, sink: Sink) -> None:
        """Stylize every tile into `sink`, row by row."""
        painter = self._painter()
        painter.prepare()
        self._measure_colors(painter)
        for window in self.grid:
            at = self.grid.visible(window)
            tile = painter.paint(window) if self._decoded is None else self._decoded
            if self.recolor is not None:
                tile = self.recolor(tile, self.source.crop(*at))
            sink.write(at[0], at[2], self._uncovered(tile, at))
            self._tick()

    def _painter(self) -> Painter:
        """First pass: the content's statistics, whole and a region, and from them the map of each part."""
        blended = any(part.alpha != 1 for part in self.parts)  # with the content's own texture
        layers = bool(self.keep) or (bool(self.texture) and blended)
        found = self.encoded.measure(self.regions, layers, self._tick)
        own = [found.whole] if self.regions is None else found.parts
        if self.steadiness is not None:
            seen = [True] if self.regions is None else [bool(total > 0) for total in found.totals]
            own = [self.steadiness.statistics(n, s) if seen[n] else s for n, s in enumerate(own)]
        targets = [part.style.strength(part.alpha, style) for part, style in zip(self.parts, own, strict=True)]
        maps = [adain.affine(style, target) for style, target in zip(own, targets, strict=True)]
        # Where strength is 1 there is one spread for all pictures, elsewhere one for each.
        spreads = torch.broadcast_tensors(*(target.std.mean(-1).reshape(-1) for target in targets))
        wanted = [all_layers(target) for target in targets] if self.texture or self.keep else []
        texture = Texture(wanted, self.texture, self.regions, self.encoded.opacity) if self.texture else None
        keep = None
        if self.keep:
            finer = [style.texture for style in own if style.texture is not None]
            keep = Keep(self.encoded.features, finer, wanted, self.keep, self.regions)
        return Painter(
            self.encoded.networks, self.encoded.features, [Step(maps, self.regions)], self.grid,
            refine=self.refine, spread=torch.stack(spreads).mean(0), texture=texture, keep=keep,
            tick=self._tick,
        )  # fmt: skip

    def _measure_colors(self, painter: Painter) -> None:
        """A pass between, where colours are matched to the content's over the whole picture."""
        if self.recolor is None or not self.recolor.measures:
            return
        pairs: list[tuple[ColorMoments, ColorMoments]] = []  # of each picture: its content's colours, its own
        for window in self.grid:
            at = self.grid.visible(window)
            content, painted, opacity = self.source.crop(*at), painter.paint(window), self.source.opacity(*at)
            pairs = pairs or [(ColorMoments(), ColorMoments()) for _ in content]  # pictures are (B, 3, h, w)
            for moments, pictures in zip(zip(*pairs, strict=True), (content, painted), strict=True):
                add_pictures(moments, pictures, opacity)
            if len(self.grid) == 1:
                self._decoded = painted
            self._tick()
        self.recolor.fit(pairs if self.steadiness is None else [self.steadiness.colors(*pair) for pair in pairs])

    def _uncovered(self, tile: Tensor, at: tuple[int, int, int, int]) -> Tensor:
        """The content's own pixels where no mask reaches."""
        if not self.uncovered or self.regions is None:
            return tile
        y0, y1, x0, x1 = at
        cover = self.regions.cover(torch.arange(y0, y1, device="cpu"), torch.arange(x0, x1, device="cpu"))[
            :, None
        ]  # (1, 1, h, w)
        return torch.lerp(self.source.crop(*at).to(tile.device), tile, cover.to(tile.device))

    def _tick(self) -> None:
        self.done += 1
        if self.progress is not None:
            whole = len(self.grid) == 1
            decoded = 1 if whole else self.passes - 1  # times
            measured = 0 if whole or not self.texture else self.refine * (self.refine + 1) // 2
            self.progress(self.done, (self.passes + decoded * self.refine + measured) * len(self.grid))
