"""Where the content's pixels come from: tensors, pictures in memory or on disk, one by one or several together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from ..color.matching import luminance
from ..errors import ImageError
from .grid import Grid, PixelSource, Window


class WindowPixels(Protocol):
    """Pixels behind windows of a grid."""

    @property
    def grid(self) -> Grid:
        """The cells, and how they are cut into tiles."""
        ...

    def read(self, window: Window) -> Tensor:
        """(B, 3, 8 rows, 8 cols) float32 RGB in [0, 1], with the padding that whole cells need."""
        ...

    def opacity(self, window: Window) -> Tensor | None:
        """How far each cell is visible, (1 or B, rows, cols) in [0, 1]; None where all are."""
        ...


@dataclass(frozen=True, eq=False)
class Pixels:
    """The pixels of one source."""

    source: PixelSource
    grid: Grid

    def read(self, window: Window) -> Tensor:
        """(B, 3, 8 rows, 8 cols)."""
        return self.grid.read(self.source, window)

    def opacity(self, window: Window) -> Tensor | None:
        """(1 or B, rows, cols), or None."""
        return self.grid.opacity(self.source, window)


@dataclass(frozen=True, eq=False)
class Stack:
    """Several pictures as one batch: of equal cells, each padded as it would be alone."""

    parts: Sequence[Pixels]

    @property
    def grid(self) -> Grid:
        """The first one's, whose cells are every one's."""
        return self.parts[0].grid

    def read(self, window: Window) -> Tensor:
        """(B, 3, 8 rows, 8 cols), one row a picture."""
        return torch.cat([part.read(window) for part in self.parts])

    def opacity(self, window: Window) -> Tensor | None:
        """(B, rows, cols), or None."""
        found = [part.opacity(window) for part in self.parts]
        if all(cells is None for cells in found):
            return None
        every = torch.ones(1, window.y1 - window.y0, window.x1 - window.x0, device="cpu")
        return torch.cat([every if cells is None else cells for cells in found])


class TensorSource:
    """Content pixels from a tensor, (3, H, W) or (B, 3, H, W), float RGB in [0, 1].

    Args:
        x: the tensor.
        opacity: (1 or B, H, W) in [0, 1], how far its pixels are visible; all are when missing.

    Attributes:
        tensor: as it was given.
    """

    def __init__(self, x: Tensor, opacity: Tensor | None = None) -> None:
        self.tensor = x
        if x.ndim == 3:
            x = x[None]
        if x.ndim != 4 or x.shape[1] != 3 or 0 in x.shape:
            raise ImageError(f"picture tensor has shape {tuple(x.shape)}: give (B, 3, H, W) or (3, H, W)")
        if not x.is_floating_point():
            raise ImageError(f"picture tensor is {x.dtype}: give floating-point RGB in [0, 1]")
        low, high = (float(value) for value in x.detach().aminmax())
        if not (low >= -1e-3 and high <= 1 + 1e-3):  # NaN fails this too
            raise ImageError(f"picture values run from {low:.4g} to {high:.4g}: give RGB in [0, 1]")
        self.height, self.width = x.shape[2:]
        self._x, self._inside, self._opacity = x, low >= 0 and high <= 1, opacity

    def crop(self, y0: int, y1: int, x0: int, x1: int) -> Tensor:
        """The window, (B, 3, y1 - y0, x1 - x0) float32."""
        x = self._x[:, :, y0:y1, x0:x1].float()
        return x if self._inside else x.clamp(0, 1)

    def opacity(self, y0: int, y1: int, x0: int, x1: int) -> Tensor | None:
        """How far the pixels of the window are visible, (1 or B, y1 - y0, x1 - x0); None where all are."""
        return None if self._opacity is None else self._opacity[:, y0:y1, x0:x1]


class GreySource:
    """The luminance of another source, as RGB."""

    def __init__(self, source: PixelSource) -> None:
        self.height, self.width = source.height, source.width
        self._source = source

    def crop(self, y0: int, y1: int, x0: int, x1: int) -> Tensor:
        """The window, (B, 3, y1 - y0, x1 - x0) float32, three equal channels."""
        return luminance(self._source.crop(y0, y1, x0, x1)).clamp(0, 1).expand(-1, 3, -1, -1)

    def opacity(self, y0: int, y1: int, x0: int, x1: int) -> Tensor | None:
        """How far the pixels of the window are visible; None where all are."""
        return self._source.opacity(y0, y1, x0, x1)
