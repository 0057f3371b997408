"""Whether anybody still waits for what is being done: work for nobody stops.

Gradio takes what waits in its line away when a tab is closed or a program ends. What already runs, it lets run.
"""

from __future__ import annotations

import time
from typing import Any

from gradio.context import LocalContext

from adain_core.errors import AdaINError

UNREAD = 30.0
"""Seconds after which messages that nobody fetches say that nobody listens: by plain HTTP a request is sent by one
call, and its answer is fetched by another, which may never come."""


class NobodyWaitsError(AdaINError):
    """The visitor is gone, or has stopped it."""


class Waiting:
    """Whoever waits for the event that is answered now; outside of one, somebody always does."""

    def __init__(self) -> None:
        self._queue = getattr(LocalContext.blocks.get(None), "_queue", None)
        events = getattr(self._queue, "event_ids_to_events", {})
        self._event: Any = events.get(LocalContext.event_id.get(None))
        self._read = time.monotonic()
        if self._event is not None:
            self._event.begun = self._read

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy of this process (ZeroGPU) hears nothing of the visitor any more: there, somebody always waits."""
        return _unheard, ()

    def check(self, *_: object) -> None:
        """To be called on the way, with whatever a callback of the library is given.

        Raises:
            NobodyWaitsError: nobody waits any more.
        """
        event = self._event
        if event is not None and (getattr(event, "unwanted", False) or not (event.alive and self._listened())):
            raise NobodyWaitsError("Stopped: nobody waits for it any more.")

    def _listened(self) -> bool:
        messages = self._queue.pending_messages_per_session.get(self._event.session_hash)  # type: ignore[union-attr]
        if messages is None:
            return False
        if messages.empty():
            self._read = time.monotonic()
        return time.monotonic() - self._read < UNREAD


def _unheard() -> Waiting:
    waiting = Waiting()
    waiting._event = None
    return waiting


def dismiss(session: str | None, endpoint: str, after: float = 0.0) -> None:
    """A visitor no longer waits for what he asked an endpoint for.

    Args:
        session: the visitor's.
        endpoint: its name, without "/".
        after: seconds that it has been worked on at least: what has just begun may be the very thing he waits for now.
    """
    queue = getattr(LocalContext.blocks.get(None), "_queue", None)
    now = time.monotonic()
    for event in list(getattr(queue, "event_ids_to_events", {}).values()):
        worked = now - getattr(event, "begun", now)
        if event.session_hash == session and event.fn.api_name == endpoint and worked >= after:
            event.unwanted = True  # it ends as others do: the page waits for that
