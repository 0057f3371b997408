"""The same job on Ray Data: actors hold the model, on as many machines and GPUs as the cluster has.

Ray hands out chunks, starts actors again that were lost, and bounds what is in flight. The output folder and the
input must lie where every machine sees them.
"""

from __future__ import annotations

import logging
import pickle
import socket
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Any

import numpy as np

from ...errors import AdaINError
from ..chunks import Chunk
from ..errors import StoppedError
from ..manifest import Row
from ..sources.samples import Item
from ..styles import EncodedStyle
from .local import STYLE_CHUNK
from .worker import Assignment, Timing, Worker

LOCAL = "local"
"""Instead of an address: a cluster of this machine alone, for this job."""

CHUNKS_A_RUN = 4096
"""Chunks that are put into the cluster's memory at a time."""


class _Actor:
    """A worker inside a Ray actor: its model is loaded once."""

    def __init__(self, assignment: Assignment) -> None:
        self.worker = Worker(assignment)

    def __call__(self, batch: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Pickled results, one for each pickled task."""
        return {"found": np.array([pickle.dumps(self.work(pickle.loads(task))) for task in batch["task"]], object)}

    def work(self, task: Any) -> Any:
        """What comes back for one task."""
        raise NotImplementedError


class _StyleActor(_Actor):
    def work(self, task: list[Item]) -> list[EncodedStyle]:
        return self.worker.encode_styles(task)


class _PaintActor(_Actor):
    def work(self, task: Chunk) -> list[Row]:
        rows: list[Row] = []
        self.worker.paint([task], rows.extend)
        return rows


class RayPool:
    """Actors of a Ray cluster. A context manager.

    Args:
        assignment: what to do.
        address: of the cluster, or "local".
        workers: actors; when missing one a GPU, or one a CPU core less one where there is no GPU.

    Raises:
        AdaINError: Ray is not installed, or no cluster answers.
    """

    def __init__(self, assignment: Assignment, address: str, workers: int | None = None) -> None:
        try:
            import ray
            import ray.data
        except ImportError as e:
            raise AdaINError("--ray needs Ray: pip install adain-style-transfer[dist]") from e
        self.timings: list[Timing] = []
        self._ray, self._address, self._workers = ray, address, workers
        self._assignment = assignment
        self._own = False

    def __enter__(self) -> RayPool:
        """Join the cluster."""
        if not self._ray.is_initialized():
            try:
                _knock(self._address)
                address = None if self._address == LOCAL else self._address
                self._ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
            except (OSError, ValueError, RuntimeError) as e:
                raise AdaINError(
                    f"no Ray cluster answers at {self._address!r} ({str(e).splitlines()[0]}): start one with "
                    "`ray start --head`, or give --ray local"
                ) from e
            self._own = True
        self._ray.data.DataContext.get_current().enable_progress_bars = False
        logging.getLogger("ray.data").setLevel(logging.ERROR)
        resources = self._ray.cluster_resources()
        gpus = int(resources.get("GPU", 0))
        on_gpu = gpus > 0 and self._assignment.device != "cpu"
        self._count = self._workers or (gpus if on_gpu else max(int(resources.get("CPU", 1)) - 1, 1))
        self._needs: dict[str, Any] = {"num_gpus": min(1.0, gpus / self._count)} if on_gpu else {"num_cpus": 1}
        device = "cuda" if on_gpu else "cpu"  # Ray shows each actor its own GPU only
        self._assignment = replace(self._assignment, device=device, threads=0 if on_gpu else 1)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._own:
            self._ray.shutdown()

    def encode_styles(self, items: Sequence[Item]) -> Iterator[list[EncodedStyle]]:
        """Statistics of style pictures, in chunks as they are done."""
        yield from self._map(_StyleActor, [list(items[i : i + STYLE_CHUNK]) for i in range(0, len(items), STYLE_CHUNK)])

    def paint(self, chunks: Iterable[Chunk]) -> Iterator[list[Row]]:
        """Lines of the manifest, a chunk at a time."""
        some: list[Chunk] = []
        for chunk in chunks:
            some.append(chunk)
            if len(some) == CHUNKS_A_RUN:
                yield from self._map(_PaintActor, some)
                some = []
        if some:
            yield from self._map(_PaintActor, some)

    def _map(self, actor: Callable[..., Any], tasks: Sequence[Any]) -> Iterator[Any]:
        dataset = self._ray.data.from_items(
            [{"task": pickle.dumps(task)} for task in tasks], override_num_blocks=len(tasks)
        ).map_batches(
            actor, batch_size=1, compute=self._ray.data.ActorPoolStrategy(size=min(self._count, len(tasks))),
            fn_constructor_kwargs={"assignment": self._assignment}, **self._needs,
        )  # fmt: skip
        try:
            for row in dataset.iter_rows():
                yield pickle.loads(row["found"])
        except self._ray.exceptions.RayError as e:
            told = [line.partition("StoppedError: ")[2] for line in str(e).splitlines() if "StoppedError: " in line]
            if told:  # a worker's own words
                raise StoppedError(told[0]) from e
            reason = str(e).strip().splitlines()[-1]
            raise StoppedError(f"the Ray job failed: {reason}; what is done is kept, repeat the call to go on") from e


def _knock(address: str) -> None:
    """Raise OSError if nothing listens at "host:port": Ray would wait for minutes, then end this process."""
    host, colon, port = address.rpartition(":")
    if colon and host and "/" not in host and port.isdigit():
        socket.create_connection((host, int(port)), timeout=10).close()
