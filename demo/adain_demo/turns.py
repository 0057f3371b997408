"""Who has the processor: a picture that a visitor asked for, or what is painted in the background."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition


class Turns:
    """One thing is computed at a time: two at once would only take turns on the processor."""

    def __init__(self) -> None:
        self._state = Condition()
        self._taken, self._asked = False, 0

    @contextmanager
    def first(self) -> Iterator[None]:
        """A turn as soon as the one that runs has ended."""
        with self._state:
            self._asked += 1
            try:
                self._state.wait_for(lambda: not self._taken)
            finally:
                self._asked -= 1
            self._taken = True
        try:
            yield
        finally:
            self._end()

    @contextmanager
    def behind(self) -> Iterator[bool]:
        """A turn if nobody else has or wants one; whether there is one. To be kept short: nobody can end it."""
        with self._state:
            free = not self._taken and not self._asked
            self._taken = self._taken or free
        try:
            yield free
        finally:
            if free:
                self._end()

    def _end(self) -> None:
        with self._state:
            self._taken = False
            self._state.notify_all()
