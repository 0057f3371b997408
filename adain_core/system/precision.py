"""Number formats are those of the model, whatever the caller has switched on around a call."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import torch

_KINDS = ("cpu", "cuda", "mps", "xpu")


@contextmanager
def own_formats() -> Iterator[None]:
    """`torch.autocast` of the caller is off in here: a float32 model stays float32. Also a decorator."""
    with ExitStack() as off:
        for kind in _KINDS:
            if torch.is_autocast_enabled(kind):
                off.enter_context(torch.autocast(kind, enabled=False))
        yield
