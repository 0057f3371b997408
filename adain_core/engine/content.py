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
    """

    def __init__(self, networks: Networks, source: PixelSource, grid: Grid, as_array: bool = False) -> None:
        self.networks, self.source, self.grid, self.as_array = networks, source, grid, as_array
        size = grid.rows * grid.cols * networks.encoder.channels * networks.dtype.itemsize
        self._kept = GridStore(grid) if len(grid) == 1 or Budget(free_memory(networks.device)).keeps(size) else None
        self.features = Features(networks, Pixels(source, grid), self._kept)
        self._whole: Style | None = None

    @property
    def nbytes(self) -> int:
        """Memory of what is kept: features, its luminance's too, and the subject; the pixels are whose they were."""
        grey: Content | None = self.__dict__.get("grey")  # not to be made here
        subject: list[Tensor] = self.__dict__.get("subject", [])
        own = (0 if self._kept is None else self._kept.nbytes) + sum(mask.nbytes for mask in subject)
        return own + (0 if grey is None else grey.nbytes)

    @cached_property
    def grey(self) -> Content:
        """The luminance of it, as a content of its own."""
        return Content(self.networks, GreySource(self.source), self.grid)

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
            found = measure(self._pieces(self.features.layers, tick), MomentsWithTexture, regions)
        else:
            read = self.features.encode if self._whole is None else self.features.read
            found = measure(self._pieces(read, tick), partial(Moments, self.networks.encoder.phases), regions)
        if not known:
            self._whole = found.whole
        return found

    def _pieces(self, read: Callable[[Window], Piece], tick: Callable[[], object]) -> Iterator[tuple[Window, Piece]]:
        for window in self.grid:
            yield window, read(window)
            tick()
