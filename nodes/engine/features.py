"""Features of a batch, computed when first needed: the frames, their statistics, and what styles do to them.

Between encoder and decoder there is only an affine map for each channel. So nodes that change features do not
compute new ones: they add a step, a few kilobytes, and the decoder applies it on the fly. Features are kept between
runs if they fit in memory, else encoded again tile by tile; the picture is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Protocol, TypeVar

import torch
from torch import Tensor

from ...adain_core.engine import adain
from ...adain_core.engine.features import Features as WindowFeatures
from ...adain_core.engine.features import GridStore
from ...adain_core.engine.grain import amount, grained
from ...adain_core.engine.measure import measure
from ...adain_core.engine.networks import Networks
from ...adain_core.engine.regions import Regions
from ...adain_core.engine.steps import Step
from ...adain_core.options import Grain
from ...adain_core.pictures.masks import Mask, fit
from ...adain_core.styles.moments import Gathering, LayerMoments, Moments
from ...adain_core.styles.style import Style
from ...adain_core.tiles.grid import Grid, Window
from ...adain_core.tiles.memory import PAINTED_BYTES, REFINED_BYTES
from ...adain_core.tiles.sources import Pixels
from .job import Host, Job
from .pictures import Frames

if TYPE_CHECKING:
    from .styles import StyleValue
    from .transfer import FrameMode

Piece = TypeVar("Piece")

KEPT_SHARE = 4
"""Features are kept while they take no more than this part (one in ...) of the memory they are kept in."""


class Model(Protocol):
    """A model whose memory the program around manages."""

    encoder_id: str
    inverts: bool
    """Whether its decoder inverts its encoder, so that it can be refined."""
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
        grain: what flat places take before they are encoded, see :mod:`adain_core.engine.grain`.
    """

    def __init__(self, model: Model, frames: Frames, tile: int = 0, keep: bool = True, grain: Grain = 0.0) -> None:
        self.model, self.frames, self.tile, self.keep, self.grain = model, frames, tile, keep, grain
        self._statistics: Style | None = None
        self._kept: list[Tensor] = []  # (512, h, w) of the first frames, half precision, in main memory

    def job(self, tile: int = 0, pixel_bytes: int = PAINTED_BYTES) -> Job:
        """A pass over these frames."""
        model, frames = self.model, self.frames
        size = (len(frames), frames.height, frames.width)
        pixel_bytes = pixel_bytes * model.dtype.itemsize // 4
        return Job(model.host, model.device, *size, pixel_bytes, tile or self.tile)

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
            store = GridStore(job.grid, torch.device("cpu"), torch.float16) if chunk.stop <= keep else None
            pixels = self._pixels(networks, chunk, job.grid)
            features = WindowFeatures(networks, pixels, store)
            new, read = partial(Moments, networks.encoder.phases), features.encode
            style = measure(((window, read(window)) for window in windows), new, opacity=pixels.opacity).whole
            found.update(enumerate(style.to("cpu").unbatch(), chunk.start))
            f = None if store is None else store.get(job.grid.whole)
            if f is not None:
                kept.update(enumerate(f, chunk.start))

        job.run(work)
        self._kept = [kept[i] for i in range(len(kept))]
        self._statistics = Style.batch([found[i] for i in range(len(self.frames))], self.model.encoder_id)

    def repeated(self, count: int) -> Encoded:
        """One picture as so many frames, to be painted in a style each: encoded once."""
        frames = Frames(self.frames.images.expand(count, -1, -1, -1), self.frames.grey)
        many = Encoded(self.model, frames, self.tile, self.keep, self.grain)
        many._statistics = _repeated(self.statistics(), count)
        many._kept = self._kept * count
        return many

    def layer_statistics(self, parts: FrameRegions | None) -> list[tuple[Style, Tensor]]:
        """Statistics of relu1_1, relu2_1 and relu3_1, (B, 448), of the whole of every frame and of each region.

        And how many entries of relu1_1 each of them is of, (B,).

        Args:
            parts: regions to be measured by themselves, too.

        Returns:
            The whole's first, then the regions'.

        Raises:
            StyleError: another network than the paper's.
        """
        job = self.job(pixel_bytes=REFINED_BYTES)
        networks = self.model.load(job.memory)

        def layers(chunk: slice, grid: Grid) -> Callable[[Window], Sequence[Tensor]]:
            features = WindowFeatures(networks, self._pixels(networks, chunk, grid))
            return lambda window: features.layers(window)[:-1]

        return frame_statistics(job, self.frames, layers, LayerMoments, parts)

    def features(self, networks: Networks, chunk: slice, grid: Grid, exact: bool = False) -> WindowFeatures:
        """Features of some frames by window: the kept ones, or encoded again.

        Args:
            networks: of the encoder.
            chunk: which frames.
            grid: their tiles.
            exact: encode again in any case. What is kept is rounded to half precision: 0.01 of 255 levels in one pass,
                and steps of refinement enlarge that to 0.5, 2 and 4 levels in one, two and three steps.
        """
        kept = None
        if not exact and chunk.stop <= len(self._kept):
            kept = _KeptFrames(self._kept[chunk], networks)
        return WindowFeatures(networks, self._pixels(networks, chunk, grid), kept)

    def _pixels(self, networks: Networks, chunk: slice, grid: Grid) -> Pixels:
        """What the encoder is given of some frames."""
        return Pixels(grained(self.frames.part(chunk), amount(self.grain, networks)), grid)


