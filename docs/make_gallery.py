"""Paints the gallery, every built-in style on the three example photos, and writes its page.

python -m docs.make_gallery          # pictures and page
python -m docs.make_gallery --page   # the page alone
"""

from __future__ import annotations

import argparse
from itertools import groupby
from pathlib import Path

from PIL import Image

from adain_core import AdaIN, Style, builtin_styles
from docs.make_pictures import PHOTOS, square

HERE = Path(__file__).parent
PICTURES = HERE / "gallery"
PAGE = HERE / "gallery.md"
PAINTED, SHOWN, GAP = 256, 150, 3
QUALITY = 66
"""Of WebP: all pictures together stay below 2.5 MB."""

INTRODUCTION = """\
# Gallery

`docs/make_gallery.py` writes this page: every built-in style, painted on the three
[example photos](../examples/README.md) at strength 1 by the paper's network (`vgg19`, 256 x 256, shown smaller). The
name in bold is what you type:

```bash
adain stylize photo.jpg --style {first} -o out.png
adain styles --sheet styles.png --content photo.jpg      # all of them on your photo, as one picture
```

In Python the same name works wherever a style does: `model.stylize("photo.jpg", "{first}")`. Capitals, spaces and
underscores do not matter. No painting is shipped: a style is {numbers:,} numbers that were measured on one. These are
{count} styles by {painters} painters.

![The photos: an astronaut, a cat, a cup of coffee](gallery/photos.webp)
"""


def strip(pictures: list[Image.Image]) -> Image.Image:
    """Pictures side by side, as small as the page shows them."""
    row = Image.new("RGB", (len(pictures) * (SHOWN + GAP) - GAP, SHOWN), "white")
    for number, picture in enumerate(pictures):
        row.paste(picture.resize((SHOWN, SHOWN), Image.Resampling.LANCZOS), (number * (SHOWN + GAP), 0))
    return row


def surname(style: Style) -> str:
    """What painters are sorted by: the last word of the name, school or workshop."""
    return style.info["artist"].split()[-1]


def page(styles: dict[str, Style]) -> str:
    """The page of these styles, by painter."""
    ordered = sorted(styles.values(), key=lambda s: (surname(s), s.info["artist"], s.info["year"], s.name))
    artists = groupby(ordered, key=lambda s: s.info["artist"])
    numbers = sum(tensor.numel() for tensor in styles["scream"].tensors().values())
    sections, painters = [], 0
    for artist, paintings in artists:
        painters += 1
        sections.append(f"\n## {artist}")
        for style in paintings:
            info = style.info
            year = f", {info['year']}" if info["year"] else ""
            origin = "" if "reproduction" in info["source"] else f"{info['source']}, "
            sections.append(f"\n**`{style.name}`**: *{info['title']}*{year} ({origin}{info['licence']})\n")
            sections.append(f"![Three photos in the style {style.name}](gallery/{style.name}.webp)")
    text = INTRODUCTION.format(first="scream", numbers=numbers, count=len(styles), painters=painters)
    return "\n".join([text.rstrip("\n"), *sections]) + "\n"


def paint(styles: dict[str, Style]) -> None:
    """Every style on every photo, each of which is encoded once."""
    model = AdaIN.from_pretrained()
    photos = [square(path, PAINTED) for path in PHOTOS]
    contents = [model.encode_content(photo) for photo in photos]
    PICTURES.mkdir(exist_ok=True)
    strip(photos).save(PICTURES / "photos.webp", quality=QUALITY, method=6)
    for name, style in styles.items():
        painted = [model.stylize(content, style) for content in contents]
        strip(painted).save(PICTURES / f"{name}.webp", quality=QUALITY, method=6)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--page", action="store_true", help="write the page alone")
    given, styles = parser.parse_args(), builtin_styles()
    if not given.page:
        paint(styles)
    PAGE.write_text(page(styles), encoding="utf-8")


if __name__ == "__main__":
    main()
