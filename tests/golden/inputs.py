"""What the cases work on: the same numbers with every version of every library.

Crops of `examples/` are kept as pixels, since JPEG decoders differ; all else is formulas.
"""

from __future__ import annotations

import functools
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

CROPS = {
    "photo": ("astronaut", 40, 190, 48, 64),
    "other": ("chelsea", 90, 120, 48, 64),
    "odd": ("astronaut", 20, 150, 75, 101),
    "wide": ("chelsea", 100, 60, 24, 328),
    "painting": ("coffee", 150, 200, 64, 72),
    "drawing": ("coffee", 60, 330, 56, 40),
}
"""Name: example, top, left, height, width. `wide` is longer than what its tiles see in two steps of refinement."""

FILE = Path(__file__).with_name("inputs.safetensors")


@functools.cache
def _crops() -> dict[str, Tensor]:
    return load_file(FILE)


def pixels(name: str) -> Tensor:
    """A crop as (H, W, 3) uint8."""
    return _crops()[name].clone()


def picture(name: str) -> Tensor:
    """A crop as (1, 3, H, W) float32 in [0, 1]."""
    return pixels(name).permute(2, 0, 1)[None].contiguous().float() / 255


def deep(name: str) -> Tensor:
    """A crop as (H, W, 3) int32 of 16 bits, with more than 256 levels."""
    x = pixels(name).int() * 256
    return x + (torch.arange(x.numel()).view(x.shape) * 37) % 256


def small(height: int, width: int) -> Tensor:
    """The upper left corner of the photo, (1, 3, height, width)."""
    return picture("photo")[:, :, :height, :width].contiguous()


def pair() -> Tensor:
    """Two photos, (2, 3, 48, 64)."""
    return torch.cat([picture("photo"), picture("other")])


def video(count: int = 4) -> Tensor:
    """Frames that pan over a photo and grow brighter, (count, 3, 40, 56)."""
    x = picture("odd")
    frames = [x[:, :, 3 * i : 3 * i + 40, 5 * i : 5 * i + 56] * (0.7 + 0.08 * i) for i in range(count)]
    return torch.cat(frames).clamp(0, 1)


def left(height: int = 48, width: int = 64, share: float = 0.5) -> Tensor:
    """A hard mask (h, w): white up to a column."""
    return (torch.arange(width) < share * width).float().expand(height, width).clone()


def slope(height: int = 48, width: int = 64) -> Tensor:
    """A soft mask (h, w): from black at the top to white at the bottom."""
    return torch.linspace(0, 1, height)[:, None].expand(height, width).clone()


def disc(height: int = 48, width: int = 64, at: float = 0.5, radius: float = 0.3) -> Tensor:
    """A mask (h, w): a white disc with an edge a few pixels wide, its centre at a share of the width."""
    y = torch.arange(height)[:, None] - height / 2
    x = torch.arange(width) - at * width
    return ((radius * height - (x.square() + y.square()).sqrt()) / 4 + 0.5).clamp(0, 1)


def discs(count: int, height: int = 40, width: int = 56) -> Tensor:
    """A mask for each frame, (count, h, w): a disc that moves; in the last it has left the picture."""
    rows = [disc(height, width, at=0.25 + 0.25 * i) for i in range(count - 1)]
    return torch.stack([*rows, torch.zeros(height, width)])
