"""What is shipped, built and used as a user gets it: every test here is marked `shipped`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from environments import Environment
from tracked import copy_tracked


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.shipped)


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Environment]:
    """Makes empty environments."""
    return lambda name: Environment(tmp_path_factory.mktemp("shipped") / name)


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as git has it, in a folder without a history."""
    return copy_tracked(tmp_path_factory.mktemp("checkout"))


@pytest.fixture(scope="session")
def distributions(checkout: Path, environment: Callable[[str], Environment]) -> Path:
    """The folder with the sdist, and the wheel that was built from it."""
    builder = environment("build")
    builder.install("build")
    builder.run("python", "-m", "build", "--outdir", builder.folder / "dist", checkout)
    return builder.folder / "dist"
