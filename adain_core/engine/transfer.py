"""One style transfer from beginning to end: statistics over the tiles, one affine map, decoding over the tiles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, cast

import torch
from torch import Tensor

from ..color.matching import (
    HISTOGRAM_METHODS,
    ColorMode,
    ColorMoments,
    HistogramMethod,
    apply_map,
    histogram_map,
    keep_color,
    luminance_map,
)
from ..networks.vgg import STRIDE
from ..pictures.masks import Mask, shares
from ..pictures.picture import Picture
from ..pictures.reading import PictureSource
from ..styles.style import Moments, Style
from ..tiles.grid import Grid, PixelSource, Window
from . import adain
from .features import Features, GreySource
from .refine import reach, refine
from .texture import LayerMoments, Texture, all_layers, cut_out, layers_of

if TYPE_CHECKING:
    from ..model import AdaIN

StyleLike = Style | Picture | PictureSource
"""A :class:`Style`, the name of a built-in one, a style file (.safetensors), or a picture."""

Progress = Callable[[int, int], object]
"""Called with tiles done and tiles in all; raise from it to cancel (nothing is written then)."""


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


class Sink(Protocol):
    """Where the stylized tiles go."""

    def write(self, y0: int, x0: int, tile: Tensor) -> None:
        """Take a tile (B, 3, h, w) float32 RGB in [0, 1] whose upper left pixel is (y0, x0)."""
        ...


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
    """One style within a mask, ready to compute with; no mask means everywhere."""

    style: Style
    alpha: float
    mask: Mask | None = None


class Transfer:
    """The transfer of one picture (or batch of equal size).

    Args:
        model: encoder and decoder.
        source: the content's pixels.
        grid: its tiles.
        parts: what goes where: one part without a mask, or several with.
        background: what takes the cells and pixels no mask reaches: a style, or None to keep the content there.
        color: colour mode, or None for the style's colours.
        recolored: whether the styles were encoded with the content's colours already (then nothing is left to do
            for histogram modes, and luminance modes encode the content's luminance).
        refine: steps of refinement of each tile, see :mod:`adain_core.engine.refine`.
        texture: weight of the styles' texture in these steps, see :mod:`adain_core.engine.texture`.
        progress: called after each tile, and after each step of one.
        steadiness: for frames of a film; by itself every picture has its own statistics.
    """

    def __init__(
        self,
        model: AdaIN,
        source: PixelSource,
        grid: Grid,
        parts: Sequence[Part],
        *,
        background: Part | None = None,
        color: ColorMode | None = None,
        recolored: bool = False,
        refine: int = 0,
        texture: float = 0.0,
        progress: Progress | None = None,
        steadiness: Steadiness | None = None,
    ) -> None:
        self.steadiness = steadiness
        self.model, self.source, self.grid = model, source, grid
        self.parts, self.background = list(parts), background
        self.keeps_color = color in ("luminance", "luminance-matched")
        self.after = None if recolored else color  # what is left to do to the decoded picture
        self.encoded = GreySource(source) if self.keeps_color and recolored else source
        self.color = color
        self.refine, self.texture, self.progress = refine, texture, progress
        self.features = Features(model, self.encoded, grid)
        self.done = 0
        needs_moments = self.after in HISTOGRAM_METHODS or self.after == "luminance-matched"
        self.passes = 3 if needs_moments else 2
        self.spread = torch.zeros(1)  # of the target, (B,): known after the first pass, and so is what pulls
        self.pulling: Texture | None = None
        self._decoded: Tensor | None = None  # the whole picture, where it is one tile and needed twice

    def run(self, sink: Sink) -> None:
        """Stylize every tile into `sink`, row by row."""
        maps = self.affine_maps()
        self._measure_texture(maps)
        recolor = self._recolor(maps)
        for window in self.grid:
            y0, y1, x0, x1 = self.grid.visible(window)
            tile = recolor(self._decode(window, maps), (y0, y1, x0, x1))
            sink.write(y0, x0, self._uncovered(tile, (y0, y1, x0, x1)))
            self._tick()

    @property
    def uncovered(self) -> bool:
        """Whether pixels that no mask reaches keep the content."""
        return self.background is None and self.parts[0].mask is not None

    def affine_maps(self) -> list[adain.AffineMap]:
        """First pass: the content's statistics, whole and a region, and from them the map of each part."""
        parts = [*self.parts, self.background] if self.background else self.parts
        phases = self.model.encoder.phases
        whole, regions = Moments(phases), [Moments(phases) for _ in parts]
        masked = parts[0].mask is not None
        blended = bool(self.texture) and any(part.alpha != 1 for part in parts)  # with the content's own texture
        whole_texture, textures = LayerMoments(), [LayerMoments() for _ in parts]
        for window in self.grid:
            f = self.features.encode(window)
            taps = self.features.taps(window)[:-1] if blended else []
            whole.add(f)
            if blended:
                whole_texture.add(taps)
            if masked:
                for moments, texture, weights in zip(regions, textures, self._weights(window), strict=True):
                    moments.add(f, weights)
                    if blended:
                        texture.add(taps, weights)
            self._tick()
        content = whole.style()
        if blended:
            content = replace(content, texture=whole_texture.style())
        maps, spreads, wanted = [], [], []
        for number, (part, moments) in enumerate(zip(parts, regions, strict=True)):
            seen = not masked or moments.cells > 0
            own = moments.style(content) if masked and seen else content
            if blended and own is not content:
                own = replace(own, texture=textures[number].style(content.texture))
            if self.steadiness is not None and seen:
                own = self.steadiness.statistics(number, own)
            target = part.style.strength(part.alpha, own)
            spreads.append(target.std.mean(-1).reshape(-1))
            maps.append(adain.affine(own, target))
            if self.texture:
                wanted.append(all_layers(target))
        # Where strength is 1 there is one for all pictures, elsewhere one for each.
        self.spread = torch.stack(torch.broadcast_tensors(*spreads)).mean(0)
        if self.texture:
            self.pulling = Texture(wanted, self.texture, self._weights if masked else None)
        return maps

    def _measure_texture(self, maps: list[adain.AffineMap]) -> None:
        """One pass for each step, whose pull depends on the whole picture; a single tile is seen whole in the step."""
        if self.pulling is None or len(self.grid) == 1:
            return
        for steps in range(self.refine):
            self.pulling.measure(self._painted(window, maps, steps) for window in self.grid)

    def _painted(self, window: Window, maps: list[adain.AffineMap], steps: int) -> tuple[Window, list[Tensor]]:
        """A window, and the four layers of what is painted there after some steps."""
        encoder, decoder = self.model.encoder, self.model.decoder
        grown = window.grown(self.model.halo + reach(encoder, decoder, steps), self.grid)
        taps = layers_of(encoder)(decoder(self._refined(grown, maps, steps)))
        self._tick()
        return window, cut_out(window, taps, grown)

    def _weights(self, window: Window) -> list[Tensor]:
        """What each part's mask weighs in each cell of a window, (h, w); the background takes the rest."""
        rows, cols = self.grid.pixel_rows(window), self.grid.pixel_cols(window)
        cells = [part.mask.cells(rows, cols) for part in self.parts if part.mask is not None]
        if self.background:
            cells.append((1 - torch.stack(cells).sum(0)).clamp_min(0))
        return cells

    def _decode(self, window: Window, maps: list[adain.AffineMap]) -> Tensor:
        """The stylized pixels of a window, without margin and padding, (B, 3, h, w) float32 in [0, 1]."""
        if self._decoded is not None:
            return self._decoded
        encoder, decoder = self.model.encoder, self.model.decoder
        grown = window.grown(decoder.halo + reach(encoder, decoder, self.refine), self.grid)
        y = window.of(decoder(self._refined(grown, maps, self.refine)), grown, STRIDE)
        y0, y1, x0, x1 = self.grid.visible(window)
        y = y[:, :, : y1 - y0, : x1 - x0].float().clamp_(0, 1)  # in place: the decoder's own map or a copy of it
        if self.passes == 3 and len(self.grid) == 1:
            self._decoded = y
        return y

    def _refined(self, window: Window, maps: list[adain.AffineMap], steps: int) -> Tensor:
        """What the decoder is given in a window after some steps, (B, 512, h, w); near inner edges less exact."""
        f = self.features.get(window)
        if self.parts[0].mask is None:
            [mapping] = maps
        else:
            mapping = adain.regional(maps, shares(self._weights(window)).to(f.device))
        return refine(
            self.model.encoder, self.model.decoder, adain.apply(f, mapping), self.spread, steps, self._tick,
            None if self.pulling is None else self.pulling.at(window),
        )  # fmt: skip

    def _recolor(self, maps: list[adain.AffineMap]) -> Callable[[Tensor, tuple[int, int, int, int]], Tensor]:
        """What is done to the colours of a decoded tile at (y0, y1, x0, x1)."""
        pairs: list[tuple[ColorMoments, ColorMoments]] = []  # of each picture: its content's colours, its own
        if self.passes == 3:  # the colours are matched to the content's over the whole picture
            for window in self.grid:
                content = self.source.crop(*self.grid.visible(window))  # (B, 3, h, w)
                pairs = pairs or [(ColorMoments(), ColorMoments()) for _ in content]
                for pair, *pictures in zip(pairs, content.split(1), self._decode(window, maps).split(1), strict=True):
                    for moments, picture in zip(pair, pictures, strict=True):
                        moments.add(picture)
                self._tick()
            if self.steadiness is not None:
                pairs = [self.steadiness.colors(*pair) for pair in pairs]
        if self.keeps_color:
            scale_shifts = [luminance_map(output, content) for content, output in pairs]

            def keep(tile: Tensor, at: tuple[int, int, int, int]) -> Tensor:
                content = self.source.crop(*at).to(tile.device)
                if not scale_shifts:
                    return keep_color(tile, content)
                every = zip(tile.split(1), content.split(1), scale_shifts, strict=True)
                return torch.cat([keep_color(*both, luminance_map=scale_shift) for *both, scale_shift in every])

            return keep
        if self.passes == 3:
            matched = [histogram_map(output, content, cast(HistogramMethod, self.after)) for content, output in pairs]
            return lambda tile, at: torch.cat(
                [apply_map(picture, found) for picture, found in zip(tile.split(1), matched, strict=True)]
            ).clamp_(0, 1)
        return lambda tile, at: tile

    def _uncovered(self, tile: Tensor, at: tuple[int, int, int, int]) -> Tensor:
        """The content's own pixels where no mask reaches."""
        if not self.uncovered:
            return tile
        y0, y1, x0, x1 = at
        rows, cols = torch.arange(y0, y1), torch.arange(x0, x1)
        cover = sum(part.mask.pixels(rows, cols) for part in self.parts if part.mask is not None)
        assert isinstance(cover, Tensor)
        return torch.lerp(self.source.crop(*at).to(tile.device), tile, cover.clamp(0, 1).to(tile.device))

    def _tick(self) -> None:
        self.done += 1
        if self.progress is not None:
            whole = len(self.grid) == 1
            decoded = 1 if whole else self.passes - 1  # times
            measured = 0 if whole or not self.texture else self.refine * (self.refine + 1) // 2
            self.progress(self.done, (self.passes + decoded * self.refine + measured) * len(self.grid))
