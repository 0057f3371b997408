"""Corners, ready-made areas and painted masks."""

from __future__ import annotations

import base64

import numpy as np
import pytest
from demo_pictures import data_url as url
from hypothesis import given, settings
from hypothesis import strategies as st

from adain_core.errors import ImageError
from adain_core.subject.words import WORDS

areas = pytest.importorskip("adain_demo.areas")
from adain_demo.corners import corner_weights  # noqa: E402
from adain_demo.limits import Limits  # noqa: E402

unit = st.floats(-0.5, 1.5)


@given(unit, unit, st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_corner_weights_are_shares(x: float, y: float, count: int) -> None:
    """One for each style, none negative, 1 in all, also when the point is dragged beyond the square."""
    weights = corner_weights(x, y, count)
    assert len(weights) == count and min(weights) >= 0 and sum(weights) == pytest.approx(1)


@pytest.mark.parametrize("at, which", [((0, 0), 0), ((1, 0), 1), ((0, 1), 2), ((1, 1), 3)])
def test_a_corner_is_its_style_alone(at: tuple[float, float], which: int) -> None:
    assert corner_weights(*at, 4) == [float(i == which) for i in range(4)]


@pytest.mark.parametrize("name", [name for name in areas.AREAS if name not in WORDS])
def test_every_ready_made_area_has_an_inside_and_an_outside(name: str) -> None:
    mask = areas.area_mask(name)
    assert 0 <= float(mask.min()) < 0.05 and 0.95 < float(mask.max()) <= 1


@pytest.mark.parametrize("word", WORDS)
def test_what_is_found_in_the_photo_is_left_to_the_library(word: str) -> None:
    assert areas.area_mask(word) == word


def test_the_halves_are_halves() -> None:
    top, left = areas.area_mask("top"), areas.area_mask("left")
    assert float(top.mean()) == float(left.mean()) == 0.5
    assert float(top[0, 0]) == 1 and float(top[-1, 0]) == 0 and float(left[0, 0]) == 1 and float(left[0, -1]) == 0
    assert bool((areas.area_mask("bottom") == 1 - top).all()) and bool((areas.area_mask("right") == 1 - left).all())


def test_a_painted_mask_is_the_layers_opacity() -> None:
    layer = np.zeros((20, 30, 4), np.uint8)
    layer[5:10, :, 3] = 255
    layer[10:15, :, 3] = 51
    mask = areas.painted_mask(url(layer), Limits())
    assert mask is not None and mask.shape == (20, 30)
    assert float(mask[6, 0]) == 1 and float(mask[12, 0]) == pytest.approx(0.2) and float(mask[0, 0]) == 0


def test_an_empty_layer_is_no_mask() -> None:
    assert areas.painted_mask("", Limits()) is None
    assert areas.painted_mask(url(np.zeros((4, 4, 4), np.uint8)), Limits()) is None


@pytest.mark.parametrize(
    "bad",
    [
        "/etc/passwd",
        "data:image/png;base64,",
        "data:image/png;base64,%%%",
        "data:image/svg+xml;base64,PHN2Zy8+",
        "data:image/png;base64," + base64.b64encode(b"no picture").decode(),
        "data:image/png;base64," + "A" * Limits().mask_bytes,
        url(np.zeros((2100, 2100, 4), np.uint8)),
    ],
    ids=["path", "empty", "not base64", "svg", "not PNG", "too long", "too many pixels"],
)
def test_what_is_no_painted_mask_is_refused(bad: str) -> None:
    with pytest.raises(ImageError):
        areas.painted_mask(bad, Limits())
