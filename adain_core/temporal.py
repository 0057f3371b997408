"""Statistics of frames that belong together: smoothed over time, so that a film's style does not flicker.

AdaIN divides each frame by its own statistics. Where those jump from frame to frame (an object enters, the light
changes, grain), the colours of everything else jump with them. Statistics of many frames together change slowly.
"""

from __future__ import annotations

import math
from dataclasses import replace

import torch

from .errors import StyleError
from .style import EPS, Style


def smooth(frames: Style, sigma: float) -> Style:
    """The statistics of each frame and its neighbours together, weighted by a Gaussian over time.

    With weights w that sum to 1: ``mean' = sum w mean`` and ``var' = sum w (var + mean^2) - mean'^2``, the moments of
    all these frames' cells taken as one picture. At the ends the window holds the frames there are.

    Args:
        frames: statistics (T, C), one row a frame, in order.
        sigma: standard deviation of the window in frames; 0 leaves the frames as they are, infinity pools them all.

    Returns:
        (T, C).

    Raises:
        StyleError: not the statistics of several frames, or a sigma that is negative or not a number.
    """
    if frames.mean.ndim != 2:
        raise StyleError(f"statistics of shape {tuple(frames.mean.shape)}: give those of frames, (T, C)")
    if not sigma >= 0:
        raise StyleError(f"sigma is {sigma!r}: give a number of frames, 0 or more")
    count = frames.mean.shape[0]
    if sigma == 0 or count == 1:
        return frames
    time = torch.arange(count, dtype=torch.float64)
    distance = time[:, None] - time  # (T, T)
    weights = torch.ones_like(distance) if math.isinf(sigma) else torch.exp(-0.5 * (distance / sigma) ** 2)
    weights = weights / weights.sum(1, keepdim=True)
    mean, std = frames.mean.cpu().double(), frames.std.cpu().double()
    pooled = weights @ mean  # (T, C)
    centre = mean.mean(0)  # squares are taken around it, so that they do not cancel
    between = (weights @ (mean - centre).square() - (pooled - centre).square()).clamp_min(0)
    var = weights @ (std.square() - EPS).clamp_min(0) + between
    smoothed = replace(frames, mean=pooled.float(), std=(var + EPS).sqrt().float())
    return smoothed.to(frames.mean.device)
