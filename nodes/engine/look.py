"""A look at what is painted so far: small, and put together tile by tile."""

from __future__ import annotations

import torch
from torch import Tensor

from .pictures import Frames

SIDE = 512
"""Longer side in pixels, about."""


class Look:
    """The first of some frames, as it is before anything is painted.

    Args:
        frames: of what.

    Attributes:
        picture: (h, w, 3) in [0, 1], every n-th pixel.
    """

    def __init__(self, frames: Frames) -> None:
        self._every = max(1, -(-max(frames.height, frames.width) // SIDE))
        rows = slice(None, None, self._every)
        small = Frames(frames.images[:1, rows, rows], frames.grey).whole()[0].movedim(0, -1).cpu()
        with torch.inference_mode(False):  # refinement, which needs gradients, may change no tensor of ComfyUI's mode
            self.picture = small.clone()

    def put(self, y0: int, x0: int, pixels: Tensor) -> None:
        """A tile is painted, or further on its way.

        Args:
            y0: its first row.
            x0: its first column.
            pixels: (B, 3, h, w) in [0, 1], of which the first is looked at.
        """
        top, left = -(-y0 // self._every), -(-x0 // self._every)
        small = pixels[0, :, top * self._every - y0 :: self._every, left * self._every - x0 :: self._every]
        self.picture[top : top + small.shape[1], left : left + small.shape[2]] = small.movedim(0, -1).float().cpu()
