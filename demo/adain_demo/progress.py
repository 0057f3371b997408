"""How far the work is, as the page shows it."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr


@dataclass
class Bar:
    """A bar over the result. It may go to another process (ZeroGPU): no closure.

    Attributes:
        progress: Gradio's, of the event that is answered.
    """

    progress: gr.Progress

    def __call__(self, done: int, total: int) -> None:
        """So many of so many are done."""
        self.progress((done, total), unit="")
