"""Datasets that the tests share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from dataset_pictures import fill
from PIL import Image


@pytest.fixture(scope="module")
def contents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """20 pictures in three folders, one of them damaged, and a file that is no picture."""
    folder = fill(tmp_path_factory.mktemp("in") / "photos", 20)
    (folder / "class1" / "broken.jpg").write_bytes(b"these are not pixels")
    (folder / "notes.txt").write_text("not a picture")
    return folder


@pytest.fixture(scope="module")
def styles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four style pictures, and one that cannot be read."""
    folder = tmp_path_factory.mktemp("styles") / "paintings"
    folder.mkdir()
    rng = np.random.default_rng(1)
    for i in range(4):
        Image.fromarray(rng.integers(0, 60 + 60 * i, (40, 40, 3)).astype(np.uint8)).save(folder / f"style{i}.png")
    (folder / "torn.jpg").write_bytes(b"neither are these")
    return folder
