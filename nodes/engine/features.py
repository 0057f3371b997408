"""Features of a batch, computed when first needed: the frames, their statistics, and what styles do to them.

Between encoder and decoder there is only an affine map for each channel. So nodes that change features do not
compute new ones: they add a step, a few kilobytes, and the decoder applies it on the fly. Features are kept between
runs if they fit in memory, else encoded again tile by tile; the picture is the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import torch
from torch import Tensor

from ...adain_core.engine import adain
from ...adain_core.engine.refine import BYTES_PER_PIXEL as LAYERS_BYTES
from ...adain_core.engine.texture import LayerMoments, cut_out, layers_of
from ...adain_core.pictures.masks import Mask, fit, shares
from ...adain_core.styles.style import Moments, Style
from ...adain_core.tiles.grid import BYTES_PER_PIXEL, Grid, Window
from ...adain_core.weights.network_files import AnyDecoder, Encoder
from .job import Host, Job
from .pictures import Frames, pick

if TYPE_CHECKING:
    from .styles import StyleValue
    from .transfer import FrameMode

KEPT_SHARE = 4
"""Features are kept while they take no more than this part (one in ...) of the memory they are kept in."""


@dataclass(frozen=True, eq=False)
class Networks:
    """Encoder and decoder, ready to compute."""

    encoder: Encoder
    decoder: AnyDecoder
    device: torch.device
    dtype: torch.dtype

    def encode(self, frames: Frames, window: Window, grid: Grid) -> Tensor:
        """Features of a window, (B, 512, h, w)."""
        grown = window.grown(self.encoder.halo, grid)
        return window.of(self.encoder(self._pixels(frames, grown, grid)), grown)

    def layers(self, frames: Frames, window: Window, grid: Grid) -> list[Tensor]:
        """relu1_1, relu2_1, relu3_1 and relu4_1 of a window."""
        grown = window.grown(self.encoder.halo, grid)
        taps = layers_of(self.encoder)(self._pixels(frames, grown, grid))
        return cut_out(window, taps, grown)

    def _pixels(self, frames: Frames, window: Window, grid: Grid) -> Tensor:
        x = grid.read(frames, window).to(self.device, self.dtype)
        return x.contiguous(memory_format=torch.channels_last)


class Model(Protocol):
    """A model whose memory the program around manages."""

    encoder_id: str
    host: Host

    def load(self, memory: int) -> Networks:
        """Bring the networks to where they compute, with so many bytes to compute in."""
        ...

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        ...

    @property
    def dtype(self) -> torch.dtype:
        """In which format."""
        ...


class Encoded:
    """What the encoder makes of a batch, shared by all features that come from it.

    Args:
        model: with which encoder.
        frames: of what.
        tile: edge of a tile in pixels, 0 to choose.
        keep: whether features are wanted later, not only their statistics.
    """

    def __init__(self, model: Model, frames: Frames, tile: int = 0, keep: bool = True) -> None:
        self.model, self.frames, self.tile, self.keep = model, frames, tile, keep
        self._statistics: Style | None = None
        self._kept: list[Tensor] = []  # (512, h, w) of the first frames, half precision, in main memory

    def job(self, tile: int = 0, together: int | None = None, pixel_bytes: int = BYTES_PER_PIXEL) -> Job:
        """A pass over these frames."""
        model, frames = self.model, self.frames
        size = (len(frames), frames.height, frames.width)
        pixel_bytes = pixel_bytes * model.dtype.itemsize // 4
        return Job(model.host, model.device, *size, pixel_bytes, tile or self.tile, together)

    def statistics(self) -> Style:
        """Mean and std of every frame, (B, 512)."""
        if self._statistics is None:
            self._encode()
        assert self._statistics is not None
        return self._statistics

    def _encode(self) -> None:
        job = self.job()
        networks = self.model.load(job.memory)
        grid = job.grid
        room = self.model.host.free_memory(torch.device("cpu")) // KEPT_SHARE if self.keep else 0
        keep = min(len(self.frames), room // (grid.rows * grid.cols * networks.encoder.channels * 2))  # so many frames
        kept: dict[int, Tensor] = {}
        found: dict[int, Style] = {}

        def work(chunk: slice, windows: Iterator[Window]) -> None:
            part, moments = self.frames.part(chunk), Moments(networks.encoder.phases)
            size = (len(part), networks.encoder.channels, grid.rows, grid.cols)
            buffer = (
                torch.empty(size, dtype=torch.float16, memory_format=torch.channels_last)
                if (chunk.stop <= keep)
                else None
            )
            for window in windows:
                f = networks.encode(part, window, grid)
                moments.add(f)
                if buffer is not None:
                    buffer[:, :, window.y0 : window.y1, window.x0 : window.x1] = f
            found.update({chunk.start + i: style for i, style in enumerate(each(moments.style().to("cpu")))})
            if buffer is not None:
                kept.update({chunk.start + i: f for i, f in enumerate(buffer)})

        job.run(work)
        self._kept = [kept[i] for i in range(len(kept))]
        self._statistics = together([found[i] for i in range(len(self.frames))], self.model.encoder_id)

    def layer_statistics(self, masks: Sequence[list[Mask]], rest: bool) -> list[tuple[Style, Tensor]]:
        """Statistics of relu1_1, relu2_1 and relu3_1, (B, 448), of the whole of every frame and of each region.

        And how many entries of relu1_1 each of them is of, (B,).

        Args:
            masks: one list a region, of one mask for all frames or one for each.
            rest: whether what no mask reaches is one more region.

        Returns:
            The whole's first, then the regions', the rest last.

        Raises:
            StyleError: another network than the paper's.
        """
        job = self.job(together=1 if any(len(m) > 1 for m in masks) else None, pixel_bytes=LAYERS_BYTES)
        networks = self.model.load(job.memory)
        found: list[dict[int, Style]] = [{} for _ in range(1 + len(masks) + rest)]
        cells = torch.zeros(len(found), len(self.frames))

        def work(chunk: slice, windows: Iterator[Window]) -> None:
            part, gathered = self.frames.part(chunk), [LayerMoments() for _ in found]
            for window in windows:
                taps = networks.layers(part, window, job.grid)[:-1]
                gathered[0].add(taps)
                weights = region_weights(masks, rest, chunk.start, window, job.grid) if masks else []
                for moments, weight in zip(gathered[1:], weights, strict=True):
                    moments.add(taps, weight)
            whole = gathered[0].style()
            for moments, styles, counted in zip(gathered, found, cells, strict=True):
                style = moments.style(whole) if moments.seen else whole
                counted[chunk] = moments.total
                styles.update({chunk.start + i: s for i, s in enumerate(each(style.to("cpu")))})

        job.run(work)
        rows = [together([styles[i] for i in range(len(self.frames))]) for styles in found]
        return list(zip(rows, cells, strict=True))

    def read(self, networks: Networks, chunk: slice, window: Window, grid: Grid) -> Tensor:
        """Features of a window of some frames, (B, 512, h, w) on the networks' device."""
        if chunk.stop <= len(self._kept):
            f = torch.stack([window.of(kept, grid.whole) for kept in self._kept[chunk]])
            return f.to(networks.device, networks.dtype).contiguous(memory_format=torch.channels_last)
        return networks.encode(self.frames.part(chunk), window, grid)


