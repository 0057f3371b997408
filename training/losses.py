"""The paper's losses: how far a picture is from its AdaIN target and from the style's statistics."""

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from adain_core.styles.moments import EPS, power


def mean_std(f: Tensor) -> tuple[Tensor, Tensor]:
    """Per-channel mean and standard deviation (biased) over space, in float32, differentiable.

    Args:
        f: (B, C, h, w) features.

    Returns:
        mean and std, each (B, C).
    """
    if f.device.type == "cpu" and not torch.compiler.is_compiling():
        mean, std = _MeanStd.apply(f)
        return mean, std
    var, mean = torch.var_mean(f.float(), (2, 3), correction=0)  # a GPU, or a compiler: few large kernels
    return mean, (var + EPS).sqrt()


class _MeanStd(torch.autograd.Function):
    """`torch.var_mean` picture by picture, so that float32 copies stay in a processor's cache.

    Its gradient is one affine map of the features. Measured on two cores for (8, 64, 128, 128) in bfloat16, forward
    and backward: 92 to 7 ms.
    """

    @staticmethod
    def forward(ctx: Any, f: Tensor) -> tuple[Tensor, Tensor]:
        means, stds = [], []
        for x in f:
            cells = x.permute(1, 2, 0).flatten(0, 1).float()  # (h w, C): as channels_last has them in memory
            mean = cells.mean(0)
            means.append(mean)
            stds.append(((cells - mean).square_().mean(0) + EPS).sqrt())
        mean, std = torch.stack(means), torch.stack(stds)
        ctx.save_for_backward(f, mean, std)
        return mean, std

    @staticmethod
    def backward(ctx: Any, to_mean: Tensor, to_std: Tensor) -> Tensor:
        f, mean, std = ctx.saved_tensors
        cells = f.shape[2] * f.shape[3]
        scale = to_std / (cells * std)  # d std / d f = (f - mean) / (cells std)
        shift = to_mean / cells - scale * mean
        out = torch.empty_like(f)
        for grad, x, a, b in zip(out, f, scale, shift, strict=True):
            grad.copy_(torch.addcmul(b[:, None, None], x.float(), a[:, None, None]))
        return out


def adain_target(content: Tensor, style_mean: Tensor, style_std: Tensor) -> Tensor:
    """AdaIN output t for content features (B, C, h, w) and style statistics (B, C): arXiv 1703.06868, eq. 8."""
    mean, std = mean_std(content)
    scale = style_std / std  # (B, C)
    shift = style_mean - scale * mean
    return content.float() * scale[:, :, None, None] + shift[:, :, None, None]


def content_loss(output: Tensor, target: Tensor, power: Tensor | None = None) -> Tensor:
    """Mean squared distance of the output's relu4_1 to the AdaIN target (arXiv 1703.06868, eq. 12); a scalar.

    The paper writes the Euclidean norm; its code, like every port, uses the mean of squares.

    Args:
        output: (B, C, h, w) features of the decoded picture.
        target: (B, C, h, w) the AdaIN target.
        power: (B,) what each picture's distance is divided by, see :func:`power`.
    """
    if power is None:
        return F.mse_loss(output.float(), target.float())
    return ((output.float() - target.float()).square().mean((1, 2, 3)) / power).mean()


def style_loss(taps: Sequence[Tensor], style: Sequence[tuple[Tensor, Tensor]], relative: bool = False) -> Tensor:
    """Squared distance of means and stds, summed over the layers (arXiv 1703.06868, eq. 13); a scalar.

    Args:
        taps: relu1_1, relu2_1, relu3_1, relu4_1 of the output, each (B, C, h, w).
        style: mean and std, each (B, C), of the same layers of the style picture.
        relative: divide each picture's distance at each layer by the style's :func:`power` there.
    """
    total = torch.zeros((), device=taps[0].device)
    for tap, (mean, std) in zip(taps, style, strict=True):
        found_mean, found_std = mean_std(tap)
        distance = (found_mean - mean).square().mean(1) + (found_std - std).square().mean(1)  # (B,)
        total = total + (distance / power(mean, std) if relative else distance).mean()
    return total


def grid_pattern(x: Tensor, period: int = 4, window: int = 128) -> Tensor:
    """Power of what repeats every `period` pixels: what a network that paints cells of that size may leave; a scalar.

    In each window, pixels of one phase (row and column modulo the period) are averaged; in a picture without a pattern
    all phases have nearly the same mean.

    Args:
        x: (B, 3, H, W), sides multiples of the period.
        period: in pixels.
        window: edge of a window in pixels, a multiple of the period; what fills no window is left out.
    """
    height, width = (min(window, side) for side in x.shape[2:])
    x = x[:, :, : x.shape[2] // height * height, : x.shape[3] // width * width]
    cells = x.unflatten(3, (-1, width // period, period)).unflatten(2, (-1, height // period, period))
    phases = cells.mean((3, 6))  # (B, 3, rows, period, columns, period)
    return (phases - phases.mean((3, 5), keepdim=True)).square().mean()


def block_edges(x: Tensor, period: int = 8) -> Tensor:
    """How unevenly edges lie on a grid: what a network that paints in blocks may leave; a scalar, 0 without any.

    Mean squared steps from each column to the next, by the column modulo the period, as shares of their mean: in a
    picture without blocks all are nearly 1. Rows likewise; for each picture by itself.

    Args:
        x: (B, 3, H, W), sides above the period.
        period: in pixels.
    """
    total = torch.zeros((), device=x.device)
    for axis in (2, 3):
        steps = x.diff(dim=axis).square().mean((1, 5 - axis))  # (B, sides - 1)
        steps = steps[:, : steps.shape[1] // period * period].unflatten(1, (-1, period)).mean(1)  # (B, period)
        shares = (steps + 1e-8) / (steps.mean(1, keepdim=True) + 1e-8)
        total = total + (shares - 1).square().mean()
    return total


def total_variation(x: Tensor) -> Tensor:
    """Mean squared difference of neighbouring pixels, both ways; x: (B, 3, H, W); a scalar."""
    return (x[:, :, 1:] - x[:, :, :-1]).square().mean() + (x[:, :, :, 1:] - x[:, :, :, :-1]).square().mean()
