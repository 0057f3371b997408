"""When a run stops before its last step: a signal (Ctrl-C, a kill that may be heard), or the end of its time."""

from __future__ import annotations

import contextlib
import math
import signal
import time
from collections.abc import Iterator
from typing import Any, TypeVar

import torch
from accelerate import Accelerator
from accelerate.utils import broadcast

from adain_core.system.stopping import SAME_REQUEST, SIGNALS, Stop

T = TypeVar("T")


class Interrupted(Exception):
    """The run was told to stop while it waited for a batch: the step in hand is not made."""


class Stopping:
    """A signal ends the run after the step in hand, with a checkpoint; a second one ends it at once.

    A step that waits for its batch is given up, so that a disk that hangs does not hold the run. Of several processes
    none may give up alone: they stop after the step.

    To be entered around the steps; afterwards signals are as they were found.

    Args:
        accelerator: knows the other processes.
        deadline: value of `time.monotonic` after which to stop; infinity = never.
    """

    def __init__(self, accelerator: Accelerator, deadline: float) -> None:
        self.accelerator, self.deadline = accelerator, deadline
        self._ordered, self._waiting = math.inf, False  # when; whether for a batch
        self._old: dict[int, Any] = {}

    def __enter__(self) -> Stopping:
        with contextlib.suppress(ValueError):  # outside the main thread: signals are that one's business
            self._old = {
                number: signal.signal(number, self._order)
                for number in SIGNALS
                if signal.getsignal(number) != signal.SIG_IGN  # nohup
            }
        return self

    def __exit__(self, *exception: object) -> None:
        for number, handler in self._old.items():
            signal.signal(number, handler)

    def watched(self, batches: Iterator[T]) -> Iterator[T]:
        """The batches; the iterator raises :class:`Interrupted` once a signal came before the next one did."""
        return _Watched(self, batches)

    def wait(self, batches: Iterator[T]) -> T:
        """The next batch."""
        self._waiting = self.accelerator.num_processes == 1
        try:
            if self._ordered < math.inf and self._waiting:
                raise Interrupted
            return next(batches)
        finally:
            self._waiting = False

    def now(self) -> bool:
        """Whether to stop after this step: all processes at the same one, the first decides."""
        stop = self._ordered < math.inf or time.monotonic() > self.deadline
        if self.accelerator.num_processes > 1:
            stop = bool(broadcast(torch.tensor(float(stop), device=self.accelerator.device)).item())
        return stop

    def _order(self, number: int, frame: Any) -> None:
        now = time.monotonic()
        if now - self._ordered > SAME_REQUEST:
            raise Stop(number)
        again, self._ordered = self._ordered < math.inf, min(self._ordered, now)
        if self._waiting and not again:
            raise Interrupted


class _Watched(Iterator[T]):
    def __init__(self, stopping: Stopping, batches: Iterator[T]) -> None:
        self.stopping, self.batches = stopping, batches

    def __next__(self) -> T:
        return self.stopping.wait(self.batches)
