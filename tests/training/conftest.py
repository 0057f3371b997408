"""Small generated photos and paintings, and a trainer that may be called many times in one process."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from adain_core.weights.catalog import find
from training.config import Config, from_recipe

sys.path.insert(0, str(Path(__file__).parent))  # hub_upload_server


@pytest.fixture(scope="session")
def encoder_file() -> Path:
    """The bundled encoder."""
    return find("vgg19")


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve smooth pictures of different sizes."""
    return draw(tmp_path_factory.mktemp("data") / "photos", seed=1, cells=5)


@pytest.fixture(scope="session")
def paintings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve busy pictures of different sizes, one of them in a folder below."""
    return draw(tmp_path_factory.mktemp("data") / "paintings", seed=2, cells=20)


def draw(folder: Path, seed: int, cells: int, count: int = 12) -> Path:
    """`count` random pictures of about 64 pixels."""
    rng = np.random.default_rng(seed)
    (folder / "below").mkdir(parents=True)
    for i in range(count):
        blocks = Image.fromarray(rng.integers(0, 255, (cells, cells, 3), dtype=np.uint8))
        place = folder / "below" if i == 3 else folder
        blocks.resize((64 + 3 * i, 66), Image.Resampling.BICUBIC).save(place / f"{i:02}.png")
    return folder


@pytest.fixture
def drawn(tmp_path: Path):
    """A function that makes a folder of a few pictures: of the same names each time, of what the seed says."""
    return lambda name, seed, count=4: draw(tmp_path / name, seed, cells=20, count=count)


@pytest.fixture
def config(photos: Path, paintings: Path, encoder_file: Path, tmp_path: Path):
    """A function that makes the config of a run of a few steps of two 32-pixel crops."""
    from accelerate.state import AcceleratorState, PartialState

    def make(recipe: str = "paper", **given: object) -> Config:
        AcceleratorState._reset_state(reset_partial_state=True)
        PartialState._reset_state()
        small = {
            "content": photos, "style": paintings, "out": tmp_path / "run", "encoder": str(encoder_file), "cpu": True,
            "crop": 32, "resize": 64, "batch": 2, "workers": 0, "holdout": 2, "steps": 4, "log_every": 1,
            "precision": "no", "init": "random",
        }  # fmt: skip
        return from_recipe(recipe, **{**small, **given})

    torch.manual_seed(0)
    return make
