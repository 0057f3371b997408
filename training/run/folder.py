"""The files of a run's folder that tell what was done, so that it can be done again."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from adain_core.system.atomic_files import write_atomically
from training.commit import commit

SETTINGS = ("ACCELERATE_", "OMP_", "MKL_", "CUDA_", "TORCH", "PYTORCH_")  # of the environment, worth noting
PACKAGES = ("torch", "torchvision", "accelerate", "numpy", "pillow", "safetensors")


def write_config(folder: Path, facts: Mapping[str, Any], device: torch.device) -> None:
    """config.json: the facts, and everything else that is needed to do it again."""
    folder.mkdir(parents=True, exist_ok=True)
    about = {
        **facts,
        "command": sys.argv,
        "commit": commit(),
        "packages": {name: importlib.metadata.version(name) for name in PACKAGES},
        "python": platform.python_version(),
        "machine": platform.platform(),
        "device": torch.cuda.get_device_name() if device.type == "cuda" else "cpu",
        "threads": torch.get_num_threads(),
        "environment": {k: v for k, v in os.environ.items() if k.startswith(SETTINGS)},
    }
    write_atomically(folder / "config.json", (json.dumps(about, indent=1) + "\n").encode())


def write_holdout(folder: Path, names: Mapping[str, Sequence[str]]) -> None:
    """holdout.json: names of the pictures set aside, as :func:`training.data.read_holdout` takes them."""
    write_atomically(folder / "holdout.json", (json.dumps(names, indent=0) + "\n").encode())


def write_bad_files(folder: Path, bad: set[str]) -> Path:
    """bad_files.txt: a line for each picture that was passed over."""
    path = folder / "bad_files.txt"
    write_atomically(path, ("\n".join(sorted(bad)) + "\n").encode())
    return path
