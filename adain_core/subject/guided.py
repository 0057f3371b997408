"""The guided filter (He et al. 2010): a soft mask takes on the edges of the picture it belongs to.

Around each pixel the mask is fitted as a linear function of the colours, and what comes out is the mean of these
functions. They change slowly, so that they may be fitted on a reduced copy (He and Sun 2015, arXiv 1505.00996).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

FITTED_SIDE = 512
"""Longer side of the copy that the functions are fitted on, in pixels."""

RADIUS = 4
"""Of the square they are fitted in, in pixels of that copy: a little more than the mask's edges are off."""

EPS = 1e-4
"""How much variance of colour, of 1, counts as an edge: less is smoothed over."""


SURE = 0.1
"""What is below this, or above 1 less this, is taken for 0 or 1: the filter leaves a glow beside strong edges."""


def decided(mask: Tensor) -> Tensor:
    """A mask that is 0 or 1 where it nearly was, steeper between; numbers in [0, 1] to the same."""
    x = ((mask - SURE) / (1 - 2 * SURE)).clamp_(0, 1)
    return x * x * (3 - 2 * x)


def guided(mask: Tensor, guide: Tensor) -> Tensor:
    """A mask with the edges of a picture.

    Args:
        mask: (h, w) in [0, 1], of any size.
        guide: (3, H, W) in [0, 1], on the mask's device.

    Returns:
        (H, W) in [0, 1].
    """
    height, width = guide.shape[1:]
    scale = min(1.0, FITTED_SIDE / max(height, width))
    size = max(1, round(height * scale)), max(1, round(width * scale))
    colours = guide[None] if scale == 1 else F.interpolate(guide[None], size, mode="area")  # (1, 3, h, w)
    wanted = F.interpolate(mask[None, None], size, mode="bilinear", align_corners=False)  # (1, 1, h, w)
    slope, offset = _fitted(colours, wanted)
    both = F.interpolate(torch.cat([slope, offset], 1), (height, width), mode="bilinear", align_corners=False)[0]
    return (both[:3] * guide).sum(0).add_(both[3]).clamp_(0, 1)


def _fitted(colours: Tensor, wanted: Tensor) -> tuple[Tensor, Tensor]:
    """Slope (1, 3, h, w) and offset (1, 1, h, w) of the linear functions, each the mean over its neighbours."""
    mean, level = _mean(colours), _mean(wanted)
    pairs = [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)]
    rows, cols = (torch.tensor(each, device="cpu") for each in zip(*pairs, strict=True))
    products = _mean(colours[:, rows] * colours[:, cols]) - mean[:, rows] * mean[:, cols]  # (1, 6, h, w)
    xx, xy, xz, yy, yz, zz = products.double().unbind(1)
    xx, yy, zz = xx + EPS, yy + EPS, zz + EPS
    # The inverse of a symmetric 3 x 3 matrix by its cofactors: millions of them at once.
    a, b, c = yy * zz - yz * yz, xz * yz - xy * zz, xy * yz - xz * yy
    d, e, f = xx * zz - xz * xz, xy * xz - xx * yz, xx * yy - xy * xy
    determinant = xx * a + xy * b + xz * c
    px, py, pz = (_mean(colours * wanted) - mean * level).double().unbind(1)
    slope = torch.stack([a * px + b * py + c * pz, b * px + d * py + e * pz, c * px + e * py + f * pz], 1)
    slope = (slope / determinant[:, None]).to(colours.dtype)
    offset = level - (slope * mean).sum(1, keepdim=True)
    return _mean(slope), _mean(offset)


def _mean(x: Tensor) -> Tensor:
    """The mean over the square around each pixel, at the borders over what there is of it."""
    across = F.avg_pool2d(x, (1, 2 * RADIUS + 1), 1, (0, RADIUS), count_include_pad=False)
    return F.avg_pool2d(across, (2 * RADIUS + 1, 1), 1, (RADIUS, 0), count_include_pad=False)
