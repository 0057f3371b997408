"""Small maps laid over large pictures, read by bilinear interpolation where they are needed."""

from __future__ import annotations

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


def _neighbours(index: Tensor, size: int, full: int) -> tuple[Tensor, Tensor, Tensor]:
    """For pixel numbers out of `full`: the two samples out of `size` around each, and the second one's weight."""
    at = ((index.float() + 0.5) * (size / full) - 0.5).clamp(0, size - 1)
    low = at.floor().long()
    return low, (low + 1).clamp_max(size - 1), at - low
