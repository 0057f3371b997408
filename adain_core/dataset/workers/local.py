"""Workers as processes of this machine, each with the model, fed through a pipe of its own."""

from __future__ import annotations

import multiprocessing
import os
import queue
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Any

from ...errors import AdaINError, warnings_in_one_line
from ...system.allocator import keep_freed_memory
from ...system.device import pick_device
from ...system.stopping import ignore_stops
from ..chunks import Chunk
from ..errors import StoppedError
from ..manifest import Row
from ..sources.samples import Item
from ..styles import EncodedStyle
from .worker import Assignment, Timing, Worker

AHEAD = 2
"""Chunks a worker has at a time: one that it paints, one that it reads."""

STYLE_CHUNK = 16
"""Style pictures a worker takes at a time."""


def devices(device: str, workers: int | None) -> list[str]:
    """The device of each worker.

    Args:
        device: "auto", "cpu", "cuda" (all GPUs in turn), "cuda:1" ...
        workers: how many; when missing one a CPU core, three a GPU (they fill each other's pauses), one on MPS.

    Raises:
        AdaINError: no such device, or less than one worker.
    """
    import torch

    if workers is not None and workers < 1:
        raise AdaINError(f"workers is {workers}: give 1 or more, or 0 to work in this process")
    picked = pick_device(device)
    if picked.type == "cuda" and picked.index is None:
        gpus = torch.cuda.device_count()
        return [f"cuda:{i % gpus}" for i in range(workers or 3 * gpus)]
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return [str(picked)] * (workers or {"cpu": cores, "cuda": 3}.get(picked.type, 1))


class LocalPool:
    """Processes that encode styles, then paint. A context manager.

    A worker on a CPU computes on one core: so results do not depend on how many there are, and no time goes into
    cutting single pictures up.

    Args:
        assignment: what to do.
        workers: how many; see :func:`devices`.
    """

    def __init__(self, assignment: Assignment, workers: int | None = None) -> None:
        self.timings: list[Timing] = []
        self._plans = [
            replace(assignment, device=device, threads=1 if device == "cpu" else 0)
            for device in devices(assignment.device, workers)
        ]
        self._processes: list[Any] = []
        self._pipes: list[Connection] = []

    def __enter__(self) -> LocalPool:
        """Start them."""
        context = multiprocessing.get_context("spawn")  # CUDA does not survive a fork
        for plan in self._plans:
            ours, theirs = context.Pipe()
            process = context.Process(target=serve, args=(theirs, plan), daemon=True)
            process.start()
            theirs.close()
            self._processes.append(process)
            self._pipes.append(ours)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._processes:
            if kind is not None:
                process.kill()  # nothing is half written: files are renamed into place
            process.join()

    def encode_styles(self, items: Sequence[Item]) -> Iterator[list[EncodedStyle]]:
        """Statistics of style pictures, in chunks as they are done."""
        chunks = [list(items[i : i + STYLE_CHUNK]) for i in range(0, len(items), STYLE_CHUNK)]
        yield from self._drive(iter(chunks), lambda chunk: len(chunk))

    def paint(self, chunks: Iterable[Chunk]) -> Iterator[list[Row]]:
        """Lines of the manifest as results reach the disk. The last call: the workers end."""
        for pipe in self._pipes:
            _send(pipe, None)  # no more styles
        yield from self._drive(iter(chunks), lambda chunk: wanted(chunk))
        for number, pipe in enumerate(self._pipes):
            _send(pipe, None)
            self.timings.append(self._receive(number))

    def _drive(self, tasks: Iterator[Any], answers: Callable[[Any], int]) -> Iterator[list[Any]]:
        """Hand out tasks, `AHEAD` a worker, and yield what comes back.

        Args:
            tasks: to hand out.
            answers: how many entries come back for one.
        """
        open_tasks: list[list[int]] = [[] for _ in self._pipes]  # entries that are still to come, a task
        more = True
        while True:
            # One more for each in turn: the first worker must not take all of a short list.
            for depth in range(AHEAD):
                for number, pipe in enumerate(self._pipes):
                    if more and len(open_tasks[number]) <= depth:
                        task = next(tasks, None)
                        if task is None:
                            more = False
                            break
                        open_tasks[number].append(answers(task))
                        _send(pipe, task)
            if not any(open_tasks):
                return
            for ready in wait([*self._pipes, *(process.sentinel for process in self._processes)]):
                if ready in self._pipes:
                    number = self._pipes.index(ready)
                    found = self._receive(number)
                    left = len(found)
                    while left and open_tasks[number]:
                        taken = min(left, open_tasks[number][0])
                        open_tasks[number][0] -= taken
                        left -= taken
                        if not open_tasks[number][0]:
                            open_tasks[number].pop(0)
                    yield found
                else:
                    self._check_alive()

    def _receive(self, number: int) -> Any:
        try:
            found = self._pipes[number].recv()
        except (EOFError, OSError):
            self._processes[number].join(5)
            raise StoppedError(_death(self._processes[number].exitcode)) from None
        if isinstance(found, AdaINError):
            raise found
        return found

    def _check_alive(self) -> None:
        for number, process in enumerate(self._processes):
            if process.exitcode is not None:
                while self._pipes[number].poll():  # what it said before
                    self._receive(number)
                raise StoppedError(_death(process.exitcode))


def wanted(chunk: Chunk) -> int:
    """Results that are to be made of a chunk."""
    return sum(draw.wanted for task in chunk.tasks for draw in task.draws)


def serve(pipe: Connection, assignment: Assignment) -> None:
    """A worker process: chunks of styles until None comes, then chunks of pictures until None comes."""
    ignore_stops()  # Ctrl-C, or the kill of a group, is for the parent, which ends its workers
    threading.Thread(target=_die_with_parent, daemon=True).start()
    keep_freed_memory()
    with warnings_in_one_line():
        _serve(pipe, assignment)


def _serve(pipe: Connection, assignment: Assignment) -> None:
    lock = threading.Lock()

    def say(what: object) -> None:
        with lock:
            pipe.send(what)

    try:
        worker = Worker(assignment)
        inbox: queue.Queue[Any] = queue.Queue()  # the pipe is emptied at once, so that neither end ever waits to send
        threading.Thread(target=_receive_all, args=(pipe, inbox), daemon=True).start()
        for chunk in iter(inbox.get, None):
            say(worker.encode_styles(chunk))
        say(worker.paint(iter(inbox.get, None), say))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        os._exit(1)
    except AdaINError as e:
        say(e)
    except Exception as e:  # whatever it is, it must reach the user in words
        import traceback

        traceback.print_exc()
        say(StoppedError(f"a worker failed with {type(e).__name__}: {str(e).splitlines()[0] if str(e) else ''}"))


def _receive_all(pipe: Connection, inbox: queue.Queue[Any]) -> None:
    try:
        for _ in range(2):
            for message in iter(pipe.recv, None):
                inbox.put(message)
            inbox.put(None)
    except (EOFError, OSError):
        os._exit(1)  # the parent is gone


def _die_with_parent() -> None:
    """A worker whose parent was killed must not go on writing beside the job that takes over."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)


def _send(pipe: Connection, what: object) -> None:
    try:
        pipe.send(what)
    except OSError as e:
        raise StoppedError(_death(None)) from e


def _death(code: int | None) -> str:
    how = f"was killed by signal {-code}" if code is not None and code < 0 else f"ended (exit code {code})"
    return (
        f"a worker {how}: memory may have run out (fewer --workers or a smaller --batch need less); what is done is "
        "kept, repeat the call to go on"
    )
