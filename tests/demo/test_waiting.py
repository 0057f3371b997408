"""Work for nobody stops."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Callable, Iterator
from contextvars import copy_context
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("gradio")
from adain_demo import waiting
from adain_demo.request import Request
from adain_demo.waiting import NobodyWaitsError, Waiting, dismiss
from gradio.context import LocalContext


def in_event(function: Callable[[Any, Any], Any]) -> Any:
    """Call a function as Gradio calls one for an event, with the event and what was sent to its session."""
    event = SimpleNamespace(alive=True, session_hash="ann", fn=SimpleNamespace(api_name="stylize"))
    sent: dict[str, Any] = {"ann": asyncio.Queue()}
    queue = SimpleNamespace(event_ids_to_events={"1": event}, pending_messages_per_session=sent)

    def inside() -> Any:
        LocalContext.blocks.set(SimpleNamespace(_queue=queue))  # type: ignore[arg-type]
        LocalContext.event_id.set("1")
        return function(event, sent)

    return copy_context().run(inside)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """The time, to be set."""
    now = [1000.0]
    monkeypatch.setattr(waiting.time, "monotonic", lambda: now[0])
    yield now


def test_outside_of_an_event_somebody_waits() -> None:
    """Also in another process, which knows nothing of the visitor."""
    Waiting().check(1, 2)
    in_event(lambda event, sent: pickle.loads(pickle.dumps(Waiting()))).check()


def test_a_visitor_who_left_does_not_wait() -> None:
    """Gradio marks his event, or forgets his session."""

    def left(event: Any, sent: Any) -> None:
        somebody = Waiting()
        somebody.check()
        event.alive = False
        with pytest.raises(NobodyWaitsError):
            somebody.check()
        event.alive = True
        sent.clear()
        with pytest.raises(NobodyWaitsError):
            somebody.check()

    in_event(left)


def test_an_answer_that_is_never_fetched_is_not_waited_for(clock: list[float]) -> None:
    """Not at once: by plain HTTP it is fetched by a second call."""

    def unread(event: Any, sent: Any) -> None:
        somebody = Waiting()
        sent["ann"].put_nowait("started")
        clock[0] += waiting.UNREAD - 1
        somebody.check()
        sent["ann"].get_nowait()
        somebody.check()
        sent["ann"].put_nowait("progress")
        clock[0] += waiting.UNREAD + 1
        with pytest.raises(NobodyWaitsError):
            somebody.check()

    in_event(unread)


def test_only_what_is_dismissed_stops() -> None:
    def stop(event: Any, sent: Any) -> None:
        somebody = Waiting()
        dismiss("bob", "stylize")
        dismiss("ann", "stylize_video")
        somebody.check()
        dismiss("ann", "stylize")
        with pytest.raises(NobodyWaitsError):
            somebody.check()

    in_event(stop)


def test_what_has_just_begun_is_not_dismissed_by_the_wish_that_asked_for_it(clock: list[float]) -> None:
    """Both come at once; what was begun before gives way."""

    def hurry(event: Any, sent: Any) -> None:
        somebody = Waiting()
        dismiss("ann", "stylize", after=1.0)
        somebody.check()
        clock[0] += 2
        dismiss("ann", "stylize", after=1.0)
        with pytest.raises(NobodyWaitsError):
            somebody.check()

    in_event(hurry)


def test_a_picture_nobody_waits_for_is_not_painted(
    service: Any, photo: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither begun nor gone on with."""
    request = Request(str(photo(1)), (("scream", 1),), size=None)

    def leave(event: Any, sent: Any) -> None:
        seen: list[int] = []

        def progress(self: Waiting, *done: int) -> None:
            seen.append(len(done))
            event.alive = len(done) == 0
            check(self, *done)

        check = Waiting.check
        monkeypatch.setattr(Waiting, "check", progress)
        with pytest.raises(NobodyWaitsError):
            service.fulfil(request)
        assert seen == [0, 2], "it stops at the first piece"

    in_event(leave)
