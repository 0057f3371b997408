"""A contact sheet: one photo in many styles, each with its name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..pictures.reading import open_picture
from ..pictures.sheet import Sheet
from ..pictures.writing import save_picture
from ..styles.style import Style
from ..weights.catalog import bundled_folder

if TYPE_CHECKING:
    from ..model import AdaIN

EXAMPLE = "chelsea.jpg"
CELL = 256


def example_photo() -> Path:
    """The photo that ships with the package."""
    return bundled_folder().parent / "examples" / EXAMPLE


def draw_sheet(
    model: AdaIN,
    styles: Sequence[Style],
    path: Path,
    content: Path | None = None,
    *,
    columns: int = 8,
    done: Callable[[], object] = lambda: None,
) -> None:
    """Write one picture that shows `content` in every style.

    Args:
        model: what to stylize with.
        styles: the styles, in order; their names are the labels.
        path: where to write; the suffix chooses the format.
        content: the photo; the bundled example when missing.
        columns: pictures a row.
        done: called after each style.

    Raises:
        ImageError: the photo cannot be read or the sheet not written.
    """
    photo = open_picture(content or example_photo()).resized(CELL)
    square = photo.to_pil().convert("RGB")
    left, top = (square.width - CELL) // 2, (square.height - CELL) // 2
    square = square.crop((left, top, left + CELL, top + CELL))
    sheet = Sheet(len(styles) + 1, CELL, CELL, columns)
    sheet.add(square, ["photo"])
    for style in styles:
        sheet.add(model.stylize(square, style), [style.name])
        done()
    save_picture(path, sheet.picture)
