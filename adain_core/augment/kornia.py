""":class:`RandomStyle` as an augmentation of Kornia, alone or in ``AugmentationSequential``."""

from __future__ import annotations

from typing import Any

import torch
from kornia.augmentation import IntensityAugmentationBase2D
from torch import Tensor

from .random_style import RandomStyle


class StyleAugmentation(IntensityAugmentationBase2D):
    """Paints pictures (B, 3, H, W); boxes, masks and keypoints pass.

    Args:
        style: draws and paints; its ``p`` decides for each sample. Samples are counted: see :meth:`RandomStyle.seek`.
        same_on_batch: one style and strength for the whole batch.
        keepdim: keep a picture without batch (3, H, W) as it is.
    """

    def __init__(self, style: RandomStyle, same_on_batch: bool = False, keepdim: bool = False) -> None:
        super().__init__(p=1.0, same_on_batch=same_on_batch, keepdim=keepdim)
        self.style = style

    def generate_parameters(self, batch_shape: tuple[int, ...]) -> dict[str, Tensor]:
        """The samples' numbers, (B,): by them a call can be repeated, as Kornia does with any parameters."""
        count = batch_shape[0]
        numbers = self.style.draws.take(1) * count if self.same_on_batch else self.style.draws.take(count)
        return {"number": torch.tensor(numbers, device="cpu")}

    def apply_transform(
        self, input: Tensor, params: dict[str, Tensor], flags: dict[str, Any], transform: Tensor | None = None
    ) -> Tensor:
        """Paint a batch."""
        return self.style(input, params["number"])
