"""The encoder: VGG-19 up to relu4_1, normalised so that every filter's mean activation over photos is 1."""

import hashlib

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .conv import ConvBlock, reflect_conv2d

TAPS = ("conv1_1", "conv2_1", "conv3_1", "conv4_1")
"""Convolutions whose activations the losses look at: relu1_1, relu2_1, relu3_1, relu4_1."""

LAYERS = (64, 128, 256, 512)
"""Channels of relu1_1, relu2_1, relu3_1 and relu4_1."""

SCALES = (8, 4, 2, 1)
"""Entries of each of these layers for one cell of relu4_1, each way."""

STRIDE = 8
"""Pixels per feature cell, each way."""

CHANNELS = 512
"""Channels at relu4_1."""


class VGGEncoder(nn.Module):
    """VGG-19 conv1_1..conv4_1 (Simonyan & Zisserman 2014) with reflection padding and max pooling.

    Takes RGB in [0, 1]: mean subtraction and channel order are folded into conv1_1.
    """

    channels = CHANNELS
    """Of the features."""

    halo = 4
    """Cells (of 8 px) around a tile that its features depend on: 30 px each way, counted back through the layers."""

    phases = ()
    """No two channels share their statistics."""

    takes_grain = True
    """Whether flat places are looked for, and take smooth noise, where nobody says whether they should."""

    def __init__(self) -> None:
        super().__init__()
        self.block1 = ConvBlock([("conv1_1", 3, 64), ("conv1_2", 64, 64)], pool=True)
        self.block2 = ConvBlock([("conv2_1", 64, 128), ("conv2_2", 128, 128)], pool=True)
        self.block3 = ConvBlock(
            [("conv3_1", 128, 256), ("conv3_2", 256, 256), ("conv3_3", 256, 256), ("conv3_4", 256, 256)], pool=True
        )
        self.block4 = ConvBlock([("conv4_1", 256, CHANNELS)])

    def forward(self, x: Tensor) -> Tensor:
        """Picture to relu4_1.

        Args:
            x: (B, 3, H, W) RGB in [0, 1], H and W multiples of 8 and at least 16.

        Returns:
            (B, 512, H/8, W/8).
        """
        return self.block4(self.block3(self.block2(self.block1(x))))

    def activations(self, x: Tensor) -> dict[str, Tensor]:
        """Every activation after its ReLU, by the name of its convolution.

        Args:
            x: as for :meth:`forward`.

        Returns:
            ``{"conv1_1": (B, 64, H, W), ..., "conv4_1": (B, 512, H/8, W/8)}``.
        """
        found = {}
        for block in (self.block1, self.block2, self.block3, self.block4):
            for name in block.names:
                conv: nn.Conv2d = getattr(block, name)
                x = F.relu(reflect_conv2d(x, conv.weight, conv.bias))
                found[name] = x
            if block.pool:
                x = F.max_pool2d(x, 2)
        return found

    def taps(self, x: Tensor) -> list[Tensor]:
        """relu1_1, relu2_1, relu3_1 and relu4_1 (arguments as :meth:`forward`): what the style loss compares."""
        found = self.activations(x)
        return [found[name] for name in TAPS]


def encoder_id(state: dict[str, Tensor]) -> str:
    """Name an encoder by its weights: a decoder or style made with one fits no other.

    Args:
        state: state dict of a :class:`VGGEncoder`, any float dtype.

    Returns:
        The first 16 hex digits of the SHA-256 of all tensors, as float16, in the order of their names.
    """
    digest = hashlib.sha256()
    for name in sorted(state):
        digest.update(name.encode())
        digest.update(state[name].to("cpu", torch.float16).contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]
