"""The folder of a Space holds all it needs, and its header says what is true."""

from __future__ import annotations

import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

pytest.importorskip("gradio")
from adain_core.weights.catalog import DEFAULT_REPO_ID

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]


def parsed(lines: list[str]) -> set[Requirement]:
    """Requirements as pip reads them; InvalidRequirement for a line that it would refuse."""
    return {Requirement(line) for line in lines}


def with_extras() -> list[Requirement]:
    """Everything in pyproject.toml that asks a package for an extra, such as gradio[mcp]."""
    asked = parsed(PROJECT["dependencies"]).union(*(parsed(lines) for lines in EXTRAS.values()))
    return sorted((one for one in asked if one.extras), key=str)


def header() -> dict[str, str]:
    """The single-line entries of the header of demo/README.md."""
    text = (ROOT / "demo" / "README.md").read_text(encoding="utf-8").split("---")[1]
    return dict(line.split(": ", 1) for line in text.splitlines() if ": " in line)


def test_the_header_starts_the_app() -> None:
    lines = header()
    assert lines["sdk"] == "gradio" and (ROOT / "demo" / lines["app_file"]).is_file()
    assert lines["license"] == "mit" and len(lines["short_description"]) <= 60
    assert f"- {DEFAULT_REPO_ID}\n" in (ROOT / "demo" / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a Space, as the command makes it."""
    folder = tmp_path_factory.mktemp("made") / "space"
    subprocess.run([sys.executable, str(ROOT / "demo" / "make_space.py"), str(folder)], check=True)
    return folder


def test_it_installs_what_the_library_and_videos_need(space: Path) -> None:
    """The bounds are those of pyproject.toml, each line one that pip can read."""
    made = parsed((space / "requirements.txt").read_text(encoding="utf-8").splitlines())
    assert made == parsed(PROJECT["dependencies"] + EXTRAS["video"])


def test_its_gradio_is_one_that_the_demo_extra_takes() -> None:
    [gradio] = [one for one in parsed(EXTRAS["demo"]) if one.name == "gradio"]
    assert gradio.specifier.contains(header()["sdk_version"]), f"{header()['sdk_version']} against {gradio}"


NOT_IN_TEST = ("ray", "mkdocstrings")
"""Packages that other extras than `test` bring."""


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(one, id=str(one), marks=[pytest.mark.needs(one.name)] if one.name in NOT_IN_TEST else [])
        for one in with_extras()
    ],
)
def test_every_extra_that_is_asked_for_exists(asked: Requirement) -> None:
    """pip only warns about one that does not, and then installs less than is needed."""
    if asked.name == PROJECT["name"]:
        there = list(EXTRAS)
    else:
        there = metadata.metadata(asked.name).get_all("Provides-Extra") or []
    assert {canonicalize_name(one) for one in asked.extras} <= {canonicalize_name(one) for one in there}


@pytest.mark.slow
def test_the_folder_runs_by_itself(space: Path) -> None:
    """App, library, weights and examples come from there and from nowhere else; `app.py` starts."""
    code = (
        "import runpy, sys; app = runpy.run_path('app.py'); import adain_core, adain_demo, adain_demo.page; "
        "from adain_core.weights.catalog import find; from adain_core.commands.sheet import example_photo; "
        "print(adain_core.__file__, adain_demo.__file__, find('vgg19-decoder'), example_photo().resolve(), sep='\\n')"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], cwd=space, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    paths = [Path(line) for line in done.stdout.split()]
    assert len(paths) == 4 and all(space.resolve() in path.resolve().parents for path in paths), paths


@pytest.mark.parametrize("space", ["somebody/adain", None])
def test_a_space_has_a_button_that_duplicates_it(
    monkeypatch: pytest.MonkeyPatch, service: Any, space: str | None
) -> None:
    """Elsewhere there is nothing to duplicate."""
    import gradio as gr
    from adain_demo.page import build

    for name, value in (("SYSTEM", "spaces"), ("SPACE_ID", space)):
        monkeypatch.setenv(name, value) if value and space else monkeypatch.delenv(name, raising=False)
    buttons = [block for block in build(service).blocks.values() if isinstance(block, gr.DuplicateButton)]
    assert len(buttons) == (space is not None)
