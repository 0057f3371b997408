"""Undo and the results of a session; what a link keeps of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("gradio")
from adain_demo.address import Address
from adain_demo.controls import Controls, pick
from adain_demo.history import MASK_BYTES, MOST, History, Result
from adain_demo.limits import Limits

START = Controls(
    "photo.jpg", pick([("scream", 1.0)], False), {}, 1.0, "style", "blend", {"x": 0.5, "y": 0.5}, "left", {"masks": {}},
    8, 512, 512, 0, 0, 0, "auto", "vgg19",
)  # fmt: skip
ADDRESS = Address(Limits(), START)


def result(name: str, mask: str = "") -> Result:
    request = replace(START.request(), painted=(mask,))
    return Result(request, START, "before", "after", None, name, name, name)


def names(history: History) -> list[str]:
    return [row.name for _, row in history.results]


def shown(history: History) -> str:
    return "" if history.current is None else history.current.name


def filled(*called: str) -> History:
    history = History()
    for name in called:
        history = history.added(result(name))
    return history


def test_undo_goes_back_through_what_was_seen_and_stops_at_the_first() -> None:
    history = filled("a", "b", "c")
    seen = []
    for _ in range(4):
        seen.append(shown(history))
        history = history.back()
    assert seen == ["c", "b", "a", "a"] and names(history) == ["a", "b", "c"]


def test_after_undo_a_new_result_can_be_undone_to_what_was_seen_before_it() -> None:
    """And nothing that was painted is lost."""
    history = filled("a", "b", "c").back().back().added(result("d"))
    assert shown(history) == "d" and shown(history.back()) == "a"
    assert sorted(names(history)) == ["a", "b", "c", "d"]


def test_one_of_them_is_shown_again_by_its_number() -> None:
    history = filled("a", "b", "c")
    assert shown(history.showing(history.results[0][0])) == "a"
    assert history.showing(99) == history and history.showing(-1) == history


def test_nothing_to_undo() -> None:
    assert History().back() == History() and History().current is None


@given(st.lists(st.integers(0, MASK_BYTES), max_size=40))
@settings(max_examples=30, deadline=None)
def test_it_stays_bounded(sizes: list[int]) -> None:
    """In number, and by the painted masks that results keep; the newest stays."""
    history = History()
    for number, size in enumerate(sizes):
        history = history.added(result(str(number), "m" * (size % 7) * (MASK_BYTES // 6)))
        assert len(history.results) <= MOST and shown(history) == str(number)
        assert sum(row.bytes for _, row in history.results) <= MASK_BYTES or len(history.results) == 1


def test_files_that_were_deleted_are_noticed(tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    row = replace(result("a"), before=str(before), after=str(after))
    assert not row.there()
    before.touch(), after.touch()
    assert row.there() and not replace(row, full=str(tmp_path / "full")).there()


CHANGES: list[dict[str, Any]] = [
    {},
    {"picker": pick([("irises", 1.0)], False)},
    {"picker": pick([("irises", 0.25), ("scream", 1.0)], True), "mix": "corners", "corner": {"x": 0.25, "y": 1.0}},
    {"strength": 0.65, "size": 768, "color": "luminance", "model": "lite"},
    {
        "mix": "area",
        "area": "subject",
        "soft_edge": 20,
        "refine": 2,
        "texture": 1.5,
        "keep": 0.5,
        "grain": "off",
        "stroke": 256,
    },
]


@pytest.mark.parametrize("change", CHANGES)
def test_an_address_keeps_style_strength_and_options(change: dict[str, Any]) -> None:
    controls = START._replace(**change)
    assert ADDRESS.controls(ADDRESS.query(controls)) == controls
    assert bool(ADDRESS.query(controls)) == bool(change)


def test_an_address_never_has_a_picture() -> None:
    """Neither the photo nor an own style nor what was painted."""
    own = {"own 1": {"path": "/secret/style.png", "title": "Your picture 1", "thumb": ""}}
    controls = START._replace(
        photo="/secret/photo.jpg", picker=pick([("own 1", 1.0), ("irises", 0.5)], True), own=own, mix="paint",
        painted={"masks": {"irises": "data:image/png;base64,secret"}},
    )  # fmt: skip
    assert ADDRESS.query(controls) == "style=irises:0.5"


@given(st.dictionaries(st.sampled_from([*Controls._fields, "style"]), st.text(max_size=20)))
@settings(max_examples=100, deadline=None)
def test_whatever_an_address_says_the_controls_are_in_range(said: dict[str, str]) -> None:
    from urllib.parse import urlencode

    found = ADDRESS.controls(urlencode(said))
    assert found.photo == START.photo and found.own == {} and found.painted == START.painted
    limits = Limits()
    for name, taken in limits.ranges.items():
        assert taken.lowest <= getattr(found, name) <= taken.highest


@pytest.mark.parametrize(
    "query", ["style=nobody", "style=scream:x", "style=scream:0", "strength=99", "corner=1", "mix=paint", "model=/etc"]
)
def test_what_an_address_says_wrongly_is_as_the_page_opens(query: str) -> None:
    assert ADDRESS.controls(query) == START
