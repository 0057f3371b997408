"""Pictures of any size in tiles, exactly: what a tile needs to see, and where it belongs.

The networks are convolutions, so a tile with a large enough margin comes out as it would within the whole
picture. AdaIN's statistics are the whole picture's: one pass over the tiles gathers them, a second one decodes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from ..networks.vgg import STRIDE

MIN_SIDE = 2 * STRIDE
"""Reflection padding at relu4_1 needs 2 cells each way."""


class PixelSource(Protocol):
    """Where the content's pixels come from: a picture in memory, on disk, or a tensor."""

    @property
    def height(self) -> int:
        """Rows."""
        ...

    @property
    def width(self) -> int:
        """Columns."""
        ...

    def crop(self, y0: int, y1: int, x0: int, x1: int) -> Tensor:
        """The window as (B, 3, y1 - y0, x1 - x0) float32 RGB in [0, 1]."""
        ...

    def opacity(self, y0: int, y1: int, x0: int, x1: int) -> Tensor | None:
        """How far each pixel of the window is visible, (1 or B, y1 - y0, x1 - x0) in [0, 1]; None where all are.

        What is hidden does not weigh in statistics.
        """
        ...


@dataclass(frozen=True)
class Window:
    """A rectangle of feature cells, end excluded."""

    y0: int
    y1: int
    x0: int
    x1: int

    def grown(self, cells: int, grid: Grid) -> Window:
        """This window with `cells` more on each side, within the grid."""
        return Window(
            max(self.y0 - cells, 0),
            min(self.y1 + cells, grid.rows),
            max(self.x0 - cells, 0),
            min(self.x1 + cells, grid.cols),
        )

    def of(self, x: Tensor, origin: Window, scale: int = 1) -> Tensor:
        """This window's part of x (..., h, w), which covers `origin`, at `scale` entries a cell."""
        return x[
            ...,
            (self.y0 - origin.y0) * scale : (self.y1 - origin.y0) * scale,
            (self.x0 - origin.x0) * scale : (self.x1 - origin.x0) * scale,
        ]


@dataclass(frozen=True, eq=False)
class _Padding:
    """Which pixels of a picture are behind a window, those beyond the border reflected."""

    rows: Tensor
    cols: Tensor

    @property
    def at(self) -> tuple[int, int, int, int]:
        """y0, y1, x0, x1 of what has to be read."""
        return int(self.rows.min()), int(self.rows.max()) + 1, int(self.cols.min()), int(self.cols.max()) + 1

    def of(self, x: Tensor) -> Tensor:
        """What was read (..., y1 - y0, x1 - x0), padded to (..., rows, cols)."""
        y0, y1, x0, x1 = self.at
        if len(self.rows) != y1 - y0:
            x = x[..., (self.rows - y0).to(x.device), :]
        if len(self.cols) != x1 - x0:
            x = x[..., (self.cols - x0).to(x.device)]
        return x


@dataclass(frozen=True)
class Grid:
    """The feature cells of a picture, padded by reflection to whole cells.

    Attributes:
        height: of the picture, in pixels.
        width: of the picture, in pixels.
        tile: cells a tile, each way.
    """

    height: int
    width: int
    tile: int

    @property
    def rows(self) -> int:
        """Cells from top to bottom."""
        return -(-max(self.height, MIN_SIDE) // STRIDE)

    @property
    def cols(self) -> int:
        """Cells from left to right."""
        return -(-max(self.width, MIN_SIDE) // STRIDE)

    @property
    def whole(self) -> Window:
        """All cells."""
        return Window(0, self.rows, 0, self.cols)

    def __len__(self) -> int:
        return -(-self.rows // self.tile) * -(-self.cols // self.tile)

    def __iter__(self) -> Iterator[Window]:
        """The tiles, row by row; each a window without any margin."""
        for y in range(0, self.rows, self.tile):
            for x in range(0, self.cols, self.tile):
                yield Window(y, min(y + self.tile, self.rows), x, min(x + self.tile, self.cols))

    def pixel_rows(self, window: Window) -> Tensor:
        """Row numbers in the picture of the pixels behind a window, those beyond the border reflected."""
        return reflected(window.y0 * STRIDE, window.y1 * STRIDE, self.height)

    def pixel_cols(self, window: Window) -> Tensor:
        """Column numbers in the picture of the pixels behind a window, those beyond the border reflected."""
        return reflected(window.x0 * STRIDE, window.x1 * STRIDE, self.width)

    def read(self, source: PixelSource, window: Window) -> Tensor:
        """The pixels behind a window, (B, 3, 8 rows, 8 cols), with the padding that whole cells need."""
        padded = self._padding(window)
        return padded.of(source.crop(*padded.at))

    def opacity(self, source: PixelSource, window: Window) -> Tensor | None:
        """How far the cells of a window are visible, (1 or B, rows, cols) in [0, 1]; None where all are."""
        padded = self._padding(window)
        x = source.opacity(*padded.at)
        return None if x is None else F.avg_pool2d(padded.of(x), STRIDE)

    def _padding(self, window: Window) -> _Padding:
        return _Padding(self.pixel_rows(window), self.pixel_cols(window))

    def visible(self, window: Window) -> tuple[int, int, int, int]:
        """y0, y1, x0, x1 in pixels: the part of a window that is picture and not padding."""
        return (
            window.y0 * STRIDE,
            min(window.y1 * STRIDE, self.height),
            window.x0 * STRIDE,
            min(window.x1 * STRIDE, self.width),
        )


def reflected(start: int, stop: int, size: int) -> Tensor:
    """Numbers start..stop - 1 folded back into 0..size - 1 by reflection at the borders (no border repeated)."""
    index = torch.arange(start, stop, device="cpu")
    if size == 1:
        return torch.zeros_like(index)
    period = 2 * (size - 1)
    index = index.remainder(period)
    return torch.where(index < size, index, period - index)
