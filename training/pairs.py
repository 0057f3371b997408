"""A batch of pairs, and what is asked of the pictures made of them."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from training.views import Statistics


@dataclass(frozen=True)
class Pairs:
    """B photos with a painting each, and what the judge sees in them.

    Attributes:
        photo: (B, 3, S, S) RGB in [0, 1], in the format the networks compute in.
        painting: (B, 3, T, T); of whole paintings (``--style-from picture``) only the statistics are known.
        own: (B,) bool, true where the photo is its own style; none where no pair is.
        features: (B, 512, S/8, S/8), the photo's relu4_1.
        target: (B, 512, S/8, S/8) float32, what AdaIN makes of them.
        colour: mean and std, each (B, 3), of the painting's RGB.
        style: mean and std, each (B, C), of the painting's relu1_1, relu2_1, relu3_1 and relu4_1.
    """

    photo: Tensor
    painting: Tensor | None
    own: Tensor | None
    features: Tensor
    target: Tensor
    colour: tuple[Tensor, Tensor]
    style: Statistics
