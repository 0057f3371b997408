"""The web page of AdaIN style transfer: python demo/app.py, and the file that a Space starts."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE)] if (HERE / "adain_core").is_dir() else [str(HERE), str(HERE.parent)]

import typer  # noqa: E402
from adain_demo.command import demo  # noqa: E402

from adain_core.system.program import start_program  # noqa: E402

if __name__ == "__main__":
    start_program()
    typer.run(demo)
