"""Colours of whole pictures, put together from the library's maps: what tests of colour look at."""

from __future__ import annotations

import torch
from torch import Tensor

from adain_core.color.matching import YIQ, ColorMoments, HistogramMethod, apply_map, histogram_map


def match_histogram(source: Tensor, target: Tensor, method: HistogramMethod = "cholesky", clip: bool = True) -> Tensor:
    """The source picture in the target's colours: mean and covariance of RGB are the target's.

    To keep the colours of a content picture, match the style to it, then transfer.

    Args:
        source: (B, 3, H, W) float RGB in [0, 1].
        target: (B or 1, 3, h, w), of any size: one for each source, or one for all.
        method: see :func:`histogram_map`.
        clip: clip to [0, 1]; without, the moments are exact.

    Returns:
        (B, 3, H, W) in the source's dtype.
    """
    moments = [ColorMoments.of(one) for one in target.split(1)]
    pairs = zip(source.split(1), moments * (len(source) // len(moments)), strict=True)
    out = torch.cat([apply_map(s, histogram_map(ColorMoments.of(s), t, method)) for s, t in pairs])
    return out.clamp_(0, 1) if clip else out


def rgb_to_yiq(x: Tensor) -> Tensor:
    """(B, 3, H, W) RGB in [0, 1] to Y in [0, 1], I in [-0.596, 0.596], Q in [-0.523, 0.523] (NTSC)."""
    return apply_map(x, (torch.tensor(YIQ, dtype=torch.float64), torch.zeros(3)))


def yiq_to_rgb(x: Tensor) -> Tensor:
    """The inverse of :func:`rgb_to_yiq`, not clipped: (B, 3, H, W) to (B, 3, H, W)."""
    return apply_map(x, (torch.linalg.inv(torch.tensor(YIQ, dtype=torch.float64)), torch.zeros(3)))
