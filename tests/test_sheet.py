"""A contact sheet shows the photo in every style, each in its place."""

from pathlib import Path

import numpy as np
from PIL import Image

from adain_core import AdaIN, builtin_styles
from adain_core.commands.sheet import CELL, GAP, LABEL, draw_sheet, example_photo


def test_the_sheet_shows_the_photo_and_each_style(model: AdaIN, tmp_path: Path) -> None:
    styles = list(builtin_styles().values())[:2]
    drawn = []
    draw_sheet(model, styles, tmp_path / "sheet.png", columns=2, done=lambda: drawn.append(1))
    sheet = Image.open(tmp_path / "sheet.png")
    assert len(drawn) == 2
    assert sheet.size == (GAP + 2 * (CELL + GAP), GAP + 2 * (CELL + LABEL + GAP))
    photo = sheet.crop((GAP, GAP, GAP + CELL, GAP + CELL))
    painted = sheet.crop((GAP + CELL + GAP, GAP, GAP + CELL + GAP + CELL, GAP + CELL))
    expected = np.asarray(model.stylize(photo, styles[0])).astype(int)
    assert np.abs(np.asarray(painted) - expected).max() <= 1


def test_the_example_photo_ships_with_the_package() -> None:
    assert example_photo().is_file()
