"""Convolutions with fewer multiplications: 3x3 kernels take 2.25 an output instead of 9, 2x2 ones 1.56 instead of 4.

Minimal filtering F(4x4, r x r) after Winograd (Lavin & Gray 2016, arXiv 1509.09308): each tile of 4x4 outputs is
computed from (r + 3)^2 products of transformed inputs and weights, for all channels one matrix product each. Exact but
for rounding: float32 differs from the plain sum by about 1e-5 of the largest value. For CPUs in float32; half precision
would lose too much of its fraction in the transforms, and GPUs choose algorithms of their own.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.polynomial import polynomial
from torch import Tensor

from .weight_cache import WeightCache

TILE = 4
"""Outputs a side of a tile."""

POINTS = (0.0, 1.0, -1.0, 2.0, -2.0)
"""Where the polynomials behind the transforms are evaluated, besides infinity: small whole numbers round little."""

WORTH = 64 * 128
"""Input times output channels from which it is faster. Measured on two cores of an Intel Xeon (AVX-512), direct against
this: 64 x 64 channels at 512x512 74 and 64 ms, 128 x 128 at 256x256 67 and 39, 256 x 512 at 64x64 29.5 and 10."""

TILES_WORTH = 32
"""Tiles of all pictures below which reading the transformed weights, 4 times as many, takes longer than it saves."""

CHUNK_BYTES = 1 << 23
"""Transformed inputs or outputs that are worked on at a time, so that they stay in a processor's cache."""


