"""Grain in the flat parts of training photos, as the engine lays it over what an encoder is given.

A network that has not seen it takes it for what it is, noise, and gives it back; one that has makes strokes of it.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from adain_core.engine.grain import AUTO, FULL, LOUDEST, Amount, GrainSource, StillNoise
from adain_core.tiles.sources import TensorSource

SIDES = (200, 1000)
"""Shorter sides in pixels of the pictures that a crop may be of: the noise's scale follows them."""


def with_grain(crop: Tensor, rng: np.random.Generator) -> Tensor:
    """Lay grain over a crop: what ``grain="auto"`` does, or a number from 0 to 1, one as often as the other.

    Args:
        crop: (3, H, W) uint8.
        rng: decides amount, scale and noise.

    Returns:
        (3, H, W) uint8; equal to the crop where nothing is flat.
    """
    amount = AUTO if rng.random() < 0.5 else Amount(FULL * float(rng.random()), LOUDEST)
    side, seed = int(rng.integers(*SIDES)), int(rng.integers(1 << 31))
    _, height, width = crop.shape
    source = GrainSource(TensorSource(crop[None].float() / 255), amount, StillNoise(side, side, seed))
    return (source.crop(0, height, 0, width)[0] * 255).round().to(torch.uint8)
