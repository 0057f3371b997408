"""The parts of a picture that take styles of their own: masks, and what each weighs in each feature cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from ..pictures.masks import Mask
from ..tiles.grid import Grid, Window

LEAST = 1e-4
"""What masks must weigh together in a cell for it to count as covered."""


@dataclass(frozen=True, eq=False)
class Regions:
    """Masks laid over the pictures of a batch.

    Attributes:
        masks: of each region one for all pictures, or one for each.
        rest: whether what no mask reaches is one more region, the last.
        grid: the pictures' cells.
    """

    masks: Sequence[Sequence[Mask]]
    rest: bool
    grid: Grid
    _latest: dict[Window, Tensor] = field(default_factory=dict, init=False, repr=False)

    def __len__(self) -> int:
        return len(self.masks) + self.rest

    def weights(self, window: Window) -> list[Tensor]:
        """What each region weighs in each cell of a window: (h, w) each, or (B, h, w) where pictures differ."""
        rows, cols = self.grid.pixel_rows(window), self.grid.pixel_cols(window)
        cells = [[mask.cells(rows, cols) for mask in masks] for masks in self.masks]
        together = [masks[0] if len(masks) == 1 else torch.stack(masks) for masks in cells]
        if self.rest:
            together.append((1 - sum(together, torch.zeros((), device="cpu"))).clamp_min(0))
        return together

    def shares(self, window: Window) -> Tensor:
        """What part of each cell of a window each region holds: weights divided by their sum where there is any.

        Returns:
            (K, h, w), or (K, B, h, w) where pictures differ; summing to 1 where any region reaches, 0 elsewhere.
        """
        found = self._latest.get(window)  # layers and steps of refinement ask for one window again and again
        if found is None:
            weights = torch.stack(torch.broadcast_tensors(*self.weights(window)))
            total = weights.sum(0)
            found = torch.where(total > LEAST, weights / total.clamp_min(LEAST), torch.zeros((), device="cpu"))
            self._latest.clear()
            self._latest[window] = found
        return found

    def cover(self, rows: Tensor, cols: Tensor) -> Tensor:
        """How far pixels of these rows and columns are within any mask, (1, h, w) or (B, h, w) in [0, 1]."""
        pixels = [torch.stack([mask.pixels(rows, cols) for mask in masks]) for masks in self.masks]
        return sum(pixels, torch.zeros((), device="cpu")).clamp(0, 1)
