"""The Space's folder with its own requirements, as Hugging Face starts it: Gradio of the header, then the rest."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import yaml
from environments import Environment
from gradio_client import Client, handle_file
from PIL import Image
from tracked import ROOT


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("space") / "space"
    subprocess.run([sys.executable, str(ROOT / "demo" / "make_space.py"), str(folder)], check=True)
    return folder


def test_the_space_starts_and_paints(space: Path, environment: Callable[[str], Environment], tmp_path: Path) -> None:
    """Its requirements can be resolved together with the Gradio that its header names; its API answers."""
    made = environment("space")
    header = yaml.safe_load((space / "README.md").read_text(encoding="utf-8").split("---")[1])
    made.install(f"gradio[oauth,mcp]=={header['sdk_version']}", "-r", space / "requirements.txt")
    photo = ROOT / "examples" / "chelsea.jpg"
    with made.start("python", space / header["app_file"]) as page:
        client = Client(page.url, verbose=False, download_files=str(tmp_path), analytics_enabled=False)
        file, about = client.predict(photo=handle_file(photo), styles="scream", size=256, api_name="/stylize")
    out = np.asarray(Image.open(file), float)
    assert (about["width"], about["height"]) == (out.shape[1], out.shape[0]) and min(out.shape[:2]) == 256
    assert out.std() > 20
