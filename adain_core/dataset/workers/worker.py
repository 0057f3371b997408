"""What one worker does: decode, paint and encode at the same time, so that the network does not wait."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from torch import Tensor

from ...errors import AdaINError
from ...pictures.picture import Picture
from ...pictures.reading import open_picture
from ...pictures.writing import encode_picture
from ..chunks import Chunk, Task
from ..job import JobOptions
from ..packing import pack_tar, parquet_packer
from ..sources.samples import Item, Sample, Source
from ..state import JobFolder
from ..storing import Emit, Files, Shards, Store
from ..styles import EncodedStyle, StyleReader, encode
from .painting import LARGE_PIXELS, cells, paint, paint_large, reader, recolored

if TYPE_CHECKING:
    from ...model import AdaIN

BATCH_PIXELS = 1 << 20
"""Pixels a batch may have (300 bytes of memory each): larger pictures go in smaller batches."""

WAITING_PIXELS = 1 << 24
"""Decoded pixels that may wait for others of their size, or for the network (3 bytes each)."""

THREADS = 4
"""Of decoding, and of encoding: Pillow works outside Python's lock."""


@dataclass(frozen=True)
class Assignment:
    """All that a worker needs to know; travels to other processes and machines.

    Attributes:
        root: the output folder.
        options: of the job, with `dtype` resolved.
        source: pictures to paint.
        styles: pictures of styles, if any have to be encoded.
        store: what results are stored in.
        device: to compute on.
        threads: that torch may use; 0 leaves its own choice.
    """

    root: Path
    options: JobOptions
    source: Source
    styles: Source | None
    store: str
    device: str = "auto"
    threads: int = 0


@dataclass
class Timing:
    """Seconds of one worker, as its network saw them.

    Attributes:
        painting: the network at work.
        starved: it waited for decoded pictures.
        blocked: it waited for results to be encoded and written.
        pictures: contents painted.
    """

    painting: float = 0.0
    starved: float = 0.0
    blocked: float = 0.0
    pictures: int = 0


@dataclass(frozen=True, eq=False)
class Ready:
    """A decoded picture."""

    task: Task
    sample: Sample
    picture: Picture

    @property
    def pixels(self) -> int:
        """How many."""
        return self.picture.height * self.picture.width


class Worker:
    """The model, the styles, and the three stages.

    Args:
        assignment: what to do.
    """

    def __init__(self, assignment: Assignment) -> None:
        import torch

        from ...model import AdaIN

        if assignment.threads:
            torch.set_num_threads(assignment.threads)
        self.what = assignment
        self.folder = JobFolder(assignment.root)
        options = assignment.options
        self.model: AdaIN = AdaIN.from_pretrained(options.model, device=assignment.device, dtype=options.dtype)
        self.fit = reader(options.size, options.crop)

    def encode_styles(self, items: Sequence[Item]) -> list[EncodedStyle]:
        """Statistics of some style pictures."""
        source, size = self.what.styles, self.what.options.style_size
        assert source is not None
        return [encode(self.model, source, item, size) for item in items]

    def paint(self, chunks: Iterable[Chunk], emit: Emit, stop: threading.Event | None = None) -> Timing:
        """Make everything that is wanted of these chunks.

        Args:
            chunks: taken one after the other, a little ahead of the network.
            emit: takes lines of the manifest as results reach the disk; called from several threads.
            stop: once it is set the batch at hand is finished, and no other begun.

        Raises:
            StoppedError: results cannot be written.
        """
        styles, store = StyleReader(self.folder.styles), self._store(emit)
        timing = Timing()
        encoding = _Encoding(store, self.what.options)
        decoding = _Decoding(self.what.source, self.fit, 2 * self.what.options.batch)
        with ThreadPoolExecutor(THREADS) as decoders, ThreadPoolExecutor(THREADS) as encoders:
            try:
                for chunk, batch in batches(decoding.run(chunks, decoders, store, timing), self.what.options.batch):
                    if stop is not None and stop.is_set():
                        break
                    self._paint_batch(chunk, batch, styles, encoding, encoders, timing)
                    timing.pictures += len(batch)
                encoding.drain(0)
            finally:
                decoding.stop()
        return timing

    def _paint_batch(
        self,
        chunk: Chunk,
        batch: Sequence[Ready],
        styles: StyleReader,
        encoding: _Encoding,
        encoders: ThreadPoolExecutor,
        timing: Timing,
    ) -> None:
        if not any(draw.wanted for ready in batch for draw in ready.task.draws):
            return
        draws = [ready.task.draws for ready in batch]
        start = time.perf_counter()
        if batch[0].pixels >= LARGE_PIXELS:
            [ready] = batch
            wanted = [(styles[draw.style], draw.alpha) for draw in draws[0]]
            painted = paint_large(self.model, ready.picture, wanted, self.what.options.grain)
        else:
            painted = paint(
                self.model,
                [ready.picture for ready in batch],
                [[styles[draw.style] for draw in each] for each in draws],
                [[draw.alpha for draw in each] for each in draws],
                self.what.options.grain,
            )
        timing.painting += time.perf_counter() - start
        start = time.perf_counter()
        for k, results in enumerate(painted):
            for ready, result in zip(batch, results, strict=True):
                if ready.task.draws[k].wanted:
                    encoding.submit(encoders, chunk, ready, k, result)
        encoding.drain(2 * len(batch) * len(painted))
        timing.blocked += time.perf_counter() - start

    def _store(self, emit: Emit) -> Store:
        what, seed = self.what, self.what.options.seed
        if what.store == "files":
            return Files(self.folder, seed, emit)
        if what.store == "tar":
            return Shards(self.folder, seed, emit, pack_tar)
        return Shards(self.folder, seed, emit, parquet_packer(what.source.schema(), what.source.column))


