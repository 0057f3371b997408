"""All that changes during a run, but for the weights."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from accelerate import Accelerator
from torch import Tensor


@dataclass
class Progress:
    """Where a run is, and what has been counted since its last line in the log.

    Attributes:
        step: updates made.
        best: the lowest held-out loss.
        bad: pictures that were passed over, a line each.
        warned: whether grey pictures were warned of.
        sums: losses added up over the batches since the last line, on the device: reading a number would wait for it.
        batches: how many these are.
        waited: seconds in which there was no batch.
        since: when these batches began.
    """

    step: int = 0
    best: float = math.inf
    bad: set[str] = field(default_factory=set)
    warned: bool = False
    sums: dict[str, Tensor] = field(default_factory=dict)
    batches: int = 0
    waited: float = 0.0
    since: float = field(default_factory=time.monotonic)

    @contextlib.contextmanager
    def waiting(self) -> Iterator[None]:
        """Around what gets a batch."""
        start = time.monotonic()
        yield
        self.waited += time.monotonic() - start

    def add(self, terms: Mapping[str, Tensor]) -> None:
        """Count a batch with these losses, scalars."""
        for name, value in terms.items():
            self.sums[name] = self.sums.get(name, 0.0) + value.detach().float()
        self.batches += 1

    def means(self, accelerator: Accelerator) -> dict[str, float]:
        """Mean losses of a batch, over all processes."""
        return {name: float(accelerator.reduce(total, "mean")) / self.batches for name, total in self.sums.items()}

    def speed(self, pairs: int) -> dict[str, float]:
        """Figures of time, for batches of so many pairs in all processes together."""
        seconds = time.monotonic() - self.since
        return {"pairs_per_second": pairs * self.batches / seconds, "waited_for_data": self.waited / seconds}

    def begin_line(self) -> None:
        """Count from 0."""
        self.sums, self.batches, self.waited = {}, 0, 0.0
        self.restart_clock()

    def restart_clock(self) -> None:
        """What was done until now does not count as time of updates."""
        self.since = time.monotonic()
