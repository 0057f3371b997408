"""What asks a program to end: Ctrl-C, a kill that can be heard, a terminal that is closed."""

from __future__ import annotations

import signal
import time
from types import FrameType

SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name))
"""Those that this system has."""

SAME_REQUEST = 1.0
"""Seconds in which further signals belong to the first: `timeout` sends one to a process and one to its group."""


class Stop(KeyboardInterrupt):
    """A signal asked the program to end.

    Attributes:
        number: of the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


def heed_stops() -> None:
    """Make each of these signals what Ctrl-C is to Python: a :class:`Stop` in the main thread, so that what is open is
    closed. A second signal ends the process at once.

    A signal stays ignored that the process was started to ignore (nohup, jobs in the background of a script).

    Raises:
        ValueError: called in another than the main thread.
    """
    first: list[float] = []

    def stop(number: int, frame: FrameType | None) -> None:
        if not first:
            first.append(time.monotonic())
            raise Stop(number)
        if time.monotonic() - first[0] > SAME_REQUEST:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)

    for number in SIGNALS:
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, stop)


def ignore_stops() -> None:
    """For a worker process: who started it hears these signals, too, and ends its workers."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def exit_code(stop: KeyboardInterrupt) -> int:
    """How a program ends that was stopped: 128 and the signal's number, as shells say it."""
    return 128 + (stop.number if isinstance(stop, Stop) else signal.SIGINT)