def batches(stream: Iterable[tuple[Chunk, Ready | None]], limit: int) -> Iterator[tuple[Chunk, list[Ready]]]:
    """Pictures of equal cells, at most `limit` together; which go together depends on the chunk's pictures alone.

    Args:
        stream: decoded pictures in order, and (chunk, None) after the last of each chunk.
        limit: pictures a batch.
    """
    waiting: dict[tuple[int, int], list[Ready]] = {}
    for chunk, ready in stream:
        if ready is None:
            for batch in waiting.values():
                yield chunk, batch
            waiting = {}
            continue
        size = cells(ready.picture)
        batch = waiting.setdefault(size, [])
        batch.append(ready)
        if len(batch) >= limit or (len(batch) + 1) * ready.pixels > BATCH_PIXELS:
            yield chunk, waiting.pop(size)
        elif sum(each.pixels for kept in waiting.values() for each in kept) > WAITING_PIXELS:
            yield chunk, waiting.pop(max(waiting, key=lambda key: len(waiting[key]) * key[0] * key[1]))


class _Decoding:
    """Reads and decodes ahead of the network, in a bounded number of pictures and pixels."""

    def __init__(self, source: Source, fit: Callable[[Picture], Picture], ahead: int) -> None:
        self.source, self.fit = source, fit
        self.queue: queue.Queue[tuple[Chunk, Task | None, Future[Ready] | None] | BaseException | None] = queue.Queue(
            ahead
        )
        self.stopped = threading.Event()
        self.room = threading.Condition()
        self.pixels = 0  # decoded and not taken

    def run(
        self, chunks: Iterable[Chunk], pool: ThreadPoolExecutor, store: Store, timing: Timing
    ) -> Iterator[tuple[Chunk, Ready | None]]:
        """Decoded pictures in order, and a mark after each chunk; bad ones go to `store`."""
        threading.Thread(target=self._feed, args=(chunks, pool), daemon=True).start()
        while True:
            start = time.perf_counter()
            entry = self.queue.get()
            if entry is None:
                return
            if isinstance(entry, BaseException):
                raise entry
            chunk, task, future = entry
            if task is None or future is None:
                yield chunk, None
                continue
            try:
                ready = future.result()
            except (AdaINError, OSError, MemoryError) as e:
                for draw in task.draws:
                    if draw.wanted:
                        store.fail(chunk, task, draw, str(e) or type(e).__name__)
                continue
            finally:
                timing.starved += time.perf_counter() - start
            with self.room:
                self.pixels -= ready.pixels
                self.room.notify()
            yield chunk, ready

    def stop(self) -> None:
        """End the feeding thread, wherever it waits."""
        self.stopped.set()
        with self.room:
            self.room.notify_all()
        while True:  # make room for a put that waits
            try:
                self.queue.get_nowait()
            except queue.Empty:
                return

    def _feed(self, chunks: Iterable[Chunk], pool: ThreadPoolExecutor) -> None:
        try:
            for chunk in chunks:
                for task in chunk.tasks:
                    with self.room:
                        self.room.wait_for(lambda: self.pixels < WAITING_PIXELS or self.stopped.is_set())
                    if self.stopped.is_set():
                        return
                    self.queue.put((chunk, task, pool.submit(self._decode, task)))
                self.queue.put((chunk, None, None))
            self.queue.put(None)
        except BaseException as e:
            self.queue.put(e)

    def _decode(self, task: Task) -> Ready:
        sample = self.source.read(task.item)
        picture = self.fit(open_picture(sample.data, label=task.item.key))
        ready = Ready(task, sample, picture)
        with self.room:
            self.pixels += ready.pixels
        return ready


class _Encoding:
    """Colours, encodes and stores results behind the network, a bounded number at a time."""

    def __init__(self, store: Store, options: JobOptions) -> None:
        self.store, self.options = store, options
        self.pending: list[Future[None]] = []

    def submit(self, pool: ThreadPoolExecutor, chunk: Chunk, ready: Ready, k: int, painted: Tensor) -> None:
        """Hand over a painted picture (3, H, W), padding included."""
        self.pending.append(pool.submit(self._finish, chunk, ready, k, painted))

    def drain(self, left: int) -> None:
        """Wait until at most so many are under way."""
        while len(self.pending) > left:
            self.pending.pop(0).result()

    def _finish(self, chunk: Chunk, ready: Ready, k: int, painted: Tensor) -> None:
        task, picture = ready.task, ready.picture
        draw = task.draws[k]
        try:
            pixels = recolored(painted[None, :, : picture.height, : picture.width], picture, self.options.color)
            suffix = draw.name.rpartition(".")[2].lower()
            data = encode_picture(
                pixels, picture, format=suffix, quality=self.options.quality, metadata=self.options.metadata
            )
        except (AdaINError, MemoryError) as e:
            self.store.fail(chunk, task, draw, str(e) or type(e).__name__)
            return
        self.store.put(chunk, task, draw, data, ready.sample)