class _KeptFrames:
    """Features of some frames that were kept, (C, rows, columns) each."""

    def __init__(self, frames: Sequence[Tensor], networks: Networks) -> None:
        self.frames, self.networks = frames, networks

    def put(self, window: Window, f: Tensor) -> None:
        """They are there already."""

    def get(self, window: Window) -> Tensor:
        """Features of a window, (B, C, h, w), as the networks take them."""
        cells = [f[:, window.y0 : window.y1, window.x0 : window.x1] for f in self.frames]
        return self.networks.place(torch.stack(cells))


@dataclass(frozen=True, eq=False)
class FrameRegions:
    """Regions of frames.

    Attributes:
        masks: one list a region, of one mask for all frames or one for each.
        rest: whether what no mask reaches is one more region, the last.
    """

    masks: Sequence[list[Mask]]
    rest: bool = False

    def __len__(self) -> int:
        return len(self.masks) + self.rest

    def of(self, chunk: slice, grid: Grid) -> Regions:
        """Those of some frames."""
        return Regions([masks if len(masks) == 1 else masks[chunk] for masks in self.masks], self.rest, grid)


def frame_statistics(
    job: Job,
    frames: Frames,
    pieces: Callable[[slice, Grid], Callable[[Window], Piece]],
    gathering: Callable[[], Gathering[Piece]],
    parts: FrameRegions | None,
    encoder: str = "",
) -> list[tuple[Style, Tensor]]:
    """Statistics of the whole of every frame and of each region, (B, C), and the weight of the cells behind them, (B,).

    Args:
        job: the pass.
        frames: the pictures; what is hidden of them does not weigh.
        pieces: from some frames and their grid to what is measured in a window of them.
        gathering: what gathers them.
        parts: regions to be measured by themselves, too.
        encoder: id of the encoder.

    Returns:
        The whole's first, then the regions', the rest last. Where a region marks nothing they are the whole's, of
        0 cells.
    """
    count = 1 + (0 if parts is None else len(parts))
    found: list[dict[int, Style]] = [{} for _ in range(count)]
    cells = torch.zeros(count, job.frames, device="cpu")

    def work(chunk: slice, windows: Iterator[Window]) -> None:
        piece = pieces(chunk, job.grid)
        regions = None if parts is None else parts.of(chunk, job.grid)
        opacity = Pixels(frames.part(chunk), job.grid).opacity
        measured = measure(((window, piece(window)) for window in windows), gathering, regions, opacity)
        for number, style in enumerate([measured.whole, *measured.parts]):
            found[number].update(enumerate(style.to("cpu").unbatch(), chunk.start))
        for number, total in enumerate(measured.totals, 1):
            cells[number, chunk] = total.float()

    job.run(work)
    rows = [Style.batch([styles[i] for i in range(job.frames)], encoder) for styles in found]
    return list(zip(rows, cells, strict=True))


