"""Every result of one caller, exact, computed in a process of its own.

python -m golden.compute CALLER FILE CODE THREADS        with CODE and tests/ on PYTHONPATH
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import subprocess
import sys
import tempfile
import traceback
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor, set_num_threads

CALLERS = ("library", "lite", "video", "dataset", "nodes")
TESTS = Path(__file__).resolve().parents[1]
ROOT = TESTS.parent


@dataclass(frozen=True)
class Computed:
    """Results by name, and by the case's name why there are none."""

    results: dict[str, Tensor]
    failures: dict[str, str]


def compute(caller: str, file: Path, code: Path = ROOT, threads: int = 1) -> Computed:
    """All results of a caller, by the code of a checkout; they are in the file, too.

    Raises:
        RuntimeError: the code cannot be loaded, or the process was ended.
    """
    code = code.resolve()
    paths = os.pathsep.join([str(code), str(TESTS)])
    command = [sys.executable, "-m", "golden.compute", caller, str(file.resolve()), str(code), str(threads)]
    with tempfile.TemporaryDirectory() as elsewhere:  # -m puts the working folder before PYTHONPATH
        run = subprocess.run(
            command, env={**os.environ, "PYTHONPATH": paths}, cwd=elsewhere, stderr=subprocess.PIPE, text=True
        )
    if run.returncode:
        raise RuntimeError(f"the cases of {caller} ended with {run.returncode}:\n{run.stderr[-4000:]}")
    return read(file)


def read(file: Path) -> Computed:
    """What :func:`compute` wrote."""
    from safetensors import safe_open

    with safe_open(file, "pt") as found:
        results = {name: found.get_tensor(name) for name in found.keys()}  # noqa: SIM118 - it is no dict
        return Computed(results, json.loads(found.metadata()["failures"]))


def main() -> None:
    """Compute and write."""
    caller, file, code, threads = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])
    from safetensors.torch import save_file

    set_num_threads(threads)
    module = importlib.import_module(f".{caller}", __package__)
    results: dict[str, Tensor] = {}
    failures: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as models, contextlib.redirect_stdout(sys.stderr):
        if caller == "nodes":
            module.load(code, Path(models))
        else:
            source = Path(importlib.import_module("adain_core").__file__ or "").resolve()
            if not source.is_relative_to(code):
                raise RuntimeError(f"adain_core was loaded from {source}, not from {code}")
        for name, case in module.CASES.items():
            try:
                results |= case.results(name)
            except Exception:
                failures[name] = traceback.format_exc()
    save_file(results, file, {"failures": json.dumps(failures)})


if __name__ == "__main__":
    main()
