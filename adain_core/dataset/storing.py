"""Where results go: a file each, or shards. Everything is written whole or not at all."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
import threading
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from ..errors import AdaINError
from ..system.disk import named
from .chunks import Chunk, Draw, Task
from .errors import StoppedError
from .job import JobFolder
from .manifest import DONE, FAILED, Row
from .sources.samples import Sample

COLUMN = b"adain_column"
"""Key in a Parquet shard's metadata: the column of the results."""

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
    """Write a file in the job's temporary folder and rename it to its place.

    Raises:
        AdaINError: the path is outside of the job's folder.
        StoppedError: the disk is full, or the system says no.
    """
    # By the path's text: a folder of results may be a link to another disk.
    if not Path(os.path.normpath(target)).is_relative_to(os.path.normpath(folder.root)):
        raise AdaINError(
            f"{target} lies outside of the output folder {folder.root}: rename the column or member it is named after"
        )
    temporary = folder.temporary / uuid.uuid4().hex
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        folder.temporary.mkdir(parents=True, exist_ok=True)
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
        write_whole(
            self.folder, rows_file(self.folder, chunk.shard), "".join(json.dumps(r) + "\n" for r in lines).encode()
        )
        write_whole(self.folder, self.folder.root / chunk.shard, self.pack(good))
        self.emit(lines)


def rows_file(folder: JobFolder, shard: str) -> Path:
    """Where the lines of a shard are kept until the manifest has them."""
    return folder.rows / f"{shard}.jsonl"


def siblings(name: str, fields: Mapping[str, Any]) -> dict[str, bytes]:
    """A sample's fields as files: bytes as they are, all other values together as JSON.

    A file with the result's own name, such as a mask x.png beside x.jpg that becomes x.png, is called x.orig.png.

    Args:
        name: of the result.
        fields: by suffix or column.

    Returns:
        Contents by file name; never the result's, in capitals or not (some file systems take both for one).
    """
    stem = name.rpartition(".")[0]
    files = {f"{stem}.{suffix}": value for suffix, value in fields.items() if isinstance(value, bytes)}
    values = {key: value for key, value in fields.items() if not isinstance(value, bytes)}
    if values:
        files[f"{stem}.json"] = json.dumps(values, default=str).encode()
    for taken in [file for file in files if file.lower() == name.lower()]:
        free = f"{stem}.orig{taken.removeprefix(stem)}"
        while free in files:
            free = f"{stem}.orig{free.removeprefix(stem)}"
        files[free] = files.pop(taken)
    return files


def pack_tar(results: list[tuple[Draw, bytes, Sample]]) -> bytes:
    """A tar in the WebDataset layout; the same bytes for the same results (no times, no owner)."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for draw, data, sample in results:
            for name, content in {draw.name: data, **siblings(draw.name, sample.fields)}.items():
                member = tarfile.TarInfo(name)
                member.size, member.mode = len(content), 0o644
                tar.addfile(member, io.BytesIO(content))
    return out.getvalue()


def parquet_packer(schema: Any, column: str) -> Callable[[list[tuple[Draw, bytes, Sample]]], bytes]:
    """Shards that `datasets.load_dataset` opens, with its features where the input had them.

    Args:
        schema: of the input, an Arrow schema; None where fields are files.
        column: of the pictures.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    picture = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    names = [field.name for field in schema] if schema is not None else [column]
    features = json.loads((schema.metadata or {}).get(b"huggingface", b"{}")) if schema is not None else {}
    known = features.get("info", {}).get("features", {})
    told = {**{name: known[name] for name in names if name in known}, column: {"_type": "Image"}}
    own = {COLUMN.decode(): column}
    metadata = {**own, "huggingface": json.dumps({"info": {"features": told}})} if set(told) == set(names) else own

    def pack(results: list[tuple[Draw, bytes, Sample]]) -> bytes:
        rows = [{**sample.fields, column: {"bytes": data, "path": draw.name}} for draw, data, sample in results]
        if schema is None:  # members of a tar: any row may have any
            found = sorted({name for r in rows for name in r} - {column})
            fields = [pa.field(column, picture), *(pa.field(name, pa.binary()) for name in found)]
        else:
            fields = [pa.field(f.name, picture) if f.name == column else f.remove_metadata() for f in schema]
        whole = metadata if schema is not None or len(fields) == 1 else own
        table = pa.Table.from_pylist(rows, schema=pa.schema(fields, metadata=whole))
        out = io.BytesIO()
        pq.write_table(table, out, row_group_size=100, compression="zstd", use_dictionary=False)
        return out.getvalue()

    return pack