def pays(x: Tensor, weight: Tensor) -> bool:
    """Whether :func:`winograd_conv2d` is the faster way to convolve x (B, Cin, H, W) with weight (Cout, Cin, r, r).

    Not while a graph is recorded: a compiler or another program has algorithms of its own. Nor under autocast, where
    the plain convolution computes in half precision, although padding has made its input float32.
    """
    tiles = x.shape[0] * (x.shape[2] // TILE) * (x.shape[3] // TILE)
    return (
        x.device.type == "cpu"
        and x.dtype == weight.dtype == torch.float32
        and weight.shape[0] * weight.shape[1] >= WORTH
        and not torch.is_autocast_enabled("cpu")
        and not torch.compiler.is_compiling()
        and tiles >= TILES_WORTH
    )


def winograd_conv2d(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """``F.conv2d(x, weight, bias)``, differentiable.

    Args:
        x: (B, Cin, H, W) float32, padded already.
        weight: (Cout, Cin, r, r), r = 2 or 3.
        bias: (Cout,) or None.

    Returns:
        (B, Cout, H - r + 1, W - r + 1), channels_last.
    """
    return _Winograd.apply(x, weight, bias)


class _Winograd(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        ctx.save_for_backward(x if ctx.needs_input_grad[1] else None, weight)
        out = _convolve(x, transformed(weight), bias)
        # A view may not be changed in place where gradients are wanted, as an activation does.
        return out.clone(memory_format=torch.channels_last) if out._is_view() and any(ctx.needs_input_grad) else out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
        x, weight = ctx.saved_tensors
        r = weight.shape[2]
        to_x = to_weight = to_bias = None
        if ctx.needs_input_grad[0]:  # each input is reached from r x r outputs: a convolution with the kernel turned
            to_x = _convolve(grad, transformed_back(weight), None, around=r - 1)
        if ctx.needs_input_grad[1]:
            to_weight = _weight_gradient(x, grad, r)
        if ctx.needs_input_grad[2]:
            to_bias = grad.sum((0, 2, 3))
        return to_x, to_weight, to_bias


@cache
def matrices(r: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The transforms of F(4, r) in one dimension, by Toom and Cook: evaluate at points, multiply, interpolate.

    With n = r + 3 points a_j, the last at infinity, y = A [(G g) * (B d)] is the correlation of n inputs d with r
    taps g (Lavin & Gray 2016, section 4.1, where A and B are written transposed).

    Returns:
        A (4, n), G (n, r), B (n, n), float64.
    """
    points = np.array(POINTS[: r + TILE - 2])
    last = np.zeros(len(points) + 1)
    last[-1] = 1  # infinity sees the highest power only
    others = [np.delete(points, j) for j in range(len(points))]
    shares = np.array([np.prod(a - rest) for a, rest in zip(points, others, strict=True)])
    a = np.column_stack([np.vander(points, TILE, increasing=True).T, last[-TILE:]])
    g = np.vstack([np.vander(points, r, increasing=True) / shares[:, None], last[-r:]])
    rows = [np.append(polynomial.polyfromroots(rest), 0) for rest in others]
    return a, g, np.vstack([*rows, polynomial.polyfromroots(points)])


@cache
def planes(r: int, dtype: torch.dtype = torch.float32) -> tuple[Tensor, Tensor, Tensor]:
    """Both dimensions at once: of outputs (16, n^2), taps (n^2, r^2) and inputs (n^2, n^2), n = r + 3."""
    a, g, b = (torch.from_numpy(np.kron(line, line)).to(dtype) for line in matrices(r))
    return a, g, b


def _transform(weight: Tensor) -> Tensor:
    """A weight (Cout, Cin, r, r) as the products need it: (n^2, Cin, Cout), n = r + 3."""
    out, cin, r, _ = weight.shape
    _, g, _ = planes(r, torch.float64)
    return (g @ weight.permute(2, 3, 1, 0).reshape(r * r, -1).double()).float().view(-1, cin, out)


transformed = WeightCache(_transform)
transformed_back = WeightCache(lambda weight: _transform(weight.flip(2, 3).transpose(0, 1)))
"""Of the convolution that takes gradients back: kernel turned by half a turn, channels exchanged."""


def _convolve(x: Tensor, weight: Tensor, bias: Tensor | None, around: int = 0) -> Tensor:
    """The convolution by transformed weights (n^2, Cin, Cout), a few rows of tiles at a time; `around`: zeros."""
    n = int(weight.shape[0] ** 0.5)
    r, (_, cin, cout) = n - TILE + 1, weight.shape
    a, _, b = planes(r)
    height, width = (side + 2 * around - r + 1 for side in x.shape[2:])
    windows, tall, wide = _windows(x, n, around)
    size = x.shape[0], cout, tall * TILE, wide * TILE
    out = torch.empty(size, dtype=x.dtype, device=x.device, memory_format=torch.channels_last)
    cells = out.permute(0, 2, 3, 1).view(-1, tall, TILE, wide, TILE, cout)
    cells = cells.permute(2, 4, 0, 1, 3, 5)  # (4, 4, B, tall, wide, Cout)
    chunks = _chunks(x.shape[0], tall, wide, n * n * max(cin, cout))
    most = chunks[0][1].stop * wide  # tiles of a chunk
    # Written to again and again: fresh memory would cost more than what is computed in it.
    before, after = (x.new_empty(n * n * most * max(cin, cout)) for _ in range(2))
    for i, rows in chunks:
        tiles = (rows.stop - rows.start) * wide
        d, v, m = before[: n * n * tiles * cin], after[: n * n * tiles * cin], before[: n * n * tiles * cout]
        y = after[: TILE * TILE * tiles * cout]
        d.view(n, n, -1, wide, cin).copy_(windows[:, :, i, rows])
        torch.mm(b, d.view(n * n, -1), out=v.view(n * n, -1))  # (n^2, tiles Cin)
        torch.bmm(v.view(n * n, tiles, cin), weight, out=m.view(n * n, tiles, cout))
        if bias is not None:
            m.view(n * n, tiles, cout)[n + 1] += bias  # products at the point (1, 1) go into all outputs with weight 1
        torch.mm(a, m.view(n * n, -1), out=y.view(TILE * TILE, -1))
        cells[:, :, i, rows] = y.view(TILE, TILE, -1, wide, cout)
    return out if out.shape[2:] == (height, width) else out[:, :, :height, :width]


def _weight_gradient(x: Tensor, grad: Tensor, r: int) -> Tensor:
    """What the products' gradients add up to over all tiles, brought back to r x r taps: (Cout, Cin, r, r)."""
    n = r + TILE - 1
    a, g, b = planes(r)
    windows, tall, wide = _windows(x, n)
    cells, _, _ = _windows(grad, TILE)  # (4, 4, B, tall, wide, Cout)
    cin, cout = x.shape[1], grad.shape[1]
    total = x.new_zeros(n * n, cin, cout)
    for i, rows in _chunks(x.shape[0], tall, wide, n * n * max(cin, cout)):
        v = (b @ windows[:, :, i, rows].reshape(n * n, -1)).view(n * n, -1, cin)
        m = (a.T @ cells[:, :, i, rows].reshape(TILE * TILE, -1)).view(n * n, -1, cout)
        total.baddbmm_(v.transpose(1, 2), m)
    taps = (g.T @ total.view(n * n, -1)).view(r, r, cin, cout)
    return taps.permute(3, 2, 0, 1).contiguous(memory_format=torch.channels_last)


def _windows(x: Tensor, n: int, around: int = 0) -> tuple[Tensor, int, int]:
    """Windows of n x n values that begin every 4, (n, n, B, tall, wide, C), a view; and how many down and across.

    Zeros stand around, and at the end as many more as the last windows need.
    """
    tall, wide = (-(-(side + 2 * around - n + TILE) // TILE) for side in x.shape[2:])
    down, across = (
        (count - 1) * TILE + n - around - side for count, side in zip((tall, wide), x.shape[2:], strict=True)
    )
    x = F.pad(x, (around, across, around, down)) if around or down or across else x
    x = x.permute(0, 2, 3, 1)  # (B, H, W, C)
    return x.unfold(1, n, TILE).unfold(2, n, TILE).permute(4, 5, 0, 1, 2, 3), tall, wide


def _chunks(pictures: int, tall: int, wide: int, values: int) -> list[tuple[int, slice]]:
    """Picture by picture, as many rows of tiles at a time as a chunk holds, at `values` floats a tile."""
    step = max(1, CHUNK_BYTES // (4 * wide * values))
    return [(i, slice(row, min(row + step, tall))) for i in range(pictures) for row in range(0, tall, step)]
