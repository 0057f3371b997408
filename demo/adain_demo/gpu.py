"""ZeroGPU: a Space's function that needs the GPU says so with a decorator of the `spaces` package, if it is there.

There a call runs in a copy of this process, which alone has the GPU: arguments and answers are pickled on the way, and
what it remembers ends with it. `spaces` lets only Gradio's own errors through: ours come back as values.
"""

from __future__ import annotations

import functools
import gc
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from adain_core.errors import AdaINError

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class _Raised:
    """What a call raised instead of an answer."""

    error: Exception


def zero_gpu() -> bool:
    """Whether this is a ZeroGPU Space, as the `spaces` package tells it."""
    return os.environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "t", "true")


def on_gpu(seconds: int) -> Callable[[F], F]:
    """Ask for a GPU for so many seconds a call. Without the `spaces` package it changes nothing."""
    try:
        import spaces
    except ImportError:
        return lambda function: function

    def decorate(function: F) -> F:
        @functools.wraps(function)
        def there(*args: Any) -> Any:
            try:
                return function(*args)
            except (AdaINError, MemoryError) as e:
                return _Raised(e)

        asked = spaces.GPU(duration=seconds)(there)

        @functools.wraps(function)
        def here(*args: Any) -> Any:
            answer = asked(*args)
            if isinstance(answer, _Raised):
                raise answer.error
            return answer

        return cast("F", here)

    return decorate


if zero_gpu():
    # The copy must not tidy up for the original: freeing FFmpeg's decoders there waits for threads that it has not.
    os.register_at_fork(after_in_child=gc.freeze)
