from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from pages.inputs import make_inputs


@pytest.fixture(scope="session")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All files that the pages speak of."""
    return make_inputs(tmp_path_factory.mktemp("inputs"))


@pytest.fixture
def folder(inputs: Path, tmp_path: Path) -> Path:
    """A copy of them for one page."""
    return Path(shutil.copytree(inputs, tmp_path / "page"))
