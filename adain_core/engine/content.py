"""The content of a transfer: pixels, features and statistics, measured once however often it is painted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cached_property, partial

import torch
from torch import Tensor

from ..styles.moments import LayerMoments, Moments
from ..styles.style import Style
from ..system.device import free_memory
from ..tiles.grid import Grid, PixelSource, Window
from ..tiles.sources import GreySource, Pixels
from .features import Features, Kept
from .measure import Measured, measure
from .networks import Networks
from .regions import Regions

KEPT_SHARE = 8
"""Features are kept while they take no more than this part (one in ...) of the free memory."""


class Content:
    """A picture, or a batch of equal size, to be painted once or many times.

    Args:
        networks: whose encoder reads it.
        source: its pixels.
        grid: its cells, and the tiles they are encoded in.
    """

    def __init__(self, networks: Networks, source: PixelSource, grid: Grid) -> None:
        self.networks, self.source, self.grid = networks, source, grid
        size = grid.rows * grid.cols * networks.encoder.channels * networks.dtype.itemsize
        room = len(grid) == 1 or size <= free_memory(networks.device) // KEPT_SHARE
        self.features = Features(networks, Pixels(source, grid), Kept(grid) if room else None)
        self._whole: Style | None = None
        self._layers: Style | None = None

    @cached_property
    def grey(self) -> Content:
        """The luminance of it, as a content of its own."""
        return Content(self.networks, GreySource(self.source), self.grid)

    def measure(
        self, regions: Regions | None = None, layers: bool = False, tick: Callable[[], object] = lambda: None
    ) -> Measured:
        """Statistics of the whole and of each region.

        Args:
            regions: parts to be measured by themselves, too.
            layers: whether also of the layers before relu4_1, as the styles' texture.
            tick: called after each tile; raise from it to cancel.
        """
        if self._whole is not None and regions is None and (not layers or self._layers is not None):
            return self._as_measured(layers)
        read = self.features.encode if self._whole is None else self.features.read
        found = measure(self._pieces(read, tick), partial(Moments, self.networks.encoder.phases), regions)
        self._whole = found.whole
        if not layers:
            return found
        finer = measure(self._pieces(lambda window: self.features.layers(window)[:-1]), LayerMoments, regions)
        self._layers = finer.whole
        parts = [replace(part, texture=texture) for part, texture in zip(found.parts, finer.parts, strict=True)]
        return replace(found, whole=replace(found.whole, texture=finer.whole), parts=parts)

    def _as_measured(self, layers: bool) -> Measured:
        assert self._whole is not None
        return Measured(replace(self._whole, texture=self._layers) if layers else self._whole, [], [])

    def _pieces(
        self, read: Callable[[Window], object], tick: Callable[[], object] = lambda: None
    ) -> Iterator[tuple[Window, object]]:
        for window in self.grid:
            yield window, read(window)
            tick()
