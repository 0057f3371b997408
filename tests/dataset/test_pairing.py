"""Which styles and strengths a picture gets."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adain_core.dataset.pairing import draw_alpha, draw_styles
from adain_core.errors import AdaINError

keys = st.text(min_size=1, max_size=30)


@settings(max_examples=50, deadline=None)
@given(key=keys, seed=st.integers(), count=st.integers(1, 5), total=st.integers(5, 100))
def test_the_styles_of_a_picture_are_different_and_in_range(key: str, seed: int, count: int, total: int) -> None:
    drawn = draw_styles(seed, key, count, total)
    assert len(set(drawn)) == count and all(0 <= n < total for n in drawn)


def test_the_pairing_does_not_depend_on_the_order_of_the_pictures() -> None:
    names = [f"class{i % 7}/{i}.jpg" for i in range(300)]
    shuffled = random.Random(0).sample(names, len(names))
    assert {n: draw_styles(3, n, 2, 40) for n in names} == {n: draw_styles(3, n, 2, 40) for n in shuffled}


def test_the_pairing_is_written_in_stone() -> None:
    """Other numbers here would break jobs that were begun with an earlier version."""
    assert draw_styles(0, "n01440764/a.JPEG", 3, 79433) == [334, 38866, 6770]
    assert draw_alpha(0, "n01440764/a.JPEG", 0, 0.5, 1.0) == pytest.approx(0.9360854, abs=1e-7)


def test_more_results_a_picture_leave_the_first_ones_as_they_are() -> None:
    assert all(draw_styles(1, str(i), 3, 10)[:2] == draw_styles(1, str(i), 2, 10) for i in range(100))


def test_another_seed_gives_another_pairing_and_each_style_its_share() -> None:
    drawn = [draw_styles(5, str(i), 1, 8)[0] for i in range(4000)]
    assert drawn != [draw_styles(6, str(i), 1, 8)[0] for i in range(4000)]
    assert all(400 < n < 600 for n in Counter(drawn).values()) and len(set(drawn)) == 8


def test_a_bad_style_changes_only_the_pictures_that_drew_it() -> None:
    before = {i: draw_styles(2, str(i), 1, 6) for i in range(200)}
    after = {i: draw_styles(2, str(i), 1, 6, bad={4}) for i in range(200)}
    assert all(after[i] == before[i] for i in before if before[i] != [4])
    assert any(before[i] == [4] for i in before) and all(after[i] != [4] for i in before)


@settings(max_examples=50, deadline=None)
@given(key=keys, low=st.floats(0, 2), width=st.floats(0, 2))
def test_a_strength_lies_in_its_range(key: str, low: float, width: float) -> None:
    assert low <= draw_alpha(0, key, 0, low, low + width) <= low + width


def test_too_few_styles_are_refused_with_the_numbers() -> None:
    with pytest.raises(AdaINError, match=r"3 styles a picture, but only 2 of 4"):
        draw_styles(0, "a", 3, 4, bad={0, 1})
