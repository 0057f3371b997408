"""A worker in the calling process: for small jobs, notebooks and debuggers."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from types import TracebackType

import torch

from ...system.device import pick_device
from ..chunks import Chunk
from ..manifest import Row
from ..sources.samples import Item
from ..styles import EncodedStyle
from .local import STYLE_CHUNK
from .worker import Assignment, Timing, Worker


class InlinePool:
    """One worker, without processes. A context manager.

    On a CPU it computes on one core, as every worker does, so that its results are theirs.

    Args:
        assignment: what to do.
    """

    def __init__(self, assignment: Assignment) -> None:
        device = str(pick_device(assignment.device))
        self.timings: list[Timing] = []
        self._assignment = replace(assignment, device=device, threads=1 if device == "cpu" else 0)
        self._threads = torch.get_num_threads()
        self._stop = threading.Event()
        self._painting: threading.Thread | None = None

    def __enter__(self) -> InlinePool:
        """Load the model."""
        self._worker = Worker(self._assignment)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Whatever ended the job, Ctrl-C too: nothing may be written once its manifest is closed and its lock free.
        self._stop.set()
        if self._painting is not None:
            self._painting.join()
        torch.set_num_threads(self._threads)

    def encode_styles(self, items: Sequence[Item]) -> Iterator[list[EncodedStyle]]:
        """Statistics of style pictures, in chunks as they are done."""
        for start in range(0, len(items), STYLE_CHUNK):
            yield self._worker.encode_styles(items[start : start + STYLE_CHUNK])

    def paint(self, chunks: Iterable[Chunk]) -> Iterator[list[Row]]:
        """Lines of the manifest as results reach the disk."""
        found: queue.Queue[list[Row] | BaseException | None] = queue.Queue()

        def work() -> None:
            try:
                self.timings.append(self._worker.paint(chunks, found.put, self._stop))
                found.put(None)
            except BaseException as e:
                found.put(e)

        self._painting = threading.Thread(target=work, daemon=True)
        self._painting.start()
        while True:
            rows = found.get()
            if isinstance(rows, BaseException):
                raise rows
            if rows is None:
                return
            yield rows