class Step(Protocol):
    """Something a style does to features."""

    def apply(self, f: Tensor, chunk: slice, window: Window, grid: Grid) -> Tensor:
        """Change the features (B, 512, h, w) of a window of some frames."""
        ...


@dataclass(frozen=True, eq=False)
class Asked:
    """What a step was asked to make of a part of the frames.

    Attributes:
        style: the style; None: the part keeps what it was.
        alpha: its strength.
        target: the statistics that this gives, (B, 512).
        mode: how the content's own statistics were made steady over time.
        sigma: for how many frames.
    """

    style: StyleValue | None
    alpha: float
    target: Style
    mode: FrameMode = "independent"
    sigma: float = 0.0


@dataclass(frozen=True, eq=False)
class Everywhere:
    """One affine map a frame."""

    maps: adain.AffineMap  # (B, C, 1, 1) each
    asked: Asked

    def apply(self, f: Tensor, chunk: slice, window: Window, grid: Grid) -> Tensor:
        """Scale and shift every channel."""
        scale, shift = self.maps
        return adain.apply(f, (scale[chunk].to(f.device), shift[chunk].to(f.device)))


@dataclass(frozen=True, eq=False)
class Regions:
    """One affine map a frame and region."""

    maps: Sequence[adain.AffineMap]
    masks: Sequence[list[Mask]]
    rest: bool  # whether the last map is for what no mask reaches
    asked: Sequence[Asked]

    def apply(self, f: Tensor, chunk: slice, window: Window, grid: Grid) -> Tensor:
        """Scale and shift every channel, in each cell by the share that each region has in it."""
        frames = range(*chunk.indices(chunk.stop))
        out = []
        for i, frame in enumerate(frames):
            maps = [(scale[frame : frame + 1].to(f.device), shift[frame : frame + 1].to(f.device)) for scale, shift
                    in self.maps]  # fmt: skip
            weights = region_weights(self.masks, self.rest, frame, window, grid)
            out.append(adain.apply(f[i : i + 1], adain.regional(maps, shares(weights).to(f.device))))
        return torch.cat(out)


