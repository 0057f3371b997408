"""The small real-time network: the same algebra as the paper's, a 29th of its multiplications.

Encoder and decoder are trained together. AdaIN acts on two levels of the encoder's features: fine ones (a cell is 4
pixels) that carry detail, and coarse ones (8 pixels). Both travel as one tensor of 8-pixel cells, the four fine cells
of each coarse one side by side as channels. So a style is one pair of vectors here, too, and statistics, strength,
mixing, regions and tiles need no word about levels; only :attr:`LiteEncoder.phases` says which channels are one.
"""

from __future__ import annotations

import itertools

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .conv import padded, reflect_conv2d

FINE, COARSE, WIDTH, GRAIN = 64, 256, 128, 16
"""Channels of the fine level, of the coarse level, of the maps that the coarse level is computed with, and of the map
at half resolution that a picture is read from."""


class Block(nn.Module):
    """A residual block: a depthwise convolution looks around, two pointwise ones compute.

    Args:
        channels: of the map.
        size: edge of the depthwise kernel, odd.
    """

    def __init__(self, channels: int, size: int = 5) -> None:
        super().__init__()
        self.around = nn.Conv2d(channels, channels, size, groups=channels)
        self.widen = nn.Conv2d(channels, 2 * channels, 1)
        self.narrow = nn.Conv2d(2 * channels, channels, 1)
        nn.init.zeros_(self.narrow.weight)  # begins as the identity
        nn.init.zeros_(self.narrow.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) to the same."""
        margin = self.around.kernel_size[0] // 2
        around = padded(x, "replicate", margin=margin)  # not reflected: one or two cells have nothing to reflect
        y = F.conv2d(around, self.around.weight, self.around.bias, groups=x.shape[1])
        return self.narrow(F.relu(self.widen(y), inplace=True)).add_(x)


class LiteEncoder(nn.Module):
    """Picture to both levels of features. Begins with the pixels themselves as the first of the fine channels."""

    channels = 4 * FINE + COARSE
    """Of the tensor that holds both levels."""

    halo = 6
    """Cells around a tile that its features depend on."""

    phases = ((FINE, 4), (COARSE, 1))
    """Levels as they lie in the channels: so many channels, each so many times side by side."""

    takes_grain = False
    """See :attr:`.vgg.VGGEncoder.takes_grain`: to look for flat places would take a fifth of its time."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(48, FINE, 3)
        self.fine = Block(FINE)
        self.down = nn.Conv2d(FINE, WIDTH, 3, stride=2)
        self.coarse = nn.Sequential(Block(WIDTH), Block(WIDTH))
        self.head = nn.Conv2d(WIDTH, COARSE, 1)
        with torch.no_grad():
            pass_on(self.stem)

    def forward(self, x: Tensor) -> Tensor:
        """Picture to features.

        Args:
            x: (B, 3, H, W) RGB in [0, 1], H and W multiples of 8 and at least 16.

        Returns:
            (B, 512, H/8, W/8): four times the fine level's channels, then the coarse level's.
        """
        fine = self.fine(reflect_conv2d(gather(x, 4), self.stem.weight, self.stem.bias))  # (B, 64, H/4, W/4)
        y = F.conv2d(F.pad(fine, (1, 0, 1, 0), mode="reflect"), self.down.weight, self.down.bias, stride=2)
        coarse = F.relu(self.head(self.coarse(F.relu(y, inplace=True))), inplace=True)  # (B, 256, H/8, W/8)
        return torch.cat([gather(fine, 2), coarse], 1)


