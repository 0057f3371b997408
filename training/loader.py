"""Processes that prepare batches ahead, and how batches come from them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from adain_core.errors import AdaINError
from training.data import Batches
from training.pictures import TrainingError

SHARED = Path("/dev/shm")
"""Where Linux keeps memory that processes share: 64 MB in a container, if nothing else is asked for."""

LEFT = 16 << 20
"""Bytes of it that are left to others, such as GPUs that talk to each other."""


def batch_loader(batches: Batches, numbers: range, *, workers: int, pin: bool) -> Loader:
    """The batches of these numbers in order, prepared ahead by `workers` processes (0: in this one)."""
    return Loader(batches, numbers, workers, pin)


class Loader:
    """The batches of some numbers in order.

    Args:
        batches: to take them from.
        numbers: of the batches.
        workers: processes that prepare them ahead; 0: this one does.
        pin: copy them to where a GPU can take them from at any time.
    """

    def __init__(self, batches: Batches, numbers: range, workers: int, pin: bool) -> None:
        ahead: dict[str, Any] = {"prefetch_factor": 4, "worker_init_fn": _own_session} if workers else {}
        ahead["collate_fn"] = _as_they_are
        source = _Sent(batches) if workers else batches
        self._inner: DataLoader[Any] = DataLoader(
            source, batch_size=None, sampler=numbers, num_workers=workers, pin_memory=pin, **ahead
        )

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Start the processes.

        Raises:
            TrainingError: by the iterator, with what a process said that could not go on.
        """
        return map(_received, iter(self._inner))


@contextmanager
def telling_of_dead_workers() -> Iterator[None]:
    """Around all work with batches of a loader: what became of a process is learned at any time.

    Raises:
        TrainingError: a process died.
    """
    try:
        yield
    except RuntimeError as e:
        said = str(e).partition("\n")[0]
        if "DataLoader worker" not in said or not ("killed by signal" in said or "exited unexpectedly" in said):
            raise
        raise TrainingError(
            f"a process that prepares batches died ({said.rstrip('.')}): memory may have run out, fewer --workers need "
            "less; the same command goes on from the last checkpoint"
        ) from e


class _Sent(Dataset[dict[str, Any]]):
    """Batches as a process sends them: in shared memory while there is room, else as plain bytes.

    Without room torch says so in a thread of its own, after which the batch never comes.
    """

    def __init__(self, batches: Batches) -> None:
        self.batches = batches

    def __getitem__(self, k: int) -> dict[str, Any]:
        try:
            batch = self.batches[k]
        except AdaINError as e:
            return {"error": str(e)}  # the loader would wrap it in pages of traceback
        return {name: _sent(value) if isinstance(value, Tensor) else value for name, value in batch.items()}


def _sent(tensor: Tensor) -> Tensor | np.ndarray:
    if shared_memory_free() - tensor.nbytes > LEFT:
        try:
            return tensor.share_memory_()
        except RuntimeError:  # others took it meanwhile
            pass
    return tensor.numpy()


def _as_they_are(batch: dict[str, Any]) -> dict[str, Any]:
    """Else the loader makes tensors of what is meant to travel as bytes."""
    return batch


def _received(batch: dict[str, Any]) -> dict[str, Any]:
    if "error" in batch:
        raise TrainingError(batch["error"])
    return {name: torch.from_numpy(v) if isinstance(v, np.ndarray) else v for name, v in batch.items()}


def shared_memory_free() -> float:
    """Bytes that processes may still share; infinity where no size is set for it."""
    return shutil.disk_usage(SHARED).free if SHARED.is_dir() else float("inf")


def _own_session(worker: int) -> None:
    """Keep signals meant for the run from its workers: `timeout` and Ctrl-C send them to the whole group.

    A worker that a signal ends takes the run with it, in the middle of a step. Workers of a run that is gone end by
    themselves.
    """
    if hasattr(os, "setsid"):  # POSIX
        os.setsid()
