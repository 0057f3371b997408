"""The wheel, built from the sdist and installed by pip into an empty environment: the command, the page."""

from __future__ import annotations

import json
import shutil
import tarfile
import urllib.request
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from environments import Environment
from PIL import Image
from tracked import ROOT


@pytest.fixture(scope="module")
def wheel(distributions: Path) -> Path:
    [found] = distributions.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, environment: Callable[[str], Environment]) -> Environment:
    made = environment("wheel")
    made.install(wheel)
    shutil.copy(ROOT / "examples" / "chelsea.jpg", made.work / "photo.jpg")
    return made


def test_the_sdist_builds_the_wheel_and_holds_what_its_readme_shows(distributions: Path, wheel: Path) -> None:
    [sdist] = distributions.glob("*.tar.gz")
    with tarfile.open(sdist) as tar:
        names = {name.split("/", 1)[1] for name in tar.getnames() if "/" in name}
    assert {"pyproject.toml", "README.md", "LICENSE", "adain_core/__init__.py", "weights/index.json"} <= names
    assert wheel.stat().st_size < 25e6


def test_the_command_stylizes(installed: Environment) -> None:
    """Another picture than the photo, of its size, with nothing but the wheel and what it asks for."""
    told = installed.run("adain", "stylize", "photo.jpg", "--style", "starry-night", "--json", "-o", "out.png").stdout
    assert json.loads(told)["output"] == "out.png"
    photo, out = (np.asarray(Image.open(installed.work / name), float) for name in ("photo.jpg", "out.png"))
    assert out.shape == photo.shape and np.abs(out - photo).mean() > 10


def test_the_command_lists_styles_and_says_what_is_installed(installed: Environment) -> None:
    assert "starry-night" in installed.run("adain", "styles").stdout
    assert "vgg19" in installed.run("adain", "info").stdout


def test_parts_that_need_an_extra_say_which(installed: Environment) -> None:
    """In one line, with exit code 2."""
    for command, extra in ((["demo"], "demo"), (["video", "photo.jpg", "-s", "scream", "-o", "out.mp4"], "video")):
        said = installed.run("adain", *command, code=2).stderr
        assert f"adain-style-transfer[{extra}]" in said and len(said.strip().splitlines()) == 1


def test_the_page_starts(wheel: Path, installed: Environment) -> None:
    """With the extra `demo`."""
    installed.install(f"{wheel}[demo]")
    with installed.start("adain", "demo") as page, urllib.request.urlopen(page.url, timeout=60) as answer:
        assert answer.status == 200 and "AdaIN" in answer.read().decode()
