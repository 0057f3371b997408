"""A cache with a bound in bytes, and a lifetime: what was used least recently goes first, what is old goes anyway."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock, Timer
from typing import Generic, TypeVar

T = TypeVar("T")


class ByteLRU(Generic[T]):
    """Values by content hash. It cannot be listed: a value is found only by whoever has the same content.

    Args:
        limit: bytes that all values together may take.
        size: bytes of one value, which may grow until the next :meth:`trim`.
        seconds: how long a value is kept at most, whether anybody comes or not; None keeps it.
    """

    def __init__(self, limit: int, size: Callable[[T], int], seconds: float | None = None) -> None:
        self._limit, self._size, self._seconds = limit, size, seconds
        self._values: OrderedDict[str, T] = OrderedDict()
        self._made: OrderedDict[str, float] = OrderedDict()  # when, the oldest first
        self._lock = Lock()
        self._timer: Timer | None = None

    @property
    def bytes(self) -> int:
        """Bytes of what is kept."""
        with self._lock:
            return sum(map(self._size, self._values.values()))

    def get(self, key: str, make: Callable[[], T]) -> T:
        """The value of a key, made and kept if it is not there. What is larger than the limit is not kept."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        value = make()
        if self._size(value) <= self._limit:
            with self._lock:
                if key not in self._values:
                    self._values[key], self._made[key] = value, time.monotonic()
                    self._wait()
            self.trim()
        return value

    def trim(self) -> None:
        """Forget what was used least recently until the rest is within the limit."""
        with self._lock:
            left = sum(map(self._size, self._values.values()))
            while left > self._limit:
                key, old = self._values.popitem(last=False)
                del self._made[key]
                left -= self._size(old)

    def _wait(self) -> None:
        """Wake up when the oldest value has been kept for long enough."""
        if self._seconds is not None and self._timer is None and self._made:
            due = next(iter(self._made.values())) + self._seconds
            self._timer = Timer(max(0.0, due - time.monotonic()), self._forget)
            self._timer.daemon = True
            self._timer.start()

    def _forget(self) -> None:
        """Drop what is too old."""
        assert self._seconds is not None
        with self._lock:
            before = time.monotonic() - self._seconds
            for key in [key for key, made in self._made.items() if made <= before]:
                del self._values[key], self._made[key]
            self._timer = None
            self._wait()
