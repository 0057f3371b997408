"""Statistics of frames that belong together: smoothed over time, so that a video's style does not flicker.

AdaIN divides each frame by its own statistics. Where those jump from frame to frame (an object enters, the light
changes, grain), the colours of everything else jump with them. Statistics of many frames together change slowly.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from ..errors import AdaINError, StyleError
from .moments import EPS
from .style import Style


def smooth(frames: Style, sigma: float, cells: Tensor | None = None) -> Style:
    """The statistics of each frame and its neighbours together, weighted by a Gaussian over time.

    With weights w that sum to 1: ``mean' = sum w mean`` and ``var' = sum w (var + mean^2) - mean'^2``, the moments of
    all these frames' cells taken as one picture. At the ends the window holds the frames there are.

    Args:
        frames: statistics (T, C), one row a frame, in order.
        sigma: standard deviation of the window in frames; 0 leaves the frames as they are, infinity pools them all.
        cells: (T,) how many cells each frame's statistics are of, where they are not of as many: those of a region. A
            frame of 0 cells counts nowhere; one with only such neighbours stays as it is.

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
    time = torch.arange(count, dtype=torch.float64, device="cpu")
    distance = time[:, None] - time  # (T, T)
    weights = torch.ones_like(distance) if math.isinf(sigma) else torch.exp(-0.5 * (distance / sigma) ** 2)
    if cells is not None:
        weights = weights * cells.cpu().double()
        weights = torch.where(
            weights.sum(1, keepdim=True) > 0, weights, torch.eye(count, dtype=torch.float64, device="cpu")
        )
    weights = weights / weights.sum(1, keepdim=True)
    mean, std = frames.mean.cpu().double(), frames.std.cpu().double()
    pooled = weights @ mean  # (T, C)
    centre = mean.mean(0)  # squares are taken around it, so that they do not cancel
    between = (weights @ (mean - centre).square() - (pooled - centre).square()).clamp_min(0)
    var = weights @ (std.square() - EPS).clamp_min(0) + between
    smoothed = replace(frames, mean=pooled.float(), std=(var + EPS).sqrt().float())
    return smoothed.to(frames.mean.device)


class CausalMean:
    """The mean of all that was seen so far, weighted by its age: ``sum w x / sum w``, ``w = exp(-age / memory)``.

    Unlike a plain exponential filter it does not favour the first frame: that counts as one among its equals.

    Args:
        memory: seconds after which a frame counts 1/e; 0 forgets at once, infinity never.

    Raises:
        AdaINError: a memory that is negative or not a number.
    """

    def __init__(self, memory: float) -> None:
        if not memory >= 0:
            raise AdaINError(f"steady is {memory!r}: give seconds, 0 (every frame by itself) or more")
        self.memory = memory
        self.total = 0.0
        self.sum: Tensor | None = None
        self.seconds = 0.0

    def __call__(self, x: Tensor, seconds: float, fresh: bool = False) -> Tensor:
        """The mean, with `x` as its newest.

        Args:
            x: numbers of any shape, always the same one.
            seconds: when, in ascending order.
            fresh: whether to forget what was before: a new scene.

        Returns:
            The shape of x, float64.
        """
        x = x.double()
        fade = 0.0
        if self.sum is not None and not fresh and self.memory > 0:
            fade = math.exp(-max(seconds - self.seconds, 0.0) / self.memory)
        self.sum = x if self.sum is None or fade == 0 else self.sum * fade + x
        self.total = self.total * fade + 1
        self.seconds = seconds
        return self.sum / self.total

    def state(self) -> Tensor:
        """All that is remembered, as one row of numbers; empty before the first call."""
        if self.sum is None:
            return torch.zeros(0, dtype=torch.float64, device="cpu")
        return torch.cat(
            [self.sum.flatten(), torch.tensor([self.total, self.seconds], dtype=torch.float64, device="cpu")]
        )

    def restore(self, state: Tensor, shape: Sequence[int]) -> None:
        """Go on from where :meth:`state` was taken, for numbers of this shape."""
        if len(state):
            self.sum = state[:-2].clone().reshape(list(shape))
            self.total, self.seconds = float(state[-2]), float(state[-1])


class SteadyStatistics:
    """Statistics of frames as they come, each averaged with those before it: :class:`CausalMean` of the moments.

    The mean and the mean square are averaged, so the result is the statistics of the frames' cells taken as one
    picture, the older the less. Only the past is used: it works on a stream.

    Args:
        memory: as for :class:`CausalMean`.
    """

    def __init__(self, memory: float) -> None:
        self.moments = CausalMean(memory)

    def __call__(self, frames: Style, seconds: Sequence[float], fresh: Sequence[bool]) -> Style:
        """Steady statistics of the next frames.

        Args:
            frames: statistics (T, C), or (C,) for one frame.
            seconds: when each is shown.
            fresh: whether each begins a new scene.

        Returns:
            The shape of `frames`.
        """
        if self.moments.memory == 0:
            return frames
        mean, std = (x.reshape(-1, x.shape[-1]).cpu().double() for x in (frames.mean, frames.std))  # (T, C)
        moments = torch.stack([mean, std.square() - EPS + mean.square()], 1)  # (T, 2, C)
        rows = [self.moments(*row) for row in zip(moments, seconds, fresh, strict=True)]
        steady = torch.stack(rows)  # (T, 2, C)
        var = (steady[:, 1] - steady[:, 0].square()).clamp_min(0)
        like = frames.mean
        return replace(
            frames, mean=steady[:, 0].float().reshape(like.shape).to(like.device),
            std=(var + EPS).sqrt().float().reshape(like.shape).to(like.device),
        )  # fmt: skip
