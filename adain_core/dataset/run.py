"""A whole job, from its beginning or from where it was stopped."""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from ..errors import AdaINError
from ..pictures.reading import open_picture
from ..styles.builtin import save_library
from ..system.device import pick_device, pick_dtype
from ..weights.find import resolve_model
from ..weights.hub import file_sha256
from ..weights.metadata import read_metadata
from .chunks import Chunk, Layout, by_generation
from .companions import copy_companions, find_companions
from .errors import StoppedError
from .job import JobOptions, describe
from .manifest import DONE, FAILED, Manifest, Row, read_rows
from .pairing import draw_styles
from .sources.folder import FolderSource
from .sources.kinds import open_source
from .sources.samples import Item
from .state import JobFolder, check_apart, claim, generations
from .storing import row
from .styles import EncodedStyle, StyleSet, StyleStore, names_builtin
from .workers.worker import Assignment, Timing

Advance = Callable[[int, int], object]
"""Called with results done and results in all."""


class Pool(Protocol):
    """What works: processes here, or machines."""

    timings: list[Timing]

    def encode_styles(self, items: Sequence[Item]) -> Iterator[list[EncodedStyle]]:
        """Statistics of style pictures, as they are done."""
        ...

    def paint(self, chunks: Iterable[Chunk]) -> Iterator[list[Row]]:
        """Lines of the manifest, as results reach the disk."""
        ...


@dataclass
class Report:
    """What became of a job.

    Attributes:
        results: in all.
        made: in this run.
        failed: the lines of the manifest of those that could not be made.
        bad_styles: style pictures that could not be used, and why.
        copied: other files beside the results.
        not_copied: those that could not be, and why.
        seconds: of this run's painting.
        timings: of the workers.
    """

    results: int
    made: int = 0
    failed: list[Row] = field(default_factory=list)
    bad_styles: dict[str, str] = field(default_factory=dict)
    copied: int = 0
    not_copied: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    timings: list[Timing] = field(default_factory=list)


def stylize_dataset(
    content: str | Path,
    styles: str | Path,
    out: str | Path,
    options: JobOptions | None = None,
    *,
    workers: int | None = None,
    device: str = "auto",
    ray: str | None = None,
    column: str | None = None,
    style_column: str | None = None,
    extend: bool = False,
    copy_others: bool = False,
    advance: Advance | None = None,
) -> Report:
    """Paint every picture of a dataset in styles drawn for it. Called again it goes on where it was stopped.

    Args:
        content: folder of pictures; tar shards; Parquet files; "hf:user/name:split".
        styles: "builtin", a built-in style's name, a file of styles, or any dataset of pictures. A folder with a
            built-in style's name goes before it, unless the folder is `out`.
        out: new or empty folder, or that of the same job.
        options: what is done to each picture.
        workers: processes; by default one a CPU core, three a GPU; 0 works in the calling process. On Ray: actors.
            Scripts that start processes need the usual `if __name__ == "__main__":`.
        device: "auto", "cpu", "cuda", "cuda:1", "mps".
        ray: run on Ray: the address of a cluster, or "local" for one of this machine alone; None: processes here.
        column: of the pictures, where they are in a table.
        style_column: the same for styles.
        extend: paint pictures, too, that came since the job began; what is made stays as it is.
        copy_others: copy files of a folder that are no pictures (boxes, captions) to the same places in `out`.
        advance: told of progress.

    Raises:
        AdaINError: arguments that cannot be, or another job's folder.
        StoppedError: a full disk, a worker that died; what is done is kept.
    """
    options = options or JobOptions()
    options.check()
    folder = JobFolder(Path(out).absolute())
    check_apart(folder.root, str(content), None if names_builtin(str(styles), folder.root) else str(styles))
    source = open_source(str(content), column)
    if isinstance(source, FolderSource):
        source.others_go_along = copy_others
    style_set = StyleSet(str(styles), style_column, folder.root)
    style_set.read_by(read_metadata(resolve_model(options.model)[1]).get("encoder", ""))
    groups = source.groups()
    keys = [item.key for group in groups for item in group.items]
    if not keys:
        raise AdaINError(f"no picture in {content}: give a folder, shards or a dataset that has some")
    draw_styles(
        options.seed, "", options.per_picture, len(style_set.names)
    )  # enough styles, before anything is written
    with_dtype = replace(options, dtype=_dtype(options, device, folder))
    layout = Layout(with_dtype, source.kind, [groups])
    others = find_companions(source, layout) if copy_others else {}
    if not folder.began():
        _check_outputs(layout)
    identity = describe(with_dtype, source, layout.store, style_set.names, _model_identity(options))
    begun = claim(folder, identity)
    with _lock(folder):
        listed = generations(folder, keys, extend)
        layout = replace(layout, generations=by_generation(groups, listed))
        _check_outputs(layout)
        folder.drop_temporary()
        assignment = Assignment(folder.root, with_dtype, source, style_set.source, layout.store, device)
        try:
            if listed != folder.listed():
                folder.list_pictures(listed)
            with Manifest(folder.manifest) as manifest:
                report = _run(folder, layout, style_set, assignment, manifest, workers, ray, begun, advance)
            report.copied, report.not_copied = copy_companions(folder, source, others)
            return report
        except OSError as e:
            raise StoppedError(
                f"cannot write in {folder.root}: {e.strerror or e}; what is done is kept: make room, then call again"
            ) from e