@dataclass(frozen=True, eq=False)
class Requested:
    """What was requested of a step, for a part of the frames.

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
class FrameStep:
    """One affine map a frame, or one a frame and region.

    Attributes:
        maps: (B, C, 1, 1) each, of every part.
        requested: what was requested of every part.
        parts: where the parts are; None: there is one, everywhere.
    """

    maps: Sequence[adain.AffineMap]
    requested: Sequence[Requested]
    parts: FrameRegions | None = None

    def of(self, chunk: slice, grid: Grid) -> Step:
        """What is done to some frames."""
        maps = [(scale[chunk], shift[chunk]) for scale, shift in self.maps]
        return Step(maps, None if self.parts is None else self.parts.of(chunk, grid))

    def repeated(self, count: int) -> FrameStep:
        """The step of one frame, for so many."""
        maps = [(scale.expand(count, -1, -1, -1), shift.expand(count, -1, -1, -1)) for scale, shift in self.maps]
        return replace(
            self, maps=maps, requested=[replace(r, target=_repeated(r.target, count)) for r in self.requested]
        )


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
    steps: tuple[FrameStep, ...] = ()
    cover: tuple[list[Mask], ...] | None = None
    name: str = ""

    def __repr__(self) -> str:
        frames = self.encoded.frames
        return f"ADAIN_FEATURES({len(frames)} of {frames.width}x{frames.height}{self.name and ', ' + self.name})"

    def __len__(self) -> int:
        return len(self.encoded.frames)

    def repeated(self, count: int) -> Features:
        """These features of one picture as those of so many frames; of several frames, themselves."""
        if count == len(self):
            return self
        return replace(
            self, encoded=self.encoded.repeated(count), steps=tuple(step.repeated(count) for step in self.steps)
        )

    def then(self, step: FrameStep, name: str) -> Features:
        """These features with one more step."""
        return replace(self, steps=(*self.steps, step), name=f"{self.name} > {name}" if self.name else name)

    @cached_property
    def statistics(self) -> Style:
        """Mean and std of every frame, (B, 512), after everything done."""
        regional = [n for n, step in enumerate(self.steps, 1) if step.parts is not None]
        seen = regional[-1] if regional else 0
        # Softly overlapping regions have no formula for what comes out: it is measured. An affine map has one.
        before = replace(self, steps=self.steps[:seen])
        style = before.regional_statistics(None)[0][0] if seen else self.encoded.statistics()
        for step in self.steps[seen:]:
            [(scale, shift)] = ((scale[:, :, 0, 0], shift[:, :, 0, 0]) for scale, shift in step.maps)
            style = replace(style, mean=style.mean * scale + shift, std=style.std * scale.abs())
        return style

    def regional_statistics(self, parts: FrameRegions | None) -> list[tuple[Style, Tensor]]:
        """Statistics of the whole of every frame and of each region, (B, 512), and of how many cells each is, (B,).

        Args and returns as for :func:`frame_statistics`.
        """
        encoded = self.encoded
        encoded.statistics()  # keeps what can be kept
        job = encoded.job()
        networks = encoded.model.load(job.memory)

        def read(chunk: slice, grid: Grid) -> Callable[[Window], Tensor]:
            features, steps = encoded.features(networks, chunk, grid), [step.of(chunk, grid) for step in self.steps]

            def changed(window: Window) -> Tensor:
                f = features.read(window)
                for step in steps:
                    f = step.apply(f, window)
                return f

            return changed

        new = partial(Moments, networks.encoder.phases)
        return frame_statistics(job, encoded.frames, read, new, parts, encoded.model.encoder_id)


def _repeated(style: Style, count: int) -> Style:
    """The statistics of one picture, (1, C), as those of so many, (count, C)."""
    return Style.batch(style.unbatch() * count, style.encoder, style.name)


def fit_masks(masks: list[Tensor], frames: Frames, feather: float) -> list[Mask]:
    """Masks (h, w) fitted to frames, their edges softened by `feather` pixels."""
    return [fit(mask, frames.height, frames.width, feather) for mask in masks]
