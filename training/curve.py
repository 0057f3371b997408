"""The curves of training runs in one picture, from the log.jsonl each run keeps.

python -m training.curve curve.png runs/mine runs/other
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import matplotlib
import typer
from matplotlib.figure import Figure

from adain_core.system.atomic_files import replacing
from training.pictures import TrainingError
from training.program import run

PANELS = {
    "content": "content loss on batches",
    "style": "style loss on batches",
    "held_target": "held out: distance to the AdaIN target",
    "held_content": "held out: distance to the photo",
    "held_style": "held out: distance to the style",
}
"""Keys of log.jsonl that are drawn, and what they are; :mod:`training.evaluate` says how the last three are taken."""


def read_log(run: Path) -> list[dict[str, float]]:
    """The lines of a run's log.

    Args:
        run: the run's folder, or a log file.

    Raises:
        TrainingError: no log there, or none that can be read.
    """
    path = run / "log.jsonl" if run.is_dir() else run
    try:
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, ValueError) as e:
        raise TrainingError(f"{path} is no log of a training run ({e}): give a run's folder or its log.jsonl") from e
    if not lines:
        raise TrainingError(f"{path} is empty: the run logged nothing yet")
    return lines


def points(lines: list[dict[str, float]], key: str) -> tuple[list[float], list[float]]:
    """Updates and values of one key, where the log has it."""
    found = [(line["step"], line[key]) for line in lines if key in line]
    return [step for step, _ in found], [value for _, value in found]


def draw(runs: list[Path]) -> Figure:
    """A panel a quantity that any run has, a line a run.

    Raises:
        TrainingError: a log that cannot be read.
    """
    logs = {run.stem if run.is_file() else run.name: read_log(run) for run in runs}
    keys = [key for key in PANELS if any(key in line for lines in logs.values() for line in lines)]
    if not keys:
        raise TrainingError(f"none of {', '.join(PANELS)} in the logs of {', '.join(logs)}: are they of training runs?")
    figure = Figure(figsize=(4.2 * len(keys), 3.4), layout="constrained")
    for axes, key in zip(figure.subplots(1, len(keys), squeeze=False)[0], keys, strict=True):
        for name, lines in logs.items():
            steps, values = points(lines, key)
            axes.plot(steps, values, label=name, linewidth=1.2, marker="o" if len(steps) < 30 else None, markersize=3)
        axes.set_title(PANELS[key], fontsize=9)
        axes.set_xlabel("updates")
        axes.grid(alpha=0.3)
        if len(logs) > 1:
            axes.legend(fontsize=8)
    return figure


def curve(
    out: Annotated[Path, typer.Argument(help="picture to write: .png, .svg or .pdf")],
    runs: Annotated[list[Path], typer.Argument(help="folders of runs, or log files")],
) -> None:
    """Draw the losses of one run or several over their updates."""
    if out.suffix.lower() not in (".png", ".svg", ".pdf"):
        raise TrainingError(f"{out} is no .png, .svg or .pdf: give a name that ends so")
    matplotlib.rcParams["svg.hashsalt"] = "adain"  # the same file for the same curves
    figure = draw(runs)
    kind = out.suffix[1:].lower()
    undated = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(kind)
    with replacing(out) as partial:
        figure.savefig(partial, format=kind, dpi=90, metadata=undated)


def main() -> None:
    """Run the command line."""
    run(curve)


if __name__ == "__main__":
    main()
