"""ComfyUI's memory, progress bar and stop button, as the engine asks for them."""

from __future__ import annotations

import time

import comfy.model_management as mm
import comfy.utils
import torch
from torch import Tensor

from ..adain_core.errors import AdaINError
from .engine.job import Show
from .engine.pictures import as_seen

if hasattr(mm, "intermediate_dtype"):
    picture_dtype = mm.intermediate_dtype
else:  # before ComfyUI 0.18

    def picture_dtype() -> torch.dtype:
        """The format of pictures between nodes."""
        return torch.float32


STEPS = 1000
"""Steps of a progress bar."""


PREVIEW_SIDE = 512
"""Longer side of the pictures beside a progress bar, in pixels."""

PREVIEW_SECONDS = 0.25
"""Between two pictures, and two texts."""


def tell(text: str) -> None:
    """Show a line of text on the node that is running, where a page is open that shows it."""
    from server import PromptServer  # there only in ComfyUI itself

    if (node := PromptServer.instance.last_node_id) is not None:
        PromptServer.instance.send_progress_text(text, node)


def errors_by_their_names() -> None:
    """Let ComfyUI show the library's errors without the long name of the module that it has loaded the pack as."""
    for error in (AdaINError, *AdaINError.__subclasses__()):
        error.__module__ = "builtins"


class ComfyHost:
    """The :class:`~.engine.job.Host` that ComfyUI is."""

    def free_memory(self, device: torch.device) -> int:
        """Bytes that can be taken on a device."""
        return int(mm.get_free_memory(device))

    def out_of_memory(self, error: Exception) -> bool:
        """Whether memory ran out, on a GPU or in main memory.

        Not by ComfyUI's OOM_EXCEPTION, which is any exception at all where torch has no class for it.
        """
        text = str(error).lower()
        told = isinstance(error, RuntimeError) and any(s in text for s in ("out of memory", "allocate memory"))
        if told and hasattr(mm, "is_oom"):
            mm.is_oom(error)  # clears the error that CUDA would report again
        return told or isinstance(error, MemoryError)

    def release_memory(self) -> None:
        """Give back what is cached and not used."""
        mm.soft_empty_cache()

    def check_interrupt(self) -> None:
        """Raise if the user pressed stop."""
        mm.throw_exception_if_processing_interrupted()

    def say(self, text: str) -> None:
        """Show a line of text on the node."""
        tell(text)

    def progress(self) -> Show:
        """A progress bar on the node, with a line of text and a picture of what is painted so far."""
        bar = comfy.utils.ProgressBar(STEPS)
        last = 0.0

        def show(done: float, picture: Tensor | None = None, text: str = "") -> None:
            nonlocal last
            mm.throw_exception_if_processing_interrupted()
            preview = None
            if (picture is not None or text) and (now := time.monotonic()) - last >= PREVIEW_SECONDS:
                last = now
                if text:
                    tell(text)
                if picture is not None:
                    preview = ("JPEG", as_seen(picture), PREVIEW_SIDE)
            bar.update_absolute(round(done * STEPS), preview=preview)

        return show
