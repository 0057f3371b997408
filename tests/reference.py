"""A straightforward float32 AdaIN, written from the paper's formulas: what the library is compared with."""

import torch.nn.functional as F
from torch import Tensor

from adain_core.styles.moments import Moments
from adain_core.styles.style import Style

ENCODER = ["1_1", "1_2", "pool", "2_1", "2_2", "pool", "3_1", "3_2", "3_3", "3_4", "pool", "4_1"]
DECODER = ["4_1", "up", "3_4", "3_3", "3_2", "3_1", "up", "2_2", "2_1", "up", "1_2", "1_1"]


def encode(state: dict[str, Tensor], x: Tensor) -> Tensor:
    """RGB (B, 3, H, W) to relu4_1, plain NCHW, one operation after the other."""
    for step in ENCODER:
        x = F.max_pool2d(x, 2) if step == "pool" else F.relu(_conv(state, step, x))
    return x


def decode(state: dict[str, Tensor], f: Tensor) -> Tensor:
    """relu4_1 to RGB: upsample by repeating pixels, pad by reflection, convolve."""
    for step in DECODER:
        if step == "up":
            f = f.repeat_interleave(2, 2).repeat_interleave(2, 3)
        else:
            f = _conv(state, step, f)
            f = f if step == "1_1" else F.relu(f)
    return f


def _conv(state: dict[str, Tensor], layer: str, x: Tensor) -> Tensor:
    key = f"block{layer[0]}.conv{layer}"
    return F.conv2d(F.pad(x, (1, 1, 1, 1), mode="reflect"), state[f"{key}.weight"], state[f"{key}.bias"])


def mean_std(f: Tensor) -> tuple[Tensor, Tensor]:
    """Equations 5 and 6, biased variance, for each picture and channel."""
    mean = f.mean((2, 3), keepdim=True)
    return mean, ((f - mean).square().mean((2, 3), keepdim=True) + 1e-5).sqrt()


def adain(f: Tensor, s: Tensor) -> Tensor:
    """Equation 8."""
    (mean, std), (style_mean, style_std) = mean_std(f), mean_std(s)
    return style_std * (f - mean) / std + style_mean


def statistics(f: Tensor, weights: Tensor | None = None) -> Style:
    """The library's statistics of features (B, C, h, w) as one piece."""
    moments = Moments()
    moments.add(f, weights)
    return moments.style()
