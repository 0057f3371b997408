"""What the judge sees in crops: their features and statistics, computed once for crops that come again."""

from __future__ import annotations

import torch
from torch import Tensor

from adain_core.losses import mean_std
from adain_core.vgg import VGGEncoder
from training.style_statistics import LEVELS

Statistics = list[tuple[Tensor, Tensor]]
"""Mean and std, each (B, C), of the RGB picture, relu1_1, relu2_1, relu3_1 and relu4_1."""


class Views:
    """Statistics of all levels of crops, and their features of relu4_1 where they are wanted.

    A crop with a number (:class:`training.data.Batches` with ``views``) is encoded the first time only, by itself, so
    that what is kept does not depend on the batch it came in. Kept on the encoder's device: 8 KB a crop, with
    features 16 C bytes a pixel more (C = 2 in half precision).

    Args:
        encoder: the judge, in the format it computes in.
    """

    def __init__(self, encoder: VGGEncoder) -> None:
        self.encoder = encoder
        self._rows: dict[int, Tensor] = {}  # (2, sum of LEVELS) each
        self._features: dict[int, Tensor] = {}  # (512, S/8, S/8) each

    def look(self, crops: Tensor, views: Tensor, features: bool = False) -> tuple[Statistics, Tensor]:
        """Statistics of crops, and their features.

        Args:
            crops: (B, 3, S, S) in [0, 1], in the judge's format.
            views: (B,) number of each, or -1 throughout: nothing is kept.
            features: whether relu4_1 is wanted, too.

        Returns:
            statistics of five levels, and (B, 512, S/8, S/8), empty if not wanted.
        """
        numbers = views.tolist()
        if numbers[0] < 0:
            rows, found = self._encode(crops)
            return _split(rows), found
        kept = self._features if features else self._rows
        for i, number in enumerate(numbers):
            if number not in kept:
                rows, found = self._encode(crops[i : i + 1])
                self._rows[number] = rows[0]
                if features:
                    self._features[number] = found[0].clone(memory_format=torch.contiguous_format)
        rows = torch.stack([self._rows[number] for number in numbers])
        return _split(rows), torch.stack([kept[number] for number in numbers]) if features else rows.new_empty(0)

    @torch.no_grad()
    def _encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        levels = [x, *self.encoder.taps(x)]
        return torch.cat([torch.stack(mean_std(level), 1) for level in levels], 2), levels[-1]


def own_where(own: Tensor, photo: Statistics, painting: Statistics) -> Statistics:
    """The painting's statistics, or the photo's where it is its own style: own (B,) bool."""
    which = own[:, None]
    return [
        (torch.where(which, a, c), torch.where(which, b, d))
        for (a, b), (c, d) in zip(photo, painting, strict=True)
    ]  # fmt: skip


def _split(rows: Tensor) -> Statistics:
    return [(level[:, 0], level[:, 1]) for level in rows.split(LEVELS, dim=2)]