class LiteDecoder(nn.Module):
    """Both levels of features back to a picture.

    Begins as what reads the pixels out of the fine channels: with AdaIN before, the photo in the style's colours,
    sharp and without any pattern. What it learns is added to that.
    """

    halo = 4
    """Cells around a tile that its decoded pixels depend on."""

    inverts = False
    """Trained by another judge than its own encoder: see :attr:`.decoder.Decoder.inverts`."""

    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Conv2d(COARSE, WIDTH, 1)
        self.up = nn.Conv2d(WIDTH, FINE, 1)
        self.join = nn.Conv2d(FINE, FINE, 3)
        self.fine = nn.Sequential(Block(FINE), Block(FINE))
        self.spread = nn.Conv2d(FINE, 4 * GRAIN, 3)
        self.last = nn.Conv2d(GRAIN, 12, 3)
        with torch.no_grad():
            for added in (self.up, self.join):
                added.weight.zero_()
                added.bias.zero_()  # type: ignore[union-attr]
            read_out(self.spread)
            pass_on(self.last)

    def forward(self, f: Tensor) -> Tensor:
        """Features to a picture.

        Args:
            f: (B, 512, h, w) as :class:`LiteEncoder` lays them out, h and w at least 2.

        Returns:
            (B, 3, 8h, 8w) RGB, around [0, 1] and not clamped.
        """
        fine, coarse = f.split([4 * FINE, COARSE], 1)
        y = self.up(F.relu(self.head(coarse), inplace=True))  # (B, 64, h, w)
        # Interpolated, so that what the coarse level adds has no phase: weights of their own for each of a cell's four
        # parts had learnt to paint a mesh of 8 pixels.
        y = F.interpolate(y, scale_factor=2, mode="bilinear").add_(scatter(fine, 2))  # (B, 64, 2h, 2w)
        y = self.fine(reflect_conv2d(F.relu(y), self.join.weight, self.join.bias).add_(y))
        # At half resolution each place holds four pixels and four numbers more. Cells of 4 pixels are made without
        # seeing each other; here the places do, across the edges of cells, too. Colours below 0 are cut off.
        y = scatter(F.relu(reflect_conv2d(y, self.spread.weight, self.spread.bias), inplace=True), 2)  # (B, 16, 4h, 4w)
        return scatter(reflect_conv2d(y, self.last.weight, self.last.bias), 2)


def pass_on(conv: nn.Conv2d) -> None:
    """Make the first channels of a 3x3 convolution's result, up to 48 of them, those of its input."""
    n = min(48, conv.out_channels)
    conv.weight[:n] = 0
    conv.weight[range(n), range(n), 1, 1] = 1
    conv.bias[:n] = 0  # type: ignore[index]


def read_out(conv: nn.Conv2d) -> None:
    """Make a 3x3 convolution's result, scattered to places of 2 x 2 pixels, begin with the 12 colours of each.

    Its input begins with the 48 colours of cells of 4 x 4 pixels, as :func:`pass_on` leaves them.
    """
    for row, column, y, x, colour in itertools.product(range(2), range(2), range(2), range(2), range(3)):
        shown = GRAIN * (2 * row + column) + 3 * (2 * y + x) + colour
        conv.weight[shown] = 0
        conv.weight[shown, 3 * (4 * (2 * row + y) + 2 * column + x) + colour, 1, 1] = 1
        conv.bias[shown] = 0  # type: ignore[index]


def gather(x: Tensor, n: int) -> Tensor:
    """Cells of n x n pixels: (B, C, H, W) to (B, n n C, H/n, W/n), channels in the order row, column, C.

    `pixel_unshuffle` in the order that keeps a pixel's channels together: in channels_last a copy of whole runs.
    """
    b, c, h, w = x.shape
    x = x.permute(0, 2, 3, 1).reshape(b, h // n, n, w // n, n * c)
    return x.transpose(2, 3).reshape(b, h // n, w // n, n * n * c).permute(0, 3, 1, 2)


def scatter(x: Tensor, n: int) -> Tensor:
    """The inverse of :func:`gather`: (B, n n C, h, w) to (B, C, n h, n w)."""
    b, c, h, w = x.shape
    x = x.permute(0, 2, 3, 1).reshape(b, h, w, n, c // n)
    return x.transpose(2, 3).reshape(b, h * n, w * n, c // n // n).permute(0, 3, 1, 2)
