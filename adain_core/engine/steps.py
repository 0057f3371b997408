"""What is done to features between encoder and decoder: an affine map a channel, everywhere or one a region."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from ..styles.moments import repeat_cells
from ..tiles.grid import Window
from . import adain
from .regions import Regions


@dataclass(frozen=True, eq=False)
class Step:
    """Affine maps of one or more parts.

    Attributes:
        maps: one a part, (B, C, 1, 1) each.
        regions: where the parts are; None: there is one, everywhere.
    """

    maps: Sequence[adain.AffineMap]
    regions: Regions | None = None

    def apply(self, f: Tensor, window: Window, scale: int = 1) -> Tensor:
        """Change the features (B, C, scale h, scale w) of a window: of a layer that has so many in a cell's side."""
        maps = [(scales.to(f.device), shifts.to(f.device)) for scales, shifts in self.maps]
        if self.regions is None:
            [everywhere] = maps
            return adain.apply(f, everywhere)
        shares = repeat_cells(self.regions.shares(window), scale)
        return adain.apply(f, adain.regional(maps, shares.to(f.device)))
