"""How far the work is, as the page shows it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import gradio as gr

from .waiting import Waiting


@dataclass
class Bar:
    """A bar over the result. It may go to another process (ZeroGPU): no closure.

    Attributes:
        progress: Gradio's, of the event that is answered.
        after: seconds before it is shown: what is there sooner needs none.
    """

    progress: gr.Progress = field(default_factory=gr.Progress)
    after: float = 0.0
    start: float = field(default_factory=time.monotonic)

    def __call__(self, done: int, total: int) -> None:
        """So many of so many are done."""
        if time.monotonic() - self.start >= self.after:
            self.progress((done, total), unit="")


@dataclass
class Watched:
    """A bar for work that ends when nobody waits for it.

    Attributes:
        waiting: whoever waits.
        bar: is moved.
    """

    waiting: Waiting
    bar: Bar

    def __call__(self, done: int, total: int) -> None:
        """So many of so many are done; errors as for :meth:`Waiting.check`."""
        self.waiting.check(done, total)
        self.bar(done, total)
