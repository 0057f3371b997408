"""Puts together the folder of a Space: python demo/make_space.py space

The result runs by itself (`python space/app.py`) and is what is uploaded: the app, the library, weights, examples.
Its requirements.txt is made from pyproject.toml, so that the bounds stand in one place.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    try:
        import tomli as tomllib
    except ImportError:
        sys.exit("make_space.py reads pyproject.toml and needs tomli before Python 3.11: pip install tomli")

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
IGNORED = shutil.ignore_patterns("__pycache__", "*.pyi", "*.pyc", "*.part")


def requirements() -> list[str]:
    """What the library and videos need; Gradio's version is in the header of README.md."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [*project["dependencies"], *project["optional-dependencies"]["video"]]


def make(target: Path) -> None:
    """Copy everything a Space needs into a folder that does not exist yet."""
    target.mkdir(parents=True)
    for name in ("app.py", "README.md"):
        shutil.copy(HERE / name, target / name)
    (target / "requirements.txt").write_text("".join(f"{line}\n" for line in requirements()), encoding="utf-8")
    shutil.copy(ROOT / "LICENSE", target / "LICENSE")
    shutil.copytree(HERE / "adain_demo", target / "adain_demo", ignore=IGNORED)
    shutil.copytree(ROOT / "adain_core", target / "adain_core", ignore=IGNORED)
    for name in ("weights", "examples"):
        shutil.copytree(ROOT / name, target / "adain_core" / name, ignore=IGNORED, dirs_exist_ok=True)


if __name__ == "__main__":
    if len(sys.argv) != 2 or Path(sys.argv[1]).exists():
        sys.exit("usage: python demo/make_space.py FOLDER (one that does not exist yet)")
    make(Path(sys.argv[1]))
