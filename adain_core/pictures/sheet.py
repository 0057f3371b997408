"""A contact sheet: small pictures in rows, each with what it is called below."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

GAP, LINE, FONT = 8, 18, 14
"""Pixels between pictures, from line to line, and of the letters."""


class Sheet:
    """An empty sheet, to be filled cell by cell.

    Args:
        cells: how many pictures it is to have.
        width: of each, in pixels.
        height: of each, in pixels.
        columns: pictures a row.
        lines: of text below each.
    """

    def __init__(self, cells: int, width: int, height: int, columns: int, lines: int = 1) -> None:
        columns = min(columns, cells)
        self._columns, self._width, self._height = columns, width, height
        self._row = height + lines * LINE + GAP
        self.picture = Image.new(
            "RGB", (GAP + columns * (width + GAP), GAP + -(-cells // columns) * self._row), "white"
        )
        self._draw, self._font = ImageDraw.Draw(self.picture), ImageFont.load_default(FONT)
        self._filled = 0

    def add(self, picture: Image.Image, names: Sequence[str]) -> None:
        """Put a picture of the sheet's size into the next cell, and a line of text for each name below it."""
        x = GAP + self._filled % self._columns * (self._width + GAP)
        y = GAP + self._filled // self._columns * self._row
        self.picture.paste(picture, (x, y))
        for number, name in enumerate(names):
            at = (x, y + self._height + number * LINE)
            self._draw.text(at, self._cut(plain_letters(name)), fill="black", font=self._font)
        self._filled += 1

    def _cut(self, text: str) -> str:
        """As much of it as fits below a picture."""
        if self._draw.textlength(text, font=self._font) <= self._width:
            return text
        while text and self._draw.textlength(f"{text}…", font=self._font) > self._width:
            text = text[:-1]
        return f"{text.rstrip()}…"


def plain_letters(text: str) -> str:
    """Without accents, which Pillow's own font has none of."""
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
