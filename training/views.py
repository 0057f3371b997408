"""What the judge sees in crops: their features and statistics, computed once for crops that come again."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from adain_core.networks.vgg import VGGEncoder
from adain_core.system.atomic_files import replacing
from training.losses import mean_std
from training.style_statistics import LEVELS

Statistics = list[tuple[Tensor, Tensor]]
"""Mean and std, each (B, C), of the RGB picture, relu1_1, relu2_1, relu3_1 and relu4_1."""


class Views:
    """Statistics of all levels of crops of one side (photos or paintings), and their relu4_1.

    A crop with a number (:class:`training.data.Batches` with ``views``) is encoded the first time only, by itself, so
    that what is kept does not depend on the batch it came in. Kept on the encoder's device: 8 KB a crop, and 16 bytes
    a pixel for its features in half precision.

    Args:
        encoder: the judge, in the format it computes in.
        features: whether relu4_1 is wanted, too.
        path: file to go on from, if it is there, and to write in :meth:`save`.
        compile: compile what is done with a crop.
    """

    def __init__(self, encoder: VGGEncoder, features: bool, path: Path | None = None, compile: bool = False) -> None:
        self.encoder, self.features, self.path = encoder, features, path
        self._encode = torch.compile(self._encoded) if compile else self._encoded
        self._kept: dict[int, tuple[Tensor, Tensor]] = {}  # (2, sum of LEVELS) and (512, S/8, S/8), or empty
        if path is not None and path.is_file():
            device = next(encoder.parameters()).device
            stored = {key: tensor.to(device) for key, tensor in load_file(path).items()}
            rows = zip(stored["views"].tolist(), stored["rows"], stored["features"], strict=True)
            self._kept = {number: (row, found) for number, row, found in rows}

    def look(self, crops: Tensor, views: Tensor) -> tuple[Statistics, Tensor]:
        """Statistics of crops, and their features.

        Args:
            crops: (B, 3, S, S) in [0, 1], in the judge's format.
            views: (B,) number of each, or -1: that one is not kept.

        Returns:
            statistics of five levels, and (B, 512, S/8, S/8) or (B, 0).
        """
        numbers = views.tolist()
        if max(numbers) < 0:
            rows, found = self._encode(crops)
        else:
            rows, found = (torch.stack(parts) for parts in zip(*map(self._one, crops.split(1), numbers), strict=True))
        return [(level[:, 0], level[:, 1]) for level in rows.split(LEVELS, dim=2)], found

    def _one(self, crop: Tensor, number: int) -> tuple[Tensor, Tensor]:
        """A crop's statistics and features: kept, or to be kept if it has a number; crop (1, 3, S, S)."""
        if number in self._kept:
            return self._kept[number]
        row, found = self._encode(crop)
        one = row[0], found[0].contiguous()
        if number >= 0:
            self._kept[number] = one
        return one

    def save(self) -> None:
        """Write what is kept, so that a later run with the same crops need not encode them again."""
        if self.path is None or not self._kept:
            return
        rows, found = (torch.stack(parts).cpu() for parts in zip(*self._kept.values(), strict=True))
        with replacing(self.path) as partial:
            save_file({"views": torch.tensor(list(self._kept)), "rows": rows, "features": found}, partial)

    @torch.no_grad()
    def _encoded(self, x: Tensor) -> tuple[Tensor, Tensor]:
        levels = [x, *self.encoder.taps(x)]
        rows = torch.cat([torch.stack(mean_std(level), 1) for level in levels], 2)  # (B, 2, sum of LEVELS)
        return rows, levels[-1] if self.features else rows.new_empty(len(rows), 0)


def own_where(own: Tensor, photo: Statistics, painting: Statistics) -> Statistics:
    """The painting's statistics, or the photo's where it is its own style: own (B,) bool."""
    which = own[:, None]
    return [
        (torch.where(which, a, c), torch.where(which, b, d)) for (a, b), (c, d) in zip(photo, painting, strict=True)
    ]
