"""Where results go: a file each, or shards. Everything is written whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from ..errors import AdaINError
from ..system.disk import named
from .chunks import Chunk, Draw, Task
from .errors import StoppedError
from .manifest import DONE, FAILED, Row
from .packing import siblings
from .sources.samples import Sample
from .state import JobFolder

Emit = Callable[[list[Row]], None]
"""Takes finished lines of the manifest. Called from several threads."""


class Store(Protocol):
    """Takes results and says when they are on disk."""

    def put(self, chunk: Chunk, task: Task, draw: Draw, data: bytes, sample: Sample) -> None:
        """A result's bytes, and the sample whose fields go along."""
        ...

    def fail(self, chunk: Chunk, task: Task, draw: Draw, error: str) -> None:
        """No result."""
        ...


def row(task: Task, draw: Draw, seed: int, digest: str = "", error: str = "") -> Row:
    """A line of the manifest."""
    return Row(
        source=task.item.key, output=draw.output, style=draw.style, alpha=draw.alpha, seed=seed, sha256=digest,
        status=FAILED if error else DONE, error=error,
    )  # fmt: skip


def write_whole(folder: JobFolder, target: Path, data: bytes) -> None:
    """Write a file under another name and rename it to its place.

    Raises:
        AdaINError: the path is outside of the job's folder.
        StoppedError: the disk is full, or the system says no.
    """
    # By the path's text: a folder of results may be a link to another disk.
    if not Path(os.path.normpath(target)).is_relative_to(os.path.normpath(folder.root)):
        raise AdaINError(
            f"{target} lies outside of the output folder {folder.root}: rename the column or member it is named after"
        )
    temporary = folder.temporary()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(data)
        os.replace(temporary, target)
    except OSError as e:
        temporary.unlink(missing_ok=True)
        reason = named(e, target, len(data)).strerror
        raise StoppedError(f"cannot write {target}: {reason}; what is done is kept: make room, then call again") from e


class Files:
    """A file for each result; the sample's fields beside it, as files with the same stem.

    Args:
        folder: the job's folder.
        seed: of the job.
        emit: takes lines of the manifest.
    """

    def __init__(self, folder: JobFolder, seed: int, emit: Emit) -> None:
        self.folder, self.seed, self.emit = folder, seed, emit

    def put(self, chunk: Chunk, task: Task, draw: Draw, data: bytes, sample: Sample) -> None:
        """Write it, unless it is there already (a lost worker had written it)."""
        target = self.folder.root / draw.name
        for name, content in siblings(draw.name, sample.fields).items():
            write_whole(self.folder, self.folder.root / name, content)
        if target.is_file():
            data = target.read_bytes()
        else:
            write_whole(self.folder, target, data)
        self.emit([row(task, draw, self.seed, hashlib.sha256(data).hexdigest())])

    def fail(self, chunk: Chunk, task: Task, draw: Draw, error: str) -> None:
        """Note it."""
        self.emit([row(task, draw, self.seed, error=error)])


class Shards:
    """One file for each chunk, written when all its results are there; until then they are in memory.

    Args:
        folder: the job's folder.
        seed: of the job.
        emit: takes lines of the manifest.
        pack: makes the shard's bytes of (draw, bytes, sample) in order.
    """

    def __init__(
        self, folder: JobFolder, seed: int, emit: Emit, pack: Callable[[list[tuple[Draw, bytes, Sample]]], bytes]
    ) -> None:
        self.folder, self.seed, self.emit, self.pack = folder, seed, emit, pack
        self._lock = threading.Lock()
        self._open: dict[int, dict[str, tuple[Row, bytes, Sample]]] = {}

    def put(self, chunk: Chunk, task: Task, draw: Draw, data: bytes, sample: Sample) -> None:
        """Keep it until the shard is complete."""
        self._add(chunk, draw, row(task, draw, self.seed, hashlib.sha256(data).hexdigest()), data, sample)

    def fail(self, chunk: Chunk, task: Task, draw: Draw, error: str) -> None:
        """The shard goes without it."""
        self._add(chunk, draw, row(task, draw, self.seed, error=error), b"", Sample(b""))

    def _add(self, chunk: Chunk, draw: Draw, line: Row, data: bytes, sample: Sample) -> None:
        with self._lock:
            kept = self._open.setdefault(chunk.number, {})
            kept[draw.output] = (line, data, sample)
            if len(kept) < chunk.results:
                return
            del self._open[chunk.number]
        draws = [draw for task in chunk.tasks for draw in task.draws]
        lines = [kept[draw.output][0] for draw in draws]
        good = [(draw, *kept[draw.output][1:]) for draw in draws if kept[draw.output][0]["status"] == DONE]
        # The lines first: a shard that is there always has them.
        write_whole(self.folder, self.folder.rows(chunk.shard), "".join(json.dumps(r) + "\n" for r in lines).encode())
        write_whole(self.folder, self.folder.root / chunk.shard, self.pack(good))
        self.emit(lines)
