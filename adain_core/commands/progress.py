"""The progress of long work: a bar on a terminal, and a line a minute in a log."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import typer

from .outcomes import stopped

if TYPE_CHECKING:
    from ..engine.transfer import Progress


EVERY = 60.0
"""Seconds between two lines."""


class Lines:
    """Lines on a stderr that is no terminal, where a bar says nothing.

    Args:
        noun: what is counted, in the plural.
    """

    def __init__(self, noun: str) -> None:
        self._noun = noun
        self._start = self._last = time.monotonic()

    def __call__(self, done: float, total: float | None, doing: str = "") -> None:
        """Tell how far it is, if it is time to.

        Args:
            done: how many are; a part of one counts.
            total: how many there are, if known.
            doing: what is being done, if there is more than one thing.
        """
        now = time.monotonic()
        if now - self._last < EVERY or sys.stderr.isatty():
            return
        self._last, passed = now, now - self._start
        said = f"{doing and doing + ': '}{done:.0f}{f'/{total:.0f}' if total else ''} {self._noun}"
        if total:
            said += f", {100 * done / total:.0f}%"
        said += f", {_clock(passed)} passed"
        if total and done:
            said += f", about {_clock(passed * (total - done) / done)} left"
        typer.echo(f"adain: {said}", err=True)


def _clock(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds)))


@contextmanager
def progress_bar(jobs: Sequence[object]) -> Iterator[tuple[Callable[[], None], Progress]]:
    """A bar on stderr once the work has taken a second; two callbacks: a picture is done, a tile is done.

    What goes to a standard output that is no terminal stays there: rich would print it above the bar, on stderr.
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"), TimeRemainingColumn(),
        console=Console(stderr=True), transient=True, redirect_stdout=sys.stdout.isatty(),
    )  # fmt: skip
    start, done, lines = time.monotonic(), 0, Lines("pictures")
    task = bar.add_task(f"0/{len(jobs)} pictures" if len(jobs) > 1 else "stylizing", total=len(jobs))

    def show(completed: float) -> None:
        lines(completed, len(jobs))
        if not bar.live.is_started and time.monotonic() - start > 1:
            bar.start()
        label = f"{done}/{len(jobs)} pictures" if len(jobs) > 1 else "stylizing"
        bar.update(task, completed=completed, description=label)

    def advance() -> None:
        nonlocal done
        done += 1
        show(done)

    try:
        yield advance, lambda tiles, total: show(done + tiles / total)
    except KeyboardInterrupt as stop:
        stopped(stop, "finished pictures are kept, nothing is half written")
    finally:
        if bar.live.is_started:
            bar.stop()


@contextmanager
def frame_bar() -> Iterator[Callable[[str, int, int | None], None]]:
    """A bar on stderr for videos; the callback takes what is being done, frames done, and frames in all, if known."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("frames"),
        TimeRemainingColumn(), console=console, transient=True, disable=not console.is_terminal,
        redirect_stdout=sys.stdout.isatty(),
    )  # fmt: skip
    task = bar.add_task("stylizing", total=None)
    now, lines = "", Lines("frames")

    def show(doing: str, done: int, total: int | None) -> None:
        nonlocal now, lines
        if doing != now:  # another video: its time left is its own
            now, lines = doing, Lines("frames")
            bar.reset(task, description=doing)
        lines(done, total, doing)
        if not bar.live.is_started:
            bar.start()
        bar.update(task, completed=done, total=total)

    try:
        yield show
    finally:
        if bar.live.is_started:
            bar.stop()
