"""The content of a transfer: its pixels, and its features window by window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ..color.matching import luminance
from ..errors import ImageError
from ..system.device import free_memory
from ..tiles.grid import Grid, PixelSource, Window
from .texture import cut_out, layers_of

if TYPE_CHECKING:
    from ..model import AdaIN


class TensorSource:
    """Content pixels from a tensor, (3, H, W) or (B, 3, H, W), float RGB in [0, 1]."""

    def __init__(self, x: Tensor) -> None:
        if x.ndim == 3:
            x = x[None]
        if x.ndim != 4 or x.shape[1] != 3 or 0 in x.shape:
            raise ImageError(f"picture tensor has shape {tuple(x.shape)}: give (B, 3, H, W) or (3, H, W)")
        if not x.is_floating_point():
            raise ImageError(f"picture tensor is {x.dtype}: give floating-point RGB in [0, 1]")
        low, high = (float(value) for value in x.aminmax())
        if not (low >= -1e-3 and high <= 1 + 1e-3):  # NaN fails this too
            raise ImageError(f"picture values run from {low:.4g} to {high:.4g}: give RGB in [0, 1]")
        self.height, self.width = x.shape[2:]
        self._x, self._inside = x, low >= 0 and high <= 1

    def crop(self, y0: int, y1: int, x0: int, x1: int) -> Tensor:
        """The window, (B, 3, y1 - y0, x1 - x0) float32."""
        x = self._x[:, :, y0:y1, x0:x1].float()
        return x if self._inside else x.clamp(0, 1)


class GreySource:
    """The luminance of another source, as RGB."""

    def __init__(self, source: PixelSource) -> None:
        self.height, self.width = source.height, source.width
        self._source = source

    def crop(self, y0: int, y1: int, x0: int, x1: int) -> Tensor:
        """The window, (B, 3, y1 - y0, x1 - x0) float32, three equal channels."""
        return luminance(self._source.crop(y0, y1, x0, x1)).clamp(0, 1).expand(-1, 3, -1, -1)


class Features:
    """The content's features by window: kept when they fit an eighth of the free memory, else encoded again."""

    def __init__(self, model: AdaIN, source: PixelSource, grid: Grid) -> None:
        self.model, self.source, self.grid = model, source, grid
        size = grid.rows * grid.cols * model.encoder.channels * model.dtype.itemsize
        self.keep = len(grid) == 1 or size <= free_memory(model.device) // 8
        self.kept: Tensor | None = None

    def encode(self, window: Window) -> Tensor:
        """Features of a window without margin, (B, 512, h, w), remembered if there is room."""
        grown = window.grown(self.model.encoder.halo, self.grid)
        f = window.of(self.model.encoder(self._pixels(grown)), grown)
        if len(self.grid) == 1:
            self.kept = f
        elif self.keep:
            if self.kept is None:
                size = (*f.shape[:2], self.grid.rows, self.grid.cols)
                self.kept = torch.empty(size, dtype=f.dtype, device=f.device, memory_format=torch.channels_last)
            self.kept[:, :, window.y0 : window.y1, window.x0 : window.x1] = f
        return f

    def taps(self, window: Window) -> list[Tensor]:
        """relu1_1, relu2_1, relu3_1 and relu4_1 of a window without margin."""
        encoder = self.model.encoder
        grown = window.grown(encoder.halo, self.grid)
        taps = layers_of(encoder)(self._pixels(grown))
        return cut_out(window, taps, grown)

    def _pixels(self, window: Window) -> Tensor:
        x = self.grid.read(self.source, window)
        return x.to(self.model.device, self.model.dtype).contiguous(memory_format=torch.channels_last)

    def get(self, window: Window) -> Tensor:
        """Features of any window, after :meth:`encode` saw every tile."""
        return self.encode(window) if self.kept is None else window.of(self.kept, self.grid.whole)
