"""Small real photos, and a RandomStyle that is quick to make."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from adain_core import AdaIN
from adain_core.augment import RandomStyle

Make = Callable[..., RandomStyle]


@pytest.fixture(scope="session")
def lite() -> AdaIN:
    """The small network in float32 on the CPU."""
    return AdaIN.from_pretrained("lite", device="cpu", dtype="float32")


@pytest.fixture(scope="session")
def photos(astronaut: Tensor, coffee: Tensor) -> Tensor:
    """Eight cuttings of two photos, (8, 3, 40, 32)."""
    cuts = [x[:, :, 80 * i : 80 * i + 160, 60 * i : 60 * i + 128] for i in range(4) for x in (astronaut, coffee)]
    return F.interpolate(torch.cat(cuts), (40, 32), mode="area")


@pytest.fixture
def make(lite: AdaIN) -> Make:
    """Makes a RandomStyle of the small network, in float32 and with a fixed seed unless said otherwise."""

    def made(*args: Any, **options: Any) -> RandomStyle:
        return RandomStyle(*args, **{"model": lite, "dtype": "float32", "generator": 5, **options})

    return made
