"""The styles on the visitor's own photo: the quick network's pictures, behind everything that is waited for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from typing import Any

import numpy as np
import pytest
from PIL import Image

from adain_core import AdaIN
from adain_core.errors import AdaINError

pytest.importorskip("gradio")
from adain_demo import opening
from adain_demo.catalogue import COLUMNS, SPRITE, catalogue
from adain_demo.request import Service
from adain_demo.tiles import AT_ONCE, SIDE, Tiles
from adain_demo.turns import Turns
from demo_pictures import pixels


@pytest.fixture
def tiles(service: Service, photo: Callable[..., Path]) -> Tiles:
    """With the test's photos as uploads."""
    return Tiles(service.photos, service.engine.turns, str(photo(1).parent))


@pytest.fixture(scope="module")
def lite() -> AdaIN:
    return AdaIN.from_pretrained("lite", device="cpu", dtype="float32")


def middle(path: Path) -> Image.Image:
    """The square in the middle of a photo, as large as a tile."""
    image = Image.open(path).convert("RGB")
    scale = SIDE / min(image.size)
    image = image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.LANCZOS)
    left, top = (image.width - SIDE) // 2, (image.height - SIDE) // 2
    return image.crop((left, top, left + SIDE, top + SIDE))


def test_a_tile_is_what_the_library_paints(tiles: Tiles, photo: Callable[..., Path], lite: AdaIN) -> None:
    """Of the middle of the photo, in built-in styles and an own one; the photo itself is resized by other code."""
    built_in = tiles.paint(str(photo(1)), ["scream", "irises"], [str(photo(9))])
    assert built_in is not None and [tile.size for tile in built_in] == [(SIDE, SIDE)] * 3
    for tile, style in zip(built_in, ["scream", "irises", photo(9)], strict=True):
        expected = pixels(lite.stylize(middle(photo(1)), style))
        assert np.abs(pixels(tile) - expected).mean() < 3


def test_a_photo_is_encoded_once_for_all_its_tiles(tiles: Tiles, photo: Callable[..., Path]) -> None:
    tiles.paint(str(photo(1)), ["scream"])
    ran = []
    hook = tiles._model.encoder.register_forward_hook(lambda *_: ran.append(1))
    tiles.paint(str(photo(1)), ["irises", "kiss"])
    hook.remove()
    assert not ran


def test_while_something_is_painted_tiles_wait(tiles: Tiles, service: Service, photo: Callable[..., Path]) -> None:
    """The page is told to ask again later: no thread of the server stands in line for them."""
    asked = {"photo": str(photo(1)), "styles": ["scream"], "own": []}
    with service.engine.turns.first():
        assert tiles.answer(asked) == {"later": True}
    assert tiles.answer(asked)["tiles"][0].startswith("data:image/webp;base64,")


def test_whoever_waits_for_a_picture_has_the_next_turn() -> None:
    """Before any tile, also one that is asked for while the other's turn has not begun."""
    turns, began, seen = Turns(), Event(), []

    def paint() -> None:
        began.set()
        with turns.first():
            seen.append("picture")

    with turns.behind() as free:
        assert free
        thread = Thread(target=paint)
        thread.start()
        began.wait()
        while not turns._asked:
            pass
        with turns.behind() as second:
            assert not second
        seen.append("tile")
    thread.join()
    assert seen == ["tile", "picture"]
    with turns.behind() as free:
        assert free


@pytest.mark.parametrize(
    "asked",
    [
        None, {}, {"photo": "/etc/passwd", "styles": ["scream"], "own": []}, {"styles": 3, "own": 1, "photo": "x"},
        "folder/../../secret",
    ],
)  # fmt: skip
def test_other_files_and_forms_are_refused(tiles: Tiles, asked: Any) -> None:
    """The page's question comes from outside: only uploads are painted, and it is no traceback."""
    assert list(tiles.answer(asked)) == ["error"]


def test_an_own_picture_must_be_an_upload_too(tiles: Tiles, photo: Callable[..., Path]) -> None:
    assert "error" in tiles.answer({"photo": str(photo(1)), "styles": [], "own": ["/etc/hostname"]})


def test_too_many_at_once_are_refused(tiles: Tiles, photo: Callable[..., Path]) -> None:
    with pytest.raises(AdaINError, match=f"{AT_ONCE} are painted at once"):
        tiles.paint(str(photo(1)), ["scream"] * (AT_ONCE + 1))


def test_the_tiles_that_the_page_opens_with_are_of_its_photo(service: Service) -> None:
    """Else: `python -m adain_demo.thumbnails` was forgotten."""
    tiles = Tiles(service.photos, service.engine.turns, "")
    names = [row["key"] for row in catalogue()][:2]
    painted = tiles.paint(str(opening.photo()), names)
    assert painted is not None
    with Image.open(SPRITE) as sprite:
        assert sprite.width == COLUMNS * SIDE
        for at, tile in enumerate(painted):
            kept = sprite.convert("RGB").crop((at * SIDE, 0, (at + 1) * SIDE, SIDE))
            assert np.abs(pixels(kept) - pixels(tile)).mean() < 8


@pytest.mark.slow
def test_the_result_that_the_page_opens_with_is_painted_from_its_photo(service: Service) -> None:
    """Else: `python -m adain_demo.thumbnails` was forgotten."""
    painted = service.fulfil(opening.request()).image
    with Image.open(opening.RESULT) as kept:
        assert kept.size == painted.size and np.abs(pixels(kept.convert("RGB")) - pixels(painted)).mean() < 4
