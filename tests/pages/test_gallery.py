"""The gallery shows every built-in style, and is what its script writes."""

from __future__ import annotations

from pages.blocks import ROOT, text_of
from PIL import Image

from adain_core import builtin_styles
from docs.make_gallery import GAP, SHOWN, page

PICTURES = ROOT / "docs" / "gallery"


def test_the_page_is_what_the_script_writes() -> None:
    assert text_of("docs/gallery.md") == page(builtin_styles())


def test_every_style_is_shown_on_three_photos() -> None:
    assert {path.stem for path in PICTURES.iterdir()} == {*builtin_styles(), "photos"}
    for path in PICTURES.iterdir():
        with Image.open(path) as picture:
            assert picture.size == (3 * SHOWN + 2 * GAP, SHOWN), path.name


def test_a_clone_stays_small() -> None:
    assert sum(path.stat().st_size for path in PICTURES.iterdir()) < 2.5e6
