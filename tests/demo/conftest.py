"""The running app, for all tests of the demo. Without Gradio they are skipped, and say so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

if find_spec("playwright") is not None:
    from demo_visitors import browser, desktop, page, phone  # noqa: F401 (fixtures)

if find_spec("gradio") is None:
    collect_ignore_glob = ["test_*.py"]
    print("gradio is not installed: the demo was NOT tested (pip install '.[demo]')")


@pytest.fixture(scope="session")
def service(model: Any) -> Any:
    """What fulfils requests, in float32 as the library's model of the tests."""
    from adain_demo.engine import Engine
    from adain_demo.limits import Limits
    from adain_demo.request import Service

    limits = Limits()
    return Service(limits, Engine(limits, device="cpu", dtype="float32"))


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running app that computes in float32."""
    import os

    os.environ["GRADIO_TEMP_DIR"] = str(tmp_path_factory.mktemp("gradio"))
    from adain_demo.engine import _engines
    from adain_demo.server import launch

    blocks = launch(block=False, device="cpu", dtype="float32", quiet=True)
    yield blocks.local_url.rstrip("/")
    blocks.close()
    for engine in list(_engines.values()):  # a thread that comes out of torch into an ending Python aborts it
        engine.turns.first().__enter__()


@pytest.fixture(scope="session")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Path]:
    """Makes small photos, a different one for each number."""
    folder = tmp_path_factory.mktemp("photos")
    source = Image.open(Path(__file__).parents[2] / "examples" / "chelsea.jpg").convert("RGB")

    def make(number: int, width: int = 96, height: int = 80) -> Path:
        path = folder / f"photo-{number}-{width}x{height}.png"
        if not path.exists():
            left, top = 7 * number % (source.width - width), 11 * number % (source.height - height)
            image = np.asarray(source.crop((left, top, left + width, top + height)))
            Image.fromarray(np.roll(image, number % 3, axis=2)).save(path)
        return path

    return make
