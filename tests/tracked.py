"""What git tracks of the project (or would, once it is committed), and what of it goes into ComfyUI's registry."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from pathspec import PathSpec

ROOT = Path(__file__).parents[1]


def tracked() -> list[str]:
    """Paths from the project's root. Skips the test, loudly, where there is no git checkout."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True
    )
    if listed.returncode != 0:
        pytest.skip("not a git checkout: what is shipped was NOT checked")
    return sorted(name for name in listed.stdout.splitlines() if (ROOT / name).is_file())


def archived() -> list[str]:
    """What `comfy node pack` would put into the registry's archive: tracked, and not in .comfyignore."""
    lines = (ROOT / ".comfyignore").read_text(encoding="utf-8").splitlines()
    ignored = PathSpec.from_lines("gitwildmatch", [x for x in lines if x.strip() and not x.startswith("#")])
    return [name for name in tracked() if not ignored.match_file(name)]


def copy_tracked(folder: Path, names: list[str] | None = None) -> Path:
    """Copy these files (all that git tracks, if not said) into a folder, and return it."""
    for name in tracked() if names is None else names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    return folder
