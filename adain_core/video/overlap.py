"""Work ahead and work behind: reading, network and writing at the same time, with bounded queues between them."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Ahead(Generic[T]):
    """Takes items from an iterable in a thread, a few before they are asked for.

    An error of the iterable is raised where the items are taken. Leaving the `with` block stops the thread.

    Args:
        items: used by the thread alone.
        depth: how many items may wait.
    """

    def __init__(self, items: Iterable[T], depth: int) -> None:
        self._items = items
        self._queue: queue.Queue[tuple[T | None, BaseException | None, bool]] = queue.Queue(depth)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="adain-reader", daemon=True)

    def __enter__(self) -> Iterator[T]:
        self._thread.start()
        return self._take()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _take(self) -> Iterator[T]:
        while True:
            item, error, last = self._queue.get()
            if error is not None:
                raise error
            if last:
                return
            yield item  # type: ignore[misc]

    def _run(self) -> None:
        try:
            for item in self._items:
                if not self._put((item, None, False)):
                    return
            self._put((None, None, True))
        except BaseException as e:
            self._put((None, e, False))

    def _put(self, entry: tuple[T | None, BaseException | None, bool]) -> bool:
        while not self._stop.is_set():
            try:
                self._queue.put(entry, timeout=0.1)
                return True
            except queue.Full:
                continue
        return False


class Behind(Generic[T]):
    """Hands items to a function in a thread, a few at most waiting.

    An error of the function is raised by every :meth:`put` and :meth:`finish` after it; what waits is dropped.

    Args:
        work: called in the thread, item after item.
        depth: how many items may wait.
    """

    def __init__(self, work: Callable[[T], object], depth: int) -> None:
        self._work = work
        self._queue: queue.Queue[tuple[T] | None] = queue.Queue(depth)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="adain-writer", daemon=True)
        self._thread.start()

    def put(self, item: T) -> None:
        """Hand over an item; waits while too many are waiting."""
        self._raise()
        self._queue.put((item,))

    def finish(self) -> None:
        """Wait until all items are done."""
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join()
        self._raise()

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        while (entry := self._queue.get()) is not None:
            if self._error is not None:
                continue
            try:
                self._work(*entry)
            except BaseException as e:
                self._error = e
