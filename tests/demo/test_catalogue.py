"""What the page shows of the built-in styles is what the library has."""

from __future__ import annotations

import pytest
from PIL import Image

from adain_core import builtin_styles
from adain_core.options import COLOR_MODES

pytest.importorskip("gradio")
from adain_demo.catalogue import COLUMNS, SPRITE, catalogue, row_of
from adain_demo.engine import model_names
from adain_demo.request import COLORS


def test_every_built_in_style_is_shown_in_order() -> None:
    """Else: `python -m adain_demo.thumbnails` was forgotten."""
    expected = [{**row_of(name, style.info), "at": at} for at, (name, style) in enumerate(builtin_styles().items())]
    assert list(catalogue()) == expected


def test_the_sprite_has_a_tile_for_each_and_is_light() -> None:
    with Image.open(SPRITE) as sprite:
        side = sprite.width // COLUMNS
        assert sprite.size == (COLUMNS * side, -(-len(catalogue()) // COLUMNS) * side)
    assert SPRITE.stat().st_size < 600_000


def test_the_colour_modes_are_the_librarys() -> None:
    assert set(COLORS) == {"style", *COLOR_MODES}


def test_the_models_are_those_the_library_loads() -> None:
    from adain_core import AdaIN

    for name in model_names():
        AdaIN.from_pretrained(name)
