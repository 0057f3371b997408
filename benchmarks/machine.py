"""What a figure was measured on, and how: one line that goes with every table."""

from __future__ import annotations

import datetime
import json
import platform
import re
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import torch

from adain_core.system.atomic_files import write_atomically
from training.commit import commit

RESULTS = Path(__file__).parent / "results"
"""Where the last result of each table is kept."""


def describe() -> dict[str, str]:
    """Date, hardware, commit and versions."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [
            line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")
        ]
        cpu = names[0] if names else cpu
    return {
        "date": datetime.date.today().isoformat(),
        "cpu": f"{cpu}, {torch.get_num_threads()} threads",
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else "none",
        "torch": torch.__version__,
        "commit": commit() or "unknown",
    }


def median_seconds(
    functions: Mapping[str, Callable[[], object]], rounds: int, settle: bool = False
) -> dict[str, float]:
    """Median wall time of each function; they take turns, so that a busy moment hits all alike.

    Args:
        functions: what is timed.
        rounds: how often each.
        settle: call each once untimed before it is timed. Threads of a library whose turn is over go on spinning for a
            while and would slow down the one that comes next.
    """
    times: dict[str, list[float]] = {name: [] for name in functions}
    for turn in range(rounds + 1):  # the first round warms up
        for name, function in functions.items():
            if settle:
                function()
            start = time.perf_counter()
            function()
            if turn:
                times[name].append(time.perf_counter() - start)
    return {name: sorted(t)[len(t) // 2] for name, t in times.items()}


def print_table(title: str, rows: Sequence[Mapping[str, object]]) -> None:
    """A Markdown table of equal rows, with the machine under it; the same as JSON in ``benchmarks/results/``."""
    heads = list(rows[0])
    print(f"\n## {title}\n")
    print("| " + " | ".join(heads) + " |")
    print("|" + "---|" * len(heads))
    for row in rows:
        print("| " + " | ".join(f"{v:.3g}" if isinstance(v, float) else str(v) for v in row.values()) + " |")
    machine = describe()
    print("\n" + ", ".join(f"{k} {v}" for k, v in machine.items()))
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{re.sub(r'[^a-z0-9]+', '-', title.lower()).strip('-')}.json"
    told = {"title": title, "machine": machine, "command": sys.argv, "rows": rows}
    write_atomically(path, json.dumps(told, indent=1, default=str).encode() + b"\n")
