"""Statistics of features, gathered piece by piece: of a whole picture, or of the part of it that a mask weighs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

import torch
from torch import Tensor

from ..errors import StyleError
from ..networks.row_bands import row_bands
from ..networks.vgg import LAYERS, SCALES
from .style import Style

EPS = 1e-5
"""Added to the variance under the root (as in the paper's code), so that a flat channel does not divide by zero."""

Phases = tuple[tuple[int, int], ...]
"""Channels that share their statistics: so many, so many times each, see :func:`share`."""

MIN_CELLS = 8.0
"""A region with fewer feature cells than this has no meaningful spread of its own: it takes the whole picture's."""

Piece = TypeVar("Piece", contravariant=True)


class Gathering(Protocol[Piece]):
    """What gathers statistics of pieces, which may be tiles of one picture: how it was cut does not matter."""

    @property
    def total(self) -> Tensor:
        """Sum of the weights of all cells so far, (1,), or (B,) where pictures have weights of their own."""
        ...

    def add(self, piece: Piece, weights: Tensor | None = None) -> None:
        """Add a piece, with a weight for each cell."""
        ...

    def style(self, whole: Style | None = None) -> Style:
        """The statistics of what was added; those of the whole where too little was."""
        ...


class Moments:
    """Weighted first and second moments of features: rows in float32, their sums in float64.

    The variance is the biased one (divided by N) for content and style alike, so that a one-cell map and soft masks are
    defined; the original divides by N for content and N - 1 for style (arXiv 1703.06868, eq. 5 and 6).

    Args:
        phases: channels that share their statistics, see :func:`share`.
    """

    def __init__(self, phases: Phases = ()) -> None:
        self._phases = phases
        self._total = torch.zeros(1, dtype=torch.float64, device="cpu")  # sum of weights, (1,) or (B,)
        self._total2 = torch.zeros(1, dtype=torch.float64, device="cpu")  # sum of squared weights
        self._sum: Tensor | None = None  # (B, C) of (f - shift)
        self._sum2: Tensor | None = None  # (B, C) of (f - shift)^2
        self._shift: Tensor | None = None  # (B, C)

    def add(self, f: Tensor, weights: Tensor | None = None) -> None:
        """Add the cells of a piece.

        Args:
            f: (B, C, h, w) features.
            weights: (h, w) weight of each cell, or (B, h, w) where pictures differ; 1 when missing.
        """
        double = torch.float32 if f.device.type == "mps" else torch.float64  # MPS has no float64
        if weights is None:
            w, total = None, torch.tensor([float(f.shape[2] * f.shape[3])], dtype=torch.float64, device="cpu")
            total2 = total
        else:
            w = weights.to(f.device, torch.float32)[..., None]  # (h, w, 1) or (B, h, w, 1)
            by_picture = weights.reshape(-1, weights.shape[-2] * weights.shape[-1]).cpu()
            total, total2 = by_picture.sum(1, dtype=torch.float64), by_picture.square().sum(1, dtype=torch.float64)
        if self._shift is None:  # near the mean, so that the squares do not cancel
            self._shift = f[:, :, 0].float().mean(2)
            if w is not None:
                inside = total.to(f.device, torch.float32)[:, None]  # (1, 1) or (B, 1)
                weighted = (f.float() * w[..., 0].reshape(-1, 1, *f.shape[2:])).sum((2, 3)) / inside
                self._shift = torch.where(inside > 0, weighted, self._shift)
        shift = self._shift[:, None, None]
        for rows in row_bands(f):
            # Features are in order (B, h, w, C) in memory: reading them so avoids a copy.
            cells = f[:, :, rows].permute(0, 2, 3, 1).float() - shift  # (B, rows, w, C)
            band = None if w is None else w[..., rows, :, :]
            s = (cells if band is None else cells * band).sum(2).to(double).sum(1)  # (B, C)
            squares = cells.square_()
            s2 = (squares if band is None else squares * band).sum(2).to(double).sum(1)
            self._sum = s if self._sum is None else self._sum + s
            self._sum2 = s2 if self._sum2 is None else self._sum2 + s2
        self._total, self._total2 = self._total + total, self._total2 + total2

    @property
    def total(self) -> Tensor:
        """Sum of the weights of all cells, (1,), or (B,) where pictures have weights of their own; float64."""
        return self._total

    @property
    def cells(self) -> Tensor:
        """How many equally weighted cells these statistics are worth, (1,) or (B,): (sum w)^2 / sum w^2."""
        return torch.where(self._total2 > 0, self._total**2 / self._total2, 0.0)

    def style(self, whole: Style | None = None, encoder: str = "", name: str = "") -> Style:
        """The statistics of what was added, (C,) of one picture or (B, C).

        Args:
            whole: statistics of the whole picture: a region of fewer than ``MIN_CELLS`` cells takes its std, one that
                reaches no cell all of it.
            encoder: id of the encoder.
            name: name of the style.

        Raises:
            StyleError: nothing was added, or, without `whole`, only cells of weight 0 to a picture.
        """
        empty = self._total <= 0  # (1,) or (B,)
        if self._sum is None or self._sum2 is None or self._shift is None or (whole is None and bool(empty.any())):
            raise StyleError("no feature cell to take statistics of: the mask is empty")
        total = torch.where(empty, 1.0, self._total).to(self._sum)[:, None]  # (1, 1) or (B, 1)
        offset = self._sum / total
        std = (self._sum2 / total - offset.square()).clamp_min(0).add(EPS).sqrt().float()
        mean = (offset + self._shift).float()
        mean, std = share(mean, std, self._phases)
        if whole is not None:
            rows = (-1, mean.shape[1])
            mean = torch.where(empty.to(mean.device)[:, None], whole.mean.view(rows), mean)
            std = torch.where((self.cells < MIN_CELLS).to(std.device)[:, None], whole.std.view(rows), std)
        if mean.shape[0] == 1:
            mean, std = mean[0], std[0]
        return Style(mean, std, encoder, name)


class LayerMoments:
    """Moments of the layers before relu4_1, gathered piece by piece: what a style's texture is made of."""

    def __init__(self) -> None:
        self._layers: list[Moments] = []

    def add(self, taps: Sequence[Tensor], weights: Tensor | None = None) -> None:
        """Add the layers of a piece.

        Args:
            taps: (B, C, r h, r w) each, from relu1_1 on; r as in ``SCALES``.
            weights: (h, w) or (B, h, w) weight of each cell of relu4_1; 1 when missing.
        """
        self._layers = self._layers or [Moments() for _ in taps]
        for moments, tap, scale in zip(self._layers, taps, SCALES, strict=False):
            moments.add(tap, None if weights is None else repeat_cells(weights, scale))

    @property
    def total(self) -> Tensor:
        """Sum of the weights of all entries of the first layer, (1,) or (B,)."""
        return self._layers[0].total if self._layers else torch.zeros(1, dtype=torch.float64, device="cpu")

    def style(self, whole: Style | None = None) -> Style:
        """Their statistics one after the other, (sum of C,) or (B, sum of C).

        Args:
            whole: of the whole picture, see :meth:`Moments.style`.
        """
        sizes = LAYERS[: len(self._layers)]
        every = [None] * len(sizes) if whole is None else split(whole, sizes)
        found = [moments.style(layer) for moments, layer in zip(self._layers, every, strict=True)]
        return Style(torch.cat([layer.mean for layer in found], -1), torch.cat([layer.std for layer in found], -1))


class MomentsWithTexture:
    """Moments of relu4_1 and, as its texture, of the layers before."""

    def __init__(self) -> None:
        self._last, self._before = Moments(), LayerMoments()

    @property
    def total(self) -> Tensor:
        """Sum of the weights of all cells of relu4_1, (1,) or (B,)."""
        return self._last.total

    def add(self, taps: Sequence[Tensor], weights: Tensor | None = None) -> None:
        """Add all four layers of a piece, see :meth:`LayerMoments.add`."""
        self._last.add(taps[-1], weights)
        self._before.add(taps[:-1], weights)

    def style(self, whole: Style | None = None) -> Style:
        """A style that carries its texture."""
        texture = self._before.style(None if whole is None else whole.texture)
        return replace(self._last.style(whole), texture=texture)


def split(style: Style, sizes: Sequence[int]) -> list[Style]:
    """The statistics of layers that stand one after the other, one by one."""
    return [Style(*pair) for pair in zip(style.mean.split(sizes, -1), style.std.split(sizes, -1), strict=True)]


def repeat_cells(cells: Tensor, scale: int) -> Tensor:
    """(..., h, w) with each cell repeated to `scale` x `scale`."""
    return cells.repeat_interleave(scale, -1).repeat_interleave(scale, -2)


def share(mean: Tensor, std: Tensor, phases: Phases) -> tuple[Tensor, Tensor]:
    """Give channels that are one map, cut into several that lie side by side, the statistics of that one map.

    Args:
        mean: (B, C).
        std: (B, C).
        phases: so many channels, so many times each, in order of the channels; empty: each channel is by itself.

    Returns:
        mean and std, (B, C) each, repeated for each time.
    """
    if not phases:
        return mean, std
    sizes = [channels * times for channels, times in phases]
    means, stds = [], []
    for (channels, times), m, s in zip(phases, mean.split(sizes, 1), std.split(sizes, 1), strict=True):
        m, s = m.unflatten(1, (times, channels)), s.unflatten(1, (times, channels))  # (B, times, channels)
        var = s.square().mean(1) + m.var(1, unbiased=False)
        means.append(m.mean(1).repeat(1, times))
        stds.append(var.sqrt().repeat(1, times))
    return torch.cat(means, 1), torch.cat(stds, 1)


def power(mean: Tensor, std: Tensor) -> Tensor:
    """Mean square, (B,), of features that have these statistics, each (B, C).

    Losses divided by it are shares: a painting with features ten times as strong does not count a hundredfold.
    """
    return (mean.square() + std.square()).mean(1)
