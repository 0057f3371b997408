"""U2-Net (Qin et al. 2020, arXiv 2005.09007), its small version: where the subject of a picture is.

A U-Net of eleven stages, each a small U-Net of its own. Batch normalisation is folded into the convolutions.
"""

from __future__ import annotations

import itertools

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SIDE = 320
"""Pixels each way of the pictures that the network was trained on, whatever shape the picture had."""

WIDE, NARROW = 64, 16
"""Channels between stages, and within one."""

LEVELS = (7, 6, 5, 4)
"""Layers of the first four stages (RSU-7 to RSU-4 of the paper), each of which halves its map all but twice."""

DILATIONS = (1, 2, 4, 8)
"""Of the layers of the deepest stages (RSU-4F), whose maps are too small to be halved."""


class Block(nn.Module):
    """A residual U-block: down its layers and up again, what was seen on the way down beside what comes up.

    Args:
        channels: of the map that comes in.
        dilations: of the layers on the way down, the deepest last.
        halves: whether the map is halved between layers, all but before the deepest.
    """

    def __init__(self, channels: int, dilations: tuple[int, ...], halves: bool) -> None:
        super().__init__()
        self.halves = halves
        self.enter = _layer(channels, WIDE)
        self.down = nn.ModuleList(
            _layer(WIDE if level == 0 else NARROW, NARROW, dilation) for level, dilation in enumerate(dilations)
        )
        self.up = nn.ModuleList(
            _layer(2 * NARROW, WIDE if level == 0 else NARROW, dilation)
            for level, dilation in reversed(list(enumerate(dilations[:-1])))
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, h, w) to (B, 64, h, w)."""
        x = entered = _convolved(self.enter, x)
        seen = []
        for level, layer in enumerate(self.down):
            if self.halves and 0 < level < len(self.down) - 1:
                x = halved(x)
            x = _convolved(layer, x)
            seen.append(x)
        x = seen.pop()
        for layer in self.up:
            beside = seen.pop()
            x = _convolved(layer, torch.cat([resized(x, beside), beside], 1))
        return x + entered


class U2NetP(nn.Module):
    """Finds what stands out: people, animals, things."""

    def __init__(self) -> None:
        super().__init__()
        halving = [((1,) * (levels - 1) + (2,), True) for levels in LEVELS]
        deepest = (DILATIONS, False)
        inputs = itertools.chain([3], itertools.repeat(WIDE))
        self.down = nn.ModuleList(
            Block(channels, *stage) for channels, stage in zip(inputs, [*halving, deepest, deepest], strict=False)
        )
        self.up = nn.ModuleList(Block(2 * WIDE, *stage) for stage in [deepest, *reversed(halving)])
        self.sides = nn.ModuleList(nn.Conv2d(WIDE, 1, 3, padding=1) for _ in self.down)
        self.fuse = nn.Conv2d(len(self.sides), 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """How likely each pixel is part of the subject, as log-odds.

        Args:
            x: (B, 3, h, w) RGB, of ImageNet's mean and spread; trained on 320 x 320.

        Returns:
            (B, h, w): above 0 where it is more likely than not.
        """
        seen: list[Tensor] = []
        for stage in self.down:
            x = stage(halved(x) if seen else x)
            seen.append(x)
        maps = [seen.pop()]  # from the coarsest to the finest
        for stage in self.up:
            beside = seen.pop()
            maps.append(stage(torch.cat([resized(maps[-1], beside), beside], 1)))
        said = [side(x) for side, x in zip(self.sides, reversed(maps), strict=True)]
        together = torch.cat([resized(each, said[0]) for each in said], 1)  # (B, 6, h, w)
        return self.fuse(together)[:, 0]


def halved(x: Tensor) -> Tensor:
    """The larger of each two by two, odd borders kept."""
    return F.max_pool2d(x, 2, ceil_mode=True)


def resized(x: Tensor, like: Tensor) -> Tensor:
    """A map in the size of another."""
    if x.shape[2:] == like.shape[2:]:
        return x
    return F.interpolate(x, like.shape[2:], mode="bilinear", align_corners=False)


def _layer(channels: int, out: int, dilation: int = 1) -> nn.Conv2d:
    return nn.Conv2d(channels, out, 3, padding=dilation, dilation=dilation)


def _convolved(layer: nn.Module, x: Tensor) -> Tensor:
    return F.relu(layer(x), inplace=True)
