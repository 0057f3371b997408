"""Where stylized tiles go when the result stays in memory."""

from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from ..pictures.picture import Picture, to_depth


class Sink(Protocol):
    """Where the stylized tiles go."""

    def write(self, y0: int, x0: int, tile: Tensor) -> None:
        """Take a tile (B, 3, h, w) float32 RGB in [0, 1] whose upper left pixel is (y0, x0)."""
        ...


class TensorSink:
    """Collects tiles into a tensor like the content's: its device, (3, H, W) or (B, 3, H, W), float32."""

    def __init__(self, content: Tensor) -> None:
        self.result = torch.empty(content.shape, dtype=torch.float32, device=content.device)

    def write(self, y0: int, x0: int, tile: Tensor) -> None:
        """Take a tile (B, 3, h, w)."""
        h, w = tile.shape[2:]
        self.result[..., y0 : y0 + h, x0 : x0 + w] = tile if self.result.ndim == 4 else tile[0]


class ArraySink:
    """Collects tiles into a :class:`Picture` like the content's: its bit depth, transparency and ICC profile."""

    def __init__(self, content: Picture) -> None:
        self.result = content.with_pixels(np.empty((content.height, content.width, 3), content.pixels.dtype))

    def write(self, y0: int, x0: int, tile: Tensor) -> None:
        """Take a tile (1, 3, h, w)."""
        h, w = tile.shape[2:]
        self.result.pixels[y0 : y0 + h, x0 : x0 + w] = to_depth(tile[0], self.result.pixels.dtype)