@dataclass(frozen=True, eq=False)
class Features:
    """An ADAIN_FEATURES value.

    Attributes:
        encoded: the frames and what the encoder made of them.
        steps: what was done to the features since, in order.
        cover: masks outside of which the decoded picture keeps the content's pixels; None: it keeps them nowhere.
        name: what was done, in words.
    """

    encoded: Encoded
    steps: tuple[Step, ...] = ()
    cover: tuple[list[Mask], ...] | None = None
    name: str = ""

    def __repr__(self) -> str:
        frames = self.encoded.frames
        return f"ADAIN_FEATURES({len(frames)} of {frames.width}x{frames.height}{self.name and ', ' + self.name})"

    def __len__(self) -> int:
        return len(self.encoded.frames)

    def then(self, step: Step, name: str) -> Features:
        """These features with one more step."""
        return replace(self, steps=(*self.steps, step), name=f"{self.name} > {name}" if self.name else name)

    def read(self, networks: Networks, chunk: slice, window: Window, grid: Grid) -> Tensor:
        """The features of a window with everything done to them, (B, 512, h, w)."""
        f = self.encoded.read(networks, chunk, window, grid)
        for step in self.steps:
            f = step.apply(f, chunk, window, grid)
        return f

    @cached_property
    def statistics(self) -> Style:
        """Mean and std of every frame, (B, 512), after everything done."""
        regional = [n for n, step in enumerate(self.steps, 1) if isinstance(step, Regions)]
        seen = regional[-1] if regional else 0
        # Softly overlapping regions have no formula for what comes out: it is measured. An affine map has one.
        before = replace(self, steps=self.steps[:seen])
        style = before.regional_statistics([], False)[0][0] if seen else self.encoded.statistics()
        for step in self.steps[seen:]:
            assert isinstance(step, Everywhere)
            scale, shift = (part[:, :, 0, 0] for part in step.maps)
            style = replace(style, mean=style.mean * scale + shift, std=style.std * scale.abs())
        return style

    def regional_statistics(self, masks: Sequence[list[Mask]], rest: bool) -> list[tuple[Style, Tensor]]:
        """Statistics of the whole of every frame and of each region, (B, 512), and of how many cells each is, (B,).

        Args:
            masks: one list a region, of one mask for all frames or one for each.
            rest: whether what no mask reaches is one more region.

        Returns:
            The whole's first, then the regions', the rest last. Where a region marks nothing they are the whole's, of
            0 cells.
        """
        own_masks = any(len(m) > 1 for m in masks)
        encoded = self.encoded
        encoded.statistics()  # keeps what can be kept
        job = encoded.job(together=1 if own_masks else None)
        networks = encoded.model.load(job.memory)
        grid = job.grid
        count = 1 + len(masks) + rest
        found: list[dict[int, Style]] = [{} for _ in range(count)]
        cells = torch.zeros(count, len(self))

        def work(chunk: slice, windows: Iterator[Window]) -> None:
            gathered = [Moments(networks.encoder.phases) for _ in range(count)]
            for window in windows:
                f = self.read(networks, chunk, window, grid)
                gathered[0].add(f)
                if masks:
                    weights = region_weights(masks, rest, chunk.start, window, grid)
                    for moments, weight in zip(gathered[1:], weights, strict=True):
                        moments.add(f, weight)
            whole = gathered[0].style()
            for moments, styles, counted in zip(gathered, found, cells, strict=True):
                style = moments.style(whole) if moments.cells > 0 else whole
                counted[chunk] = moments.total
                styles.update({chunk.start + i: s for i, s in enumerate(each(style.to("cpu")))})

        job.run(work)
        rows = [together([styles[i] for i in range(len(self))], encoded.model.encoder_id) for styles in found]
        return list(zip(rows, cells, strict=True))


def region_weights(masks: Sequence[list[Mask]], rest: bool, frame: int, window: Window, grid: Grid) -> list[Tensor]:
    """What each region weighs in each cell of a window of a frame, (h, w); the rest last if asked for."""
    rows, cols = grid.pixel_rows(window), grid.pixel_cols(window)
    cells = [pick(m, frame).cells(rows, cols) for m in masks]
    if rest:
        cells.append((1 - torch.stack(cells).sum(0)).clamp_min(0))
    return cells


def lay(masks: list[Tensor], frames: Frames, feather: float) -> list[Mask]:
    """Masks (h, w) laid over frames, their edges softened by `feather` pixels."""
    return [fit(mask, frames.height, frames.width, feather) for mask in masks]


def each(style: Style) -> list[Style]:
    """The styles of a batch one by one."""
    if style.mean.ndim == 1:
        return [style]
    textures = [None] * len(style.mean) if style.texture is None else each(style.texture)
    rows = zip(style.mean, style.std, textures, strict=True)
    return [replace(style, mean=mean, std=std, texture=texture) for mean, std, texture in rows]


def together(styles: Sequence[Style], encoder: str = "", name: str = "") -> Style:
    """One batch (B, 512) of styles, with texture if all have one."""
    mean, std = torch.stack([s.mean for s in styles]), torch.stack([s.std for s in styles])
    textures = [s.texture for s in styles if s.texture is not None]
    texture = together(textures) if len(textures) == len(styles) else None
    return Style(mean, std, encoder, name, texture=texture)
