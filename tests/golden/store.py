"""Values on disk: pictures in 16 bits, other numbers in float32, a few thousand values of each result."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import gcd
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.numpy import save_file
from torch import Tensor

from .case import Promise

HERE = Path(__file__).parent

KEPT = 4096
"""Values of a result that are stored at most: evenly spaced, by a step that has no factor in common with any side."""

STEPS = 65535
"""Of a picture's values: a rounding error of 8e-6, a twelfth of what is promised."""


@dataclass(frozen=True)
class Golden:
    """A stored result.

    Attributes:
        shape: of the result.
        values: some of its values.
        scale: full scale.
    """

    shape: tuple[int, ...]
    values: Tensor
    scale: float

    def broken_by(self, got: Tensor, promise: Promise) -> str:
        """What is wrong with a result; empty if nothing is."""
        if tuple(got.shape) != self.shape:
            return f"the shape is {tuple(got.shape)}, recorded was {self.shape}"
        return promise.broken_by(self.off(got))

    def off(self, got: Tensor) -> Tensor:
        """How far each stored value of a result is off, as a share of full scale."""
        return (thinned(got).double() - self.values).abs() / self.scale


def path_of(caller: str) -> Path:
    """Where a caller's values are."""
    return HERE / f"{caller}.safetensors"


def thinned(x: Tensor) -> Tensor:
    """The values of a result that are stored, (n,)."""
    flat = x.flatten()
    step = -(-flat.numel() // KEPT)
    while gcd(step, flat.numel()) > 1:
        step += 1
    return flat[::step]


def save(caller: str, results: Mapping[str, Tensor]) -> None:
    """Store a caller's results."""
    arrays = {}
    for name, x in results.items():
        kept = thinned(x).double().numpy()
        in_range = kept.min() >= 0 and kept.max() <= 1
        is_picture = x.ndim >= 3 and in_range
        arrays[name] = np.rint(kept * STEPS).astype(np.uint16) if is_picture else kept.astype(np.float32)
    shapes = {name: list(results[name].shape) for name in sorted(results)}
    save_file(dict(sorted(arrays.items())), path_of(caller), {"shapes": json.dumps(shapes)})


def load(caller: str) -> dict[str, Golden]:
    """A caller's stored results."""
    found = {}
    with safe_open(path_of(caller), "numpy") as file:
        shapes = json.loads(file.metadata()["shapes"])
        for name in file.keys():  # noqa: SIM118 - it is no dict
            values = torch.from_numpy(file.get_tensor(name).astype(np.float64))
            is_picture = file.get_slice(name).get_dtype() == "U16"
            scale = 1.0 if is_picture else max(float(values.abs().max()), 1e-12)
            found[name] = Golden(tuple(shapes[name]), values / STEPS if is_picture else values, scale)
    return found
