"""A visitor's own styles: added, named, taken away."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("gradio")
from adain_demo import own_styles
from adain_demo.controls import pick

OWN = {
    "own 1": {"path": "a.png", "title": "Your picture 1", "thumb": ""},
    "own 3": {"path": "b.png", "title": "Your picture 3", "thumb": ""},
}


def test_a_new_own_style_takes_the_place_of_forgotten_ones(service: Any, photo: Callable[..., Path]) -> None:
    """Their files were deleted: the new picture is chosen once, built-in styles stay."""
    picker = pick([("scream", 0.5), ("own 1", 0.2)], True)
    value, own = own_styles.added(service, [str(photo(2))], {}, picker)
    assert list(own) == ["own 1"] and own["own 1"]["path"] == str(photo(2))
    assert value == pick([("scream", 0.5), ("own 1", 1.0)], True)


def test_a_number_is_given_once(service: Any, photo: Callable[..., Path]) -> None:
    """One that was taken away leaves a gap: keys of the others are in use."""
    _, own = own_styles.added(service, [str(photo(2))], OWN, None)
    assert list(own) == ["own 1", "own 3", "own 4"] and own["own 4"]["title"] == "Your picture 4"


@pytest.mark.parametrize(
    ("change", "titles"),
    [
        ({"key": "own 1", "title": " My \n cup "}, ["My cup", "Your picture 3"]),
        ({"key": "own 1", "title": "x" * 99}, ["x" * own_styles.TITLE_LENGTH, "Your picture 3"]),
        ({"key": "own 1", "title": " "}, ["Your picture 1", "Your picture 3"]),
        ({"key": "own 1", "title": None}, ["Your picture 3"]),
        ({"key": "own 9", "title": "of nobody"}, ["Your picture 1", "Your picture 3"]),
        (None, ["Your picture 1", "Your picture 3"]),
    ],
)
def test_names_and_going(change: Any, titles: list[str]) -> None:
    """A name is one line, and not empty; what is not known is left alone."""
    edited = own_styles.edited(OWN, {"picked": [], "own": change})
    assert [row["title"] for row in edited.values()] == titles
