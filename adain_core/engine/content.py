"""The content of a transfer: pixels, features and statistics, measured once however often it is painted."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from functools import cached_property, partial
from typing import TypeVar

from torch import Tensor

from ..errors import AdaINWarning
from ..styles.moments import Moments, MomentsWithTexture
from ..styles.style import Style
from ..subject.find import find_subject, nothing_found
from ..system.memory import free_memory
from ..tiles.grid import Grid, PixelSource, Window
from ..tiles.memory import Budget
from ..tiles.sources import GreySource, Pixels
from .features import Features, GridStore
from .grain import Amount, Noise, grained
from .measure import Measured, measure
from .networks import Networks
from .regions import Regions

Piece = TypeVar("Piece")


class Content:
    """A picture, or a batch of equal size, to be painted once or many times.

    Args:
        networks: whose encoder reads it.
        source: its pixels.
        grid: its cells, and the tiles they are encoded in.
        as_array: whether it came as an array, and is to be given back as one.
        grain: what flat places take before they are encoded, see :mod:`.grain`.
        noise: the noise for it, where it moves.
    """

    def __init__(
        self,
        networks: Networks,
        source: PixelSource,
        grid: Grid,
        as_array: bool = False,
        grain: Amount | None = None,
        noise: Noise | None = None,
    ) -> None:
        self.networks, self.source, self.grid, self.as_array = networks, source, grid, as_array
        self.grain, self._noise = grain, noise
        size = grid.rows * grid.cols * networks.encoder.channels * networks.dtype.itemsize
        self._kept = GridStore(grid) if len(grid) == 1 or Budget(free_memory(networks.device)).keeps(size) else None
        self.features = Features(networks, Pixels(grained(source, grain, noise), grid), self._kept)
        self._whole: Style | None = None
        self._others: dict[Amount | None, Content] = {}  # with other grain

    @property
    def nbytes(self) -> int:
        """Memory of what is kept: features, its variants' too, and the subject; the pixels are whose they were."""
        grey: Content | None = self.__dict__.get("grey")  # not to be made here
        subject: list[Tensor] = self.__dict__.get("subject", [])
        variants = [*self._others.values(), *([] if grey is None else [grey])]
        own = (0 if self._kept is None else self._kept.nbytes) + sum(mask.nbytes for mask in subject)
        return own + sum(each.nbytes for each in variants)

    @cached_property
    def grey(self) -> Content:
        """The luminance of it, as a content of its own."""
        return Content(self.networks, GreySource(self.source), self.grid, grain=self.grain, noise=self._noise)

    def with_grain(self, grain: Amount | None) -> Content:
        """The same pixels with so much grain; remembered, so that it is measured once, too."""
        if grain == self.grain:
            return self
        if grain not in self._others:
            self._others[grain] = Content(self.networks, self.source, self.grid, self.as_array, grain, self._noise)
        return self._others[grain]

    @cached_property
    def subject(self) -> list[Tensor]:
        """The subject of each picture, (h, w) in [0, 1] in main memory; a warning says where there is none."""
        found = [mask.cpu() for mask in find_subject(self.source, self.networks.device)]
        if note := self._note(found):
            warnings.warn(note, AdaINWarning, stacklevel=2)
        return found

    @property
    def note(self) -> str:
        """What that warning says, also when it was said before; empty where there is a subject."""
        return self._note(self.subject)

    def _note(self, found: list[Tensor]) -> str:
        return nothing_found(found, getattr(self.source, "name", ""))

    def measure(
        self, regions: Regions | None = None, layers: bool = False, tick: Callable[[], object] = lambda: None
    ) -> Measured:
        """Statistics of the whole, which are remembered, and of each region.

        Args:
            regions: parts to be measured by themselves, too.
            layers: whether also of the layers before relu4_1, as the styles' texture.
            tick: called after each tile; raise from it to cancel.
        """
        known = self._whole is not None and (not layers or self._whole.texture is not None)
        if self._whole is not None and known and regions is None:
            return Measured(self._whole, [], [])
        if layers:
            found = measure(self._pieces(self.features.encode_layers, tick), MomentsWithTexture, regions, self.opacity)
        else:
            read = self.features.encode if self._whole is None else self.features.read
            new = partial(Moments, self.networks.encoder.phases)
            found = measure(self._pieces(read, tick), new, regions, self.opacity)
        if not known:
            self._whole = found.whole
        return found

    def opacity(self, window: Window) -> Tensor | None:
        """How far the cells of a window are visible, (1 or B, h, w); None where all are."""
        return self.features.pixels.opacity(window)

    def _pieces(self, read: Callable[[Window], Piece], tick: Callable[[], object]) -> Iterator[tuple[Window, Piece]]:
        for window in self.grid:
            yield window, read(window)
            tick()
