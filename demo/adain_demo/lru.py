"""A cache with a bound in bytes: what was used least recently goes first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class ByteLRU(Generic[T]):
    """Values by content hash. It cannot be listed: a value is found only by whoever has the same content.

    Args:
        limit: bytes that all values together may take.
        size: bytes of one value, which may grow until the next :meth:`trim`.
    """

    def __init__(self, limit: int, size: Callable[[T], int]) -> None:
        self._limit, self._size = limit, size
        self._values: OrderedDict[str, T] = OrderedDict()
        self._lock = Lock()

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
                self._values.setdefault(key, value)
            self.trim()
        return value

    def trim(self) -> None:
        """Forget what was used least recently until the rest is within the limit."""
        with self._lock:
            left = sum(map(self._size, self._values.values()))
            while left > self._limit:
                _, old = self._values.popitem(last=False)
                left -= self._size(old)
