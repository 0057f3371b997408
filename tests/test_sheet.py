"""A contact sheet shows the photo in every style, each in its place."""

from pathlib import Path

import numpy as np
from PIL import Image

from adain_core import AdaIN, builtin_styles
from adain_core.commands.sheet import CELL, draw_sheet, example_photo
from adain_core.pictures.sheet import GAP, LINE, Sheet


def test_the_sheet_shows_the_photo_and_each_style(model: AdaIN, tmp_path: Path) -> None:
    styles = list(builtin_styles().values())[:2]
    drawn = []
    draw_sheet(model, styles, tmp_path / "sheet.png", columns=2, done=lambda: drawn.append(1))
    sheet = Image.open(tmp_path / "sheet.png")
    assert len(drawn) == 2
    assert sheet.size == (GAP + 2 * (CELL + GAP), GAP + 2 * (CELL + LINE + GAP))
    photo = sheet.crop((GAP, GAP, GAP + CELL, GAP + CELL))
    painted = sheet.crop((GAP + CELL + GAP, GAP, GAP + CELL + GAP + CELL, GAP + CELL))
    expected = np.asarray(model.stylize(photo, styles[0])).astype(int)
    assert np.abs(np.asarray(painted) - expected).max() <= 1


def test_a_name_is_written_without_accents_and_cut_where_it_is_too_long() -> None:
    """Pillow's own font has neither accents nor room."""

    def below(name: str) -> np.ndarray:
        sheet = Sheet(1, 60, 10, columns=1)
        sheet.add(Image.new("RGB", (60, 10)), [name])
        return np.asarray(sheet.picture)[GAP + 10 :]

    assert np.array_equal(below("Čézanne"), below("Cezanne")) and (below("Cezanne") < 128).any()
    long = below("Boulevard Montmartre")
    assert (long < 128).any() and (long[:, GAP + 60 :] == 255).all()


def test_the_example_photo_ships_with_the_package() -> None:
    assert example_photo().is_file()
