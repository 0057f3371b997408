"""Grain: smooth noise laid over what the encoder is given, where a picture is flat.

AdaIN scales what deviates from the mean (arXiv 1703.06868, eq. 8). A flat part of a drawing deviates nowhere, so there
is nothing to make strokes of, and the little that reaches in from the edges around is scaled to wide halos. A few
levels of noise are enough for the encoder to find something in every cell. Noise beside the content is how other
feed-forward stylization has textures where the content says nothing: Ulyanov et al. 2016 (Texture Networks, arXiv
1603.03417).

The noise is a function of the place in the picture and of a seed alone, so it is the same in tiles, on every device,
in every run; its scale follows the picture's size within what the encoder takes as strokes, so that a smaller copy
shows what the large one will. The result's own pixels get none: only features see it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ..options import Grain
from ..pictures.sampling import sampled
from ..tiles.grid import PixelSource
from .networks import Networks

Noise = Callable[[Tensor, Tensor], Tensor]
"""Noise of mean 0 and variance 1 at rows (n,) and columns (m,) of a picture: (n, m), or (B, n, m) for frames."""

LEVEL = 1 / 255

SIDE = 300
"""Pixels of the shorter side for each pixel of blur (standard deviation); strokes came of 1 to 4 px of it alike."""

FINEST, COARSEST = 1.0, 3.0

WINDOW = 3
"""Radius in pixels of the window in which a place deviates."""

CLEAN = 3
"""Pixels around it that stay without noise, so that edges and lines keep their shape."""

SOFT = 2
"""Radius of the two means that let the noise begin softly."""

MARGIN = 2 * WINDOW + CLEAN + 2 * SOFT
"""Pixels around a window that what is flat in it depends on."""

KNOT = 3**0.5
"""Distance of the noise's knots in standard deviations of the cubic B-spline between them."""


@dataclass(frozen=True)
class Amount:
    """How much grain, and how flat a place must be.

    Attributes:
        amplitude: standard deviation of the noise, of 1.
        deviation: local deviation from which there is none, of 1.
    """

    amplitude: float
    deviation: float


def amount(grain: Grain, networks: Networks) -> Amount | None:
    """What a grain asked for means; None for nothing.

    Args:
        grain: "auto", or a number from 0 to 1.
        networks: "auto" is nothing to an encoder that is too quick for it.
    """
    if grain == "auto":
        return AUTO if networks.encoder.takes_grain else None
    return Amount(FULL * grain, LOUDEST) if grain else None


AUTO = Amount(amplitude=10 * LEVEL, deviation=1.25 * LEVEL)
"""Where a picture is truly flat: drawings are far below that deviation, photos of skies at about as much."""

LOUDEST = 6 * LEVEL
"""Deviation for a grain asked for by number: soft gradients, drawings saved as JPEG, blurred backgrounds, too."""

FULL = 14 * LEVEL
"""Amplitude of a grain of 1."""


class GrainSource:
    """Another source's pixels with grain where they are flat.

    Args:
        source: the pixels.
        amount: how much.
        noise: the noise; that of :class:`StillNoise` when missing.
    """

    def __init__(self, source: PixelSource, amount: Amount, noise: Noise | None = None) -> None:
        self.height, self.width = source.height, source.width
        self._source, self._amount = source, amount
        self._noise = StillNoise(self.height, self.width) if noise is None else noise

    def crop(self, y0: int, y1: int, x0: int, x1: int) -> Tensor:
        """The window, (B, 3, y1 - y0, x1 - x0) float32 in [0, 1]."""
        top, bottom, left, right = y0 - MARGIN, y1 + MARGIN, x0 - MARGIN, x1 + MARGIN
        inside = (max(top, 0), min(bottom, self.height), max(left, 0), min(right, self.width))
        x = self._source.crop(*inside)  # (B, 3, ...)
        missing = (inside[2] - left, right - inside[3], inside[0] - top, bottom - inside[1])
        flat = flatness(F.pad(x, missing, mode="replicate"), self._amount.deviation)  # (B, 1, h, w)
        x = x[:, :, y0 - inside[0] : y1 - inside[0], x0 - inside[2] : x1 - inside[2]]
        if not bool(flat.any()):
            return x
        noise = self._noise(torch.arange(y0, y1, device="cpu"), torch.arange(x0, x1, device="cpu"))
        noise = noise.to(x.device).reshape(-1, 1, y1 - y0, x1 - x0)  # (1 or B, 1, h, w)
        return torch.addcmul(x, flat, noise, value=self._amount.amplitude).clamp_(0, 1)

    def opacity(self, y0: int, y1: int, x0: int, x1: int) -> Tensor | None:
        """How far the pixels of the window are visible; None where all are."""
        return self._source.opacity(y0, y1, x0, x1)


