"""ZeroGPU: a Space's function that needs the GPU says so with a decorator of the `spaces` package, if it is there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def on_gpu(seconds: int) -> Callable[[F], F]:
    """Ask for a GPU for so many seconds a call. Without the `spaces` package it changes nothing.

    On ZeroGPU a call runs in a process of its own: what it remembers ends with it.
    """
    try:
        import spaces  # type: ignore[import-not-found]
    except ImportError:
        return lambda function: function
    return spaces.GPU(duration=seconds)
