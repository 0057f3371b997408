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
        size: bytes of one value.
    """

    def __init__(self, limit: int, size: Callable[[T], int]) -> None:
        self._limit, self._size = limit, size
        self._values: OrderedDict[str, T] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    @property
    def bytes(self) -> int:
        """Bytes of what is kept."""
        return self._bytes

    def get(self, key: str, make: Callable[[], T]) -> T:
        """The value of a key, made and kept if it is not there. What is larger than the limit is not kept."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        value = make()
        with self._lock:
            if key not in self._values and self._size(value) <= self._limit:
                self._values[key] = value
                self._bytes += self._size(value)
                while self._bytes > self._limit:
                    _, old = self._values.popitem(last=False)
                    self._bytes -= self._size(old)
        return value
