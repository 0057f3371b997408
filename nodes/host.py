"""ComfyUI's memory, progress bar and stop button, as the engine asks for them."""

from __future__ import annotations

from collections.abc import Callable

import comfy.model_management as mm
import comfy.utils
import torch

if hasattr(mm, "intermediate_dtype"):
    picture_dtype = mm.intermediate_dtype
else:  # before ComfyUI 0.18

    def picture_dtype() -> torch.dtype:
        """The format of pictures between nodes."""
        return torch.float32


STEPS = 1000
"""Steps of a progress bar."""


def tell(text: str, node: str | None) -> None:
    """Show a line of text on a node, by its id; where there is no page (None), nowhere."""
    if node is not None:
        from server import PromptServer  # there only while ComfyUI serves a page

        PromptServer.instance.send_progress_text(text, node)


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

    def progress(self) -> Callable[[float], None]:
        """A progress bar on the node."""
        bar = comfy.utils.ProgressBar(STEPS)

        def show(done: float) -> None:
            mm.throw_exception_if_processing_interrupted()
            bar.update_absolute(round(done * STEPS))

        return show
