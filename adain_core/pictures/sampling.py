"""Small maps laid over large pictures: made of means, filled where nothing is known, read where they are needed."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def sampled(small: Tensor, rows: Tensor, cols: Tensor, height: int, width: int) -> Tensor:
    """A map (..., h, w) at pixels of the picture of `height` x `width` that it is laid over.

    Args:
        small: the map, on the CPU.
        rows: (n,) row numbers of the picture, in any order.
        cols: (m,) column numbers.
        height: of the picture, in pixels.
        width: of the picture, in pixels.

    Returns:
        (..., n, m).
    """
    y0, y1, ty = _neighbours(rows, small.shape[-2], height)
    x0, x1, tx = _neighbours(cols, small.shape[-1], width)
    band = small[..., y0, :] * (1 - ty)[:, None] + small[..., y1, :] * ty[:, None]  # (..., n, w)
    return band[..., x0] * (1 - tx) + band[..., x1] * tx  # (..., n, m)


def spread(weighted: Tensor, weight: Tensor, full: float, nothing: float = 0.0) -> Tensor:
    """Values that are known in some places, spread over all: they fade into each other from all sides.

    Means over cells twice as large each time, and back: the pull-push of Gortler et al. 1996 ("The Lumigraph", 3.4).

    Args:
        weighted: (B, C, h, w) values times their weights.
        weight: (B, 1, h, w) how far they are known, from 0.
        full: weight from which a value stands for itself alone.
        nothing: the value where no weight is above 0 at all.

    Returns:
        (B, C, h, w).
    """
    pyramid = [(weighted, weight)]
    while max(pyramid[-1][0].shape[2:]) > 1:
        pyramid.append((means(pyramid[-1][0], 2), means(pyramid[-1][1], 2)))
    *finer, (value, known) = pyramid
    found = torch.where(known > 0, value / known, nothing)  # the mean, (B, C, 1, 1)
    for value, known in reversed(finer):
        coarse = F.interpolate(found, size=value.shape[2:], mode="bilinear", align_corners=False)
        own = torch.where(known > 0, value / known, coarse)
        found = torch.lerp(coarse, own, (known / full).clamp(0, 1))
    return found


def means(x: Tensor, cell: int) -> Tensor:
    """Means over cells of some pixels (B, C, h, w); those at the borders over what there is."""
    return x if cell == 1 else F.avg_pool2d(x, cell, ceil_mode=True, count_include_pad=False)


def _neighbours(index: Tensor, size: int, full: int) -> tuple[Tensor, Tensor, Tensor]:
    """For pixel numbers out of `full`: the two samples out of `size` around each, and the second one's weight."""
    at = ((index.float() + 0.5) * (size / full) - 0.5).clamp(0, size - 1)
    low = at.floor().long()
    return low, (low + 1).clamp_max(size - 1), at - low