def _run(
    folder: JobFolder,
    layout: Layout,
    style_set: StyleSet,
    assignment: Assignment,
    manifest: Manifest,
    workers: int | None,
    ray: str | None,
    begun: bool,
    advance: Advance | None,
) -> Report:
    options = layout.options
    total = len(layout.keys) * options.per_picture
    report = Report(total)
    store = StyleStore(folder)
    last = {line["output"]: line["status"] for line in read_rows(folder.manifest)}
    done = _done(folder, layout, last)
    start = time.perf_counter()
    if len(done) < total:
        with _pool(assignment, workers, ray) as pool:
            _prepare_styles(pool, layout, style_set, store)
            bad = [name for name in style_set.names if name in store.bad]
            if begun:
                for found in _adopt(folder, layout.chunks(style_set.names, bad, done), options.seed):
                    manifest.add([found])
                    done.add(found["output"])
            finished = len(done)
            chunks = layout.chunks(style_set.names, bad, done)
            start = time.perf_counter()
            for rows in pool.paint(chunks):
                manifest.add(rows)
                finished += len(rows)
                report.made += sum(line["status"] == DONE for line in rows)
                if advance is not None:
                    advance(finished, total)
            report.timings = pool.timings
    report.seconds = time.perf_counter() - start
    manifest.sort(output for _, outputs in layout.outputs() for output in outputs)
    folder.drop_rows()
    report.failed = [line for line in read_rows(folder.manifest) if line["status"] == FAILED]
    report.bad_styles = store.bad
    return report


def _prepare_styles(pool: Pool, layout: Layout, style_set: StyleSet, store: StyleStore) -> None:
    """Encode every style that is drawn; draw again for pictures whose style cannot be read."""
    options, names = layout.options, style_set.names
    if style_set.source is None:
        if not store.folder.styles.is_file():
            save_library(dict(style_set.known), store.folder.styles)
        return
    keys = layout.keys
    while True:
        bad = {number for number, name in enumerate(names) if name in store.bad}
        drawn = {n for key in keys for n in draw_styles(options.seed, key, options.per_picture, len(names), bad)}
        missing = [style_set.items[names[n]] for n in sorted(drawn) if names[n] not in store.styles]
        if not missing:
            break
        for encoded in pool.encode_styles(missing):
            store.add(encoded)
    store.close()


def _done(folder: JobFolder, layout: Layout, last: dict[str, str]) -> set[str]:
    """Outputs that need no work: in the manifest and on disk. A shard also counts what failed when it was made."""
    done = set()
    there: dict[str, bool] = {}
    for shard, group, items in layout.pieces():
        for item in items:
            for k in range(layout.options.per_picture):
                name = layout.name(group, item, k)
                output = f"{shard}/{name}" if shard else name
                status = last.get(output)
                if status is None or (status == FAILED and not shard):
                    continue
                file = shard or output
                if file not in there:
                    there[file] = (folder.root / file).is_file()
                if there[file]:
                    done.add(output)
        there.clear()
    return done


def _adopt(folder: JobFolder, chunks: Iterable[Chunk], seed: int) -> Iterator[Row]:
    """Results that reached the disk before a kill, but not the manifest."""
    for chunk in chunks:
        if chunk.shard:
            if (folder.root / chunk.shard).is_file():
                lines = list(read_rows(folder.rows(chunk.shard)))
                if len(lines) == chunk.results:
                    yield from lines
            continue
        for task in chunk.tasks:
            for draw in task.draws:
                path = folder.root / draw.output
                if not draw.wanted or not path.is_file():
                    continue
                data = path.read_bytes()
                try:
                    open_picture(data, whole=True)
                except AdaINError:  # a power cut can leave an empty file, or half of it
                    path.unlink()
                    continue
                yield row(task, draw, seed, hashlib.sha256(data).hexdigest())


def _pool(assignment: Assignment, workers: int | None, ray: str | None) -> AbstractContextManager[Pool]:
    if ray is not None:
        from .workers.on_ray import RayPool

        return RayPool(assignment, ray, workers)
    if workers == 0:
        from .workers.inline import InlinePool

        return InlinePool(assignment)
    from .workers.local import LocalPool

    return LocalPool(assignment, workers)


def _dtype(options: JobOptions, device: str, folder: JobFolder) -> str:
    """The compute format: the one the job began with, so that it can go on where another would be chosen."""
    if options.dtype != "auto":
        return options.dtype
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        return str(json.loads(folder.identity.read_text(encoding="utf-8"))["dtype"])
    return str(pick_dtype("auto", pick_device(device))).removeprefix("torch.")


def _model_identity(options: JobOptions) -> dict[str, str]:
    encoder, decoder = resolve_model(options.model)
    return {"encoder": read_metadata(encoder).get("encoder", ""), "decoder": file_sha256(decoder)[:16]}


def _check_outputs(layout: Layout) -> None:
    """Refuse two pictures with one result."""
    seen: dict[str, str] = {}
    for item, outputs in layout.outputs():
        if outputs[0] in seen:
            raise AdaINError(
                f"{seen[outputs[0]]} and {item.key} would both become {outputs[0]}: leave out --format, or rename one"
            )
        seen[outputs[0]] = item.key


@contextlib.contextmanager
def _lock(folder: JobFolder) -> Iterator[None]:
    """Refuse a second run in the same folder; the system frees the lock of a killed one."""
    from filelock import FileLock, Timeout

    lock = FileLock(folder.lock)
    try:
        lock.acquire(timeout=1)
    except Timeout:
        raise AdaINError(f"another run is at work in {folder.root}: wait for it, or stop it") from None
    try:
        yield
    finally:
        lock.release()
