"""Makes the pictures that the page opens with: the tiles of the built-in styles and the first result.

Run `python -m adain_demo.thumbnails` (in `demo/`) again whenever the decoder or the styles changed.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

from PIL import Image

from adain_core import builtin_styles

from . import opening
from .catalogue import COLUMNS, INDEX, SPRITE, row_of
from .engine import Engine
from .limits import Limits
from .request import Service
from .tiles import AT_ONCE, SIDE, Tiles


def make(service: Service, index: Path = INDEX, sprite: Path = SPRITE) -> None:
    """Paint the opening's photo in every built-in style, as the page does with a visitor's: one picture, and a list."""
    styles, photo = builtin_styles(), opening.photo()
    tiles = Tiles(service.photos, service.engine.turns, str(photo.parent))
    names = list(styles)
    sheet = Image.new("RGB", (COLUMNS * SIDE, math.ceil(len(names) / COLUMNS) * SIDE), "white")
    for first in range(0, len(names), AT_ONCE):
        for i, tile in enumerate(tiles.paint(str(photo), names[first : first + AT_ONCE]) or [], first):
            sheet.paste(tile, (i % COLUMNS * SIDE, i // COLUMNS * SIDE))
    index.parent.mkdir(exist_ok=True)
    sheet.save(sprite, quality=68, method=6)
    lines = [json.dumps(row_of(name, style.info), ensure_ascii=False) for name, style in styles.items()]
    index.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")


if __name__ == "__main__":
    limits = Limits()
    service = Service(limits, Engine(limits, "cpu", "float32"))
    make(service)
    opening.make(service)
