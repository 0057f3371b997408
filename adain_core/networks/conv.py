"""What both networks are made of: 3x3 convolutions with reflection padding, in blocks of one resolution."""

import math
from collections.abc import Sequence
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..system.precision import own_formats
from .weight_cache import WeightCache
from .winograd import pays, winograd_conv2d

BAND_BYTES = {"cpu": 16 << 20, "cuda": 256 << 20, "mps": 256 << 20}
"""Size a block's widest intermediate map may have before the block is computed band by band.

On a CPU about half of what its last cache holds. Measured at 512x512 in float32 on two cores: 0.71 to 0.62 s for the
encoder and 0.57 to 0.53 s for the decoder. On a GPU bands only bound memory.
"""


class ConvBlock(nn.Module):
    """Convolutions at one resolution: optional nearest 2x before, a ReLU after each, optional 2x2 max pool at the end.

    Args:
        layers: (name, input channels, output channels) of each convolution.
        upsample: enlarge the block's input 2x (nearest) before the first convolution.
        pool: halve the block's output by 2x2 max pooling.
        last_relu: whether the last convolution has a ReLU too.
    """

    def __init__(
        self,
        layers: Sequence[tuple[str, int, int]],
        *,
        upsample: bool = False,
        pool: bool = False,
        last_relu: bool = True,
    ) -> None:
        super().__init__()
        self.upsample, self.pool, self.last_relu = upsample, pool, last_relu
        self.names = tuple(name for name, _, _ in layers)
        for name, cin, cout in layers:
            self.add_module(name, nn.Conv2d(cin, cout, 3))
        self.widest = max(cout for _, _, cout in layers)

    def forward(self, x: Tensor) -> Tensor:
        """(B, Cin, H, W) to (B, Cout, sH, sW) with s = 2 (upsample), 1/2 (pool; H and W even) or 1."""
        if torch.is_grad_enabled():  # bands write into one output in place: for inference only
            return self.rows(x)
        scale = 2 if self.upsample else 1
        row_bytes = x.shape[0] * self.widest * x.shape[3] * scale * x.element_size()  # of one input row
        rows = BAND_BYTES.get(x.device.type, 1 << 40) // (row_bytes * scale) // 8 * 8
        rows = max(rows, 16 * len(self.names))  # the halo is recomputed in each band: keep it a small share
        return self.rows(x) if rows >= x.shape[2] else self.bands(x, rows)

    def rows(self, x: Tensor, top: bool = True, bottom: bool = True) -> Tensor:
        """The block on a band of rows; edges that are not the picture's are not padded, so rows are lost there."""
        for i, name in enumerate(self.names):
            conv: nn.Conv2d = getattr(self, name)
            op = upsample_conv2d if self.upsample and i == 0 else reflect_conv2d
            x = op(x, conv.weight, conv.bias, top, bottom)
            if self.last_relu or i + 1 < len(self.names):
                x = F.relu(x, inplace=True)
        return F.max_pool2d(x, 2) if self.pool else x

    def bands(self, x: Tensor, rows: int) -> Tensor:
        """:meth:`forward`, `rows` input rows (a multiple of 8) at a time: same result from maps that fit the cache."""
        height, convs = x.shape[2], len(self.names)
        scale = 2 if self.upsample else 1
        # Input rows beyond the band that its result depends on, and what is left over of them at the end.
        halo = 1 + math.ceil((convs - 1) / 2) if self.upsample else convs
        spare = 2 * (halo - 1) - (convs - 1) if self.upsample else 0
        out = None
        for start in range(0, height, rows):
            stop = min(start + rows, height)
            lo, hi = max(start - halo, 0), min(stop + halo, height)
            y = self.rows(x[:, :, lo:hi], top=lo == 0, bottom=hi == height)
            shrink = 2 if self.pool else 1
            skip = start * scale // shrink if lo == 0 else spare
            first, last = start * scale // shrink, stop * scale // shrink
            if out is None:
                size = (x.shape[0], y.shape[1], height * scale // shrink, y.shape[3])
                out = torch.empty(size, dtype=y.dtype, device=y.device, memory_format=torch.channels_last)
            out[:, :, first:last] = y[:, :, skip : skip + last - first]
        assert out is not None
        return out


def conv2d(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """``F.conv2d`` without padding, by whichever way is faster here."""
    return (winograd_conv2d if pays(x, weight) else F.conv2d)(x, weight, bias)


def padded(
    x: Tensor, mode: Literal["reflect", "replicate"], top: bool = True, bottom: bool = True, margin: int = 1
) -> Tensor:
    """So many more columns at the left and right, and more rows above and below where asked.

    A GPU's ``F.pad`` turns channels_last to planes, which the convolution turns back, and a compiled replication
    in channels_last has no gradient: there it is put together from slices. Autocast would pad in float32 on a CPU, and
    the convolution turn it back: copies that took a fifth of a training step.
    """
    if x.device.type == "cpu" and not torch.compiler.is_compiling():
        with own_formats():
            return F.pad(x, (margin, margin, margin * top, margin * bottom), mode=mode)
    for axis, first, last in ((2, top, bottom), (3, True, True)):
        before, after = _beyond(x, axis, mode, margin)
        x = torch.cat([before] * first + [x] + [after] * last, axis)
    return x


def _beyond(x: Tensor, axis: int, mode: str, margin: int) -> tuple[Tensor, Tensor]:
    """What lies `margin` entries beyond both ends of an axis."""
    size = x.shape[axis]
    if mode == "replicate":
        ends = x.narrow(axis, 0, 1), x.narrow(axis, size - 1, 1)
        return torch.cat([ends[0]] * margin, axis), torch.cat([ends[1]] * margin, axis)
    return x.narrow(axis, 1, margin).flip(axis), x.narrow(axis, size - 1 - margin, margin).flip(axis)


def reflect_conv2d(x: Tensor, weight: Tensor, bias: Tensor | None, top: bool = True, bottom: bool = True) -> Tensor:
    """3x3 convolution with one pixel of reflection padding.

    Args:
        x: (B, Cin, H, W), H and W at least 2.
        weight: (Cout, Cin, 3, 3).
        bias: (Cout,) or None.
        top: pad above; without, the result lacks that row.
        bottom: pad below; without, the result lacks that row.

    Returns:
        (B, Cout, H, W), one row less for each edge that is not padded.
    """
    return conv2d(padded(x, "reflect", top, bottom), weight, bias)


def upsample_conv2d(x: Tensor, weight: Tensor, bias: Tensor | None, top: bool = True, bottom: bool = True) -> Tensor:
    """Nearest 2x upsampling followed by :func:`reflect_conv2d`, without making the upsampled map.

    Every 2x2 block of the upsampled map holds one value, so a 3x3 kernel sees only 2x2 different
    pixels: each of the four output phases is a 2x2 convolution of the small map, 16 multiplications
    where the plain form does 36. Reflection on the upsampled map is replication on the small one.
    Exact up to the order of floating-point sums.

    Args:
        x: (B, Cin, H, W).
        weight: (Cout, Cin, 3, 3), the kernel for the upsampled map.
        bias: (Cout,) or None.
        top: pad above; without, the result lacks the two rows that need it.
        bottom: pad below; without, the result lacks the two rows that need it.

    Returns:
        (B, Cout, 2H, 2W), two rows less for each edge that is not padded.
    """
    x = padded(x, "replicate", top, bottom)
    b, _, h, w = x.shape
    learns = torch.is_grad_enabled() and weight.requires_grad
    kernels = subpixel_kernels(weight) if learns or torch.compiler.is_compiling() else kept_subpixel_kernels(weight)
    y = conv2d(x, kernels, None if bias is None else bias.repeat(4))  # (B, 4 Cout, h-1, w-1)
    if y.requires_grad:  # each write in place below would copy the whole gradient: a twelfth of a training step
        phases = y.permute(0, 2, 3, 1).unflatten(3, (4, -1)).unbind(3)  # 4 x (B, h-1, w-1, Cout)
        parts = [phases[2 * dy + dx][:, dy : dy + h - 2, dx : dx + w - 2] for dy in (0, 1) for dx in (0, 1)]
        rows = torch.stack([torch.stack(parts[:2], 3), torch.stack(parts[2:], 3)], 2)  # (B, h-2, 2, w-2, 2, Cout)
        return rows.flatten(3, 4).flatten(1, 2).permute(0, 3, 1, 2)
    y = y.unflatten(1, (2, 2, -1))  # (B, dy, dx, Cout, h-1, w-1)
    size = (b, weight.shape[0], 2 * (h - 2), 2 * (w - 2))
    out = torch.empty(size, dtype=y.dtype, device=y.device, memory_format=torch.channels_last)
    for dy in (0, 1):
        for dx in (0, 1):
            out[:, :, dy::2, dx::2] = y[:, dy, dx, :, dy : dy + h - 2, dx : dx + w - 2]
    return out


def subpixel_kernels(weight: Tensor) -> Tensor:
    """The 2x2 kernels of the four output phases of "nearest 2x, then this 3x3 kernel".

    Phase (0, .) of the output sees kernel row 0 on the row above and rows 1 + 2 on its own row; phase (1, .)
    sees rows 0 + 1 on its own row and row 2 on the row below. Columns likewise.

    Args:
        weight: (Cout, Cin, 3, 3).

    Returns:
        (4 Cout, Cin, 2, 2): phases (0,0), (0,1), (1,0), (1,1), each Cout channels.
    """
    taps = weight.to(torch.promote_types(weight.dtype, torch.float32))  # sums of half precision are rounded once
    taps = taps.permute(0, 2, 3, 1)  # (Cout, 3, 3, Cin): as channels_last has them in memory
    rows = [torch.stack(_folded(taps, 1, phase), 1) for phase in (0, 1)]  # 2 x (Cout, 2, 3, Cin)
    kernels = torch.cat([torch.stack(_folded(row, 2, phase), 2) for row in rows for phase in (0, 1)])
    return kernels.to(weight.dtype).permute(0, 3, 1, 2)


def _folded(weight: Tensor, axis: int, phase: int) -> tuple[Tensor, Tensor]:
    """Three taps along an axis as the two that a phase sees: the first and the sum of the others, or the reverse.

    From slices alone: a matrix of ones would be copied to the device in each call, which no CUDA graph may hold.
    """
    first, middle, last = weight.unbind(axis)
    return (first, middle + last) if phase == 0 else (first + middle, last)


kept_subpixel_kernels = WeightCache(subpixel_kernels)
"""The same for weights that do not learn: computed once, and so is what is made of them."""