def flatness(x: Tensor, deviation: float) -> Tensor:
    """How flat each place is: 1 where nothing deviates from its surroundings, 0 from `deviation` on.

    A slope that is even over the window is flat, too: it is taken off with the mean.

    Args:
        x: (B, 3, h + 2 MARGIN, w + 2 MARGIN) RGB in [0, 1].
        deviation: in units of x, the root of the mean square over the window and the three channels.

    Returns:
        (B, 1, h, w).
    """
    inner = x[:, :, WINDOW:-WINDOW, WINDOW:-WINDOW]
    square = (inner - _mean(x, WINDOW)).square_().mean(1, keepdim=True)
    flat = (1 - _mean(square, WINDOW).clamp_min_(0).sqrt_() / deviation).clamp_min_(0)
    return _mean(_mean(_over(flat, CLEAN, torch.minimum), SOFT), SOFT)


def grained(source: PixelSource, amount: Amount | None, noise: Noise | None = None) -> PixelSource:
    """What the encoder is given of a source: the source itself where no grain was asked for."""
    return source if amount is None else GrainSource(source, amount, noise)


class StillNoise:
    """Noise that stays where it is: random numbers at knots, a cubic B-spline between them.

    Args:
        height: of the picture, in pixels.
        width: of the picture, in pixels.
        seed: another seed, another noise.
    """

    def __init__(self, height: int, width: int, seed: int = 0) -> None:
        self.knot = KNOT * min(max(min(height, width) / SIDE, FINEST), COARSEST)  # in pixels
        self.seed = seed

    def __call__(self, rows: Tensor, cols: Tensor) -> Tensor:
        """(n, m) at rows (n,) and columns (m,), in any order."""
        y, down = _spline(rows, self.knot)  # (k,), (n, k)
        x, across = _spline(cols, self.knot)
        return down @ _numbers(y, x, self.seed) @ across.T


class MovedNoise:
    """Noise that goes along with what moves in frames.

    Args:
        height: of the frames, in pixels.
        width: of the frames, in pixels.
        drift: of each frame, from each place to where it was when the noise lay still: x, y in pixels, (2, h, w) of any
            size on the CPU.
    """

    def __init__(self, height: int, width: int, drift: Sequence[Tensor]) -> None:
        self._still, self._drift = StillNoise(height, width), drift
        self._size = (height, width)

    def __call__(self, rows: Tensor, cols: Tensor) -> Tensor:
        """(B, n, m) at rows (n,) and columns (m,) that follow each other."""
        found = []
        for drift in self._drift:
            if not bool(drift.any()):
                found.append(self._still(rows, cols))
                continue
            x, y = sampled(drift, rows, cols, *self._size)  # (n, m) each
            x, y = x + cols, y + rows[:, None]
            top, left = int(y.min().floor()), int(x.min().floor())
            down = torch.arange(top, int(y.max()) + 2, device="cpu")
            across = torch.arange(left, int(x.max()) + 2, device="cpu")
            still = self._still(down, across)
            ends = torch.tensor([max(side - 1, 1) for side in still.shape[::-1]], device="cpu")
            grid = 2 * torch.stack([x - left, y - top], 2) / ends - 1  # (n, m, 2)
            found.append(F.grid_sample(still[None, None], grid[None], "bilinear", "border", align_corners=True)[0, 0])
        return torch.stack(found)


def _spline(places: Tensor, knot: float) -> tuple[Tensor, Tensor]:
    """Numbers of the knots that places depend on, (k,), and what each weighs, (n, k); variances add to 1."""
    at = (places.double() + 0.5) / knot
    first, last = int(at.min().floor()) - 1, int(at.max().floor()) + 2
    knots = torch.arange(first, last + 1, device="cpu")
    away = (at[:, None] - knots).abs()  # (n, k)
    near, far = 2 / 3 - away.square() * (1 - away / 2), (2 - away).clamp_min(0) ** 3 / 6
    weights = torch.where(away < 1, near, far)
    return knots, (weights / weights.square().sum(1, keepdim=True).sqrt()).float()


def _numbers(y: Tensor, x: Tensor, seed: int) -> Tensor:
    """A random number of mean 0 and variance 1 for each pair of whole numbers, (len(y), len(x)): a hash of 32 bits."""
    low = 0xFFFFFFFF
    h = (y[:, None] * 0x9E3779B1 + x[None] * 0x85EBCA77 + seed * 0xC2B2AE3D) & low
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):  # whole numbers of 64 bits wrap, their low half is right
        h = ((h ^ (h >> shift)) * factor) & low
    h = h ^ (h >> 16)
    return ((h.double() / 2**32 - 0.5) * 12**0.5).float()


def _mean(x: Tensor, radius: int) -> Tensor:
    """Mean over a square of pixels, (B, C, h - 2 radius, w - 2 radius)."""
    return _over(x, radius, torch.add) / (2 * radius + 1) ** 2


def _over(x: Tensor, radius: int, both: Callable[..., Tensor]) -> Tensor:
    """What `both` makes of all pixels of a square, one after the other: five times as fast as a pooling here."""
    for axis in (2, 3):
        size = x.shape[axis] - 2 * radius
        found = x.narrow(axis, 0, size).clone(memory_format=torch.contiguous_format)
        for start in range(1, 2 * radius + 1):
            both(found, x.narrow(axis, start, size), out=found)
        x = found
    return x
