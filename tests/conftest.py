"""What many tests share: the bundled model, loaded once, and real photos that scikit-image carries."""

import os
from pathlib import Path

# One thread, in processes that tests start as well: pictures are tiny, and on a machine that does other things too,
# threads that wait for each other burn up to ten times the time that the work takes. What is given from outside stays.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pytest
import torch
from PIL import Image

from adain_core import AdaIN

pytest_plugins = ["skips"]

EXAMPLES = Path(__file__).parent.parent / "examples"


@pytest.fixture(scope="session")
def model() -> AdaIN:
    """The bundled model in float32 on the CPU."""
    return AdaIN.from_pretrained(device="cpu", dtype="float32")


@pytest.fixture(scope="session")
def astronaut() -> torch.Tensor:
    """A real photo, (1, 3, 512, 512) in [0, 1]."""
    return _photo("astronaut")


@pytest.fixture(scope="session")
def coffee() -> torch.Tensor:
    """Another real photo, (1, 3, 400, 600) in [0, 1]."""
    return _photo("coffee")


@pytest.fixture(scope="session")
def photo_file() -> Path:
    """The path of a real photo, 451 x 300."""
    return EXAMPLES / "chelsea.jpg"


def _photo(name: str) -> torch.Tensor:
    pixels = np.asarray(Image.open(EXAMPLES / f"{name}.jpg").convert("RGB"))
    return torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].float() / 255
