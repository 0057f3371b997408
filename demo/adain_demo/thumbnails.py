"""Makes the thumbnails of the built-in styles: `python -m adain_demo.thumbnails` (in `demo/`).

To be run again whenever the decoder or the styles changed.
"""

from __future__ import annotations

import json
from pathlib import Path

from PIL import Image

from adain_core import AdaIN, builtin_styles, open_picture
from adain_core.commands.sheet import example_photo

from .catalogue import COLUMNS, INDEX, SPRITE, row_of

PHOTO = "coffee.jpg"
DRAWN, SHOWN = 256, 104
"""Pixels a side: as the network draws them, and in the sprite."""


def make(index: Path = INDEX, sprite: Path = SPRITE) -> None:
    """Draw every built-in style on one example photo, into one sprite and an index beside it."""
    model, styles = AdaIN.from_pretrained(), builtin_styles()
    photo = open_picture(example_photo().with_name(PHOTO)).resized(DRAWN).to_pil()
    left = (photo.width - DRAWN) // 2
    square = photo.crop((left, 0, left + DRAWN, DRAWN))
    rows = -(-len(styles) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * SHOWN, rows * SHOWN), "white")
    for i, style in enumerate(styles.values()):
        tile = model.stylize(square, style).resize((SHOWN, SHOWN), Image.Resampling.LANCZOS)
        sheet.paste(tile, (i % COLUMNS * SHOWN, i // COLUMNS * SHOWN))
    index.parent.mkdir(exist_ok=True)
    sheet.save(sprite, quality=72, method=6)
    lines = [json.dumps(row_of(name, style.info), ensure_ascii=False) for name, style in styles.items()]
    index.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")


if __name__ == "__main__":
    make()
