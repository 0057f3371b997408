"""The progress bar of commands that work through a list."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .outcomes import stopped

if TYPE_CHECKING:
    from ..engine.transfer import Progress


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
    start, done = time.monotonic(), 0
    task = bar.add_task(f"0/{len(jobs)} pictures" if len(jobs) > 1 else "stylizing", total=len(jobs))

    def show(completed: float) -> None:
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
def frame_bar() -> Iterator[Callable[[int, int | None], None]]:
    """A bar on stderr for a video; the callback takes frames done and frames in all, if known."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("frames"),
        TimeRemainingColumn(), console=console, transient=True, disable=not console.is_terminal,
        redirect_stdout=sys.stdout.isatty(),
    )  # fmt: skip
    task = bar.add_task("stylizing", total=None)

    def show(done: int, total: int | None) -> None:
        if not bar.live.is_started:
            bar.start()
        bar.update(task, completed=done, total=total)

    try:
        yield show
    finally:
        if bar.live.is_started:
            bar.stop()
