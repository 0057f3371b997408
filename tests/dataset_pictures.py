"""Small datasets, and the command on them; nothing is downloaded."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parent.parent
COMMAND = [sys.executable, "-c", "from adain_core.cli import main; main()"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}

MANIFEST = ".adain-manifest.jsonl"

SIZES = ((16, 24), (24, 16), (20, 22), (32, 17), (16, 24), (23, 30))


def photo(number: int, height: int, width: int) -> Image.Image:
    """A window of a real photo, another one for each number."""
    whole = Image.open(ROOT / "examples" / "chelsea.jpg").convert("RGB")
    left, top = (number * 37) % (whole.width - width), (number * 53) % (whole.height - height)
    return whole.crop((left, top, left + width, top + height))


def fill(folder: Path, count: int, start: int = 0) -> Path:
    """A tree of `count` pictures of several sizes and formats."""
    for i in range(count):
        path = folder / f"class{i % 3}" / f"picture{i:03d}.{('png', 'jpg', 'JPEG')[i % 3]}"
        path.parent.mkdir(parents=True, exist_ok=True)
        photo(start + i, *SIZES[i % len(SIZES)]).save(path)
    return folder


def adain(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """The command, as a user runs it."""
    return subprocess.run([*COMMAND, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, env=ENVIRONMENT)


def tree(folder: Path) -> dict[str, str]:
    """SHA-256 of every file of a job that is for users, by path; the manifest is one."""
    files = (p for p in folder.rglob("*") if p.is_file() and (p.name == MANIFEST or ".adain-" not in p.name))
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def manifest(folder: Path) -> list[dict[str, object]]:
    """The lines of a job's manifest."""
    return [json.loads(line) for line in (folder / MANIFEST).read_text().splitlines()]
