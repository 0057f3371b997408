"""When a run stops before its last step: a signal (Ctrl-C, a kill that may be heard), or the end of its time."""

from __future__ import annotations

import contextlib
import math
import signal
import time
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.utils import broadcast

from adain_core.system.stopping import SAME_REQUEST, SIGNALS, Stop


class Stopping:
    """A signal ends the run after the step in hand, with a checkpoint; a second one ends it at once.

    To be entered around the steps; afterwards signals are as they were found.

    Args:
        accelerator: knows the other processes.
        deadline: value of `time.monotonic` after which to stop; infinity = never.
    """

    def __init__(self, accelerator: Accelerator, deadline: float) -> None:
        self.accelerator, self.deadline = accelerator, deadline
        self._ordered = math.inf  # when
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
        self._ordered = min(self._ordered, now)
