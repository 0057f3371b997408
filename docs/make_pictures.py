"""Draws the README's pictures with this program: python -m docs.make_pictures"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps

from adain_core import AdaIN, Region, open_picture
from adain_core.request import StylizeOptions
from adain_core.subject.find import find_subject

HERE = Path(__file__).parent
PHOTOS = [HERE.parent / "examples" / f"{name}.jpg" for name in ("astronaut", "chelsea", "coffee")]
STYLES = ["starry-night", "scream", "composition-viii", "irises", "sunflowers", "eagle-over-fukagawa", "kiss"]
CELL, GAP, LABEL = 240, 6, 24
PART = 300
REFINED = [(0, "wheat-field-with-cypresses", (180, 180)), (1, "starry-night", (60, 60))]
"""Number of the photo, style, and the corner of the part that is shown at full size."""
STEPS: dict[str, StylizeOptions] = {
    "as painted": {},
    "refine 3": {"refine": 3},
    "refine 3, texture 1": {"refine": 3, "texture": 1.0},
    "and keep 1": {"refine": 3, "texture": 1.0, "keep": 1.0},
}
CHOSEN = "wheat-field-with-cypresses"
CHOICES: dict[str, StylizeOptions] = {
    "default": {},
    "--refine 2": {"refine": 2},
    "--refine 3 --texture 1": {"refine": 3, "texture": 1.0},
}
COLORS = ["cholesky", "eigen", "monge-kantorovich", "luminance", "luminance-matched"]


def square(path: Path, side: int) -> Image.Image:
    """The middle of a photo."""
    image = Image.open(path).convert("RGB")
    edge = min(image.size)
    left, top = (image.width - edge) // 2, (image.height - edge) // 2
    return image.crop((left, top, left + edge, top + edge)).resize((side, side), Image.Resampling.LANCZOS)


def sheet(rows: list[list[Image.Image]], labels: list[str], path: Path) -> None:
    """Rows of equal pictures with a label over each column."""
    cell = rows[0][0].width
    image = Image.new("RGB", (GAP + len(labels) * (cell + GAP), LABEL + len(rows) * (cell + GAP)), "white")
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(15)
    for x, label in enumerate(labels):
        draw.text((GAP + x * (cell + GAP) + cell / 2, LABEL / 2), label, fill="black", font=font, anchor="mm")
    for y, row in enumerate(rows):
        for x, picture in enumerate(row):
            image.paste(picture, (GAP + x * (cell + GAP), LABEL + y * (cell + GAP)))
    image.save(path, quality=88)


def subjects(model: AdaIN) -> None:
    """Photos, the masks that are found in them, and what is painted by the words for them."""
    rows = []
    for photo in (Image.open(path).convert("RGB") for path in PHOTOS):
        [mask] = find_subject(open_picture(photo), model.device)
        only = [[Region("scream", "subject")], [Region("scream", "background")]]
        both = [Region("sunflowers", "subject"), Region("starry-night", "background")]
        shown = [photo, Image.fromarray((255 * mask).round().byte().numpy()).convert("RGB")]
        shown += [model.stylize(photo, regions) for regions in (*only, both)]
        rows.append([ImageOps.pad(picture, (CELL, CELL), Image.Resampling.LANCZOS, "white") for picture in shown])
    sheet(rows, ["photo", "subject", "subject only", "background only", "a style each"], HERE / "subject.jpg")


def choices() -> None:
    """What the README's table lets choose from."""
    photo = square(PHOTOS[1], 320)
    model, lite = AdaIN.from_pretrained(), AdaIN.from_pretrained("lite")
    painted = [lite.stylize(photo, CHOSEN), *(model.stylize(photo, CHOSEN, **more) for more in CHOICES.values())]
    sheet([[photo, *painted]], ["photo", "lite", *CHOICES], HERE / "choices.jpg")


def refined(model: AdaIN, photos: list[Image.Image]) -> None:
    """Parts of pictures at full size, as refinement changes them."""
    rows = []
    for number, style, (left, top) in REFINED:
        photo = photos[number]
        pictures = [photo, *(model.stylize(photo, style, **options) for options in STEPS.values())]
        rows.append([picture.crop((left, top, left + PART, top + PART)) for picture in pictures])
    sheet(rows, ["photo", *STEPS], HERE / "refine.jpg")


def main() -> None:
    model = AdaIN.from_pretrained()
    choices()

    def shown(picture: Image.Image, side: int = CELL) -> Image.Image:
        return picture.resize((side, side), Image.Resampling.LANCZOS)

    subjects(model)
    photos = [square(path, 480) for path in PHOTOS]
    refined(model, photos)
    rows = [[shown(photo), *(shown(model.stylize(photo, style)) for style in STYLES)] for photo in photos]
    sheet(rows, ["photo", *STYLES], HERE / "grid.jpg")

    photo = photos[0]
    modes = [shown(model.stylize(photo, "composition-viii", color=mode)) for mode in [None, *COLORS]]
    sheet([[shown(photo), *modes]], ["photo", "style", *COLORS], HERE / "color.jpg")

    ramp = np.tile(np.linspace(0, 255, 480).astype(np.uint8), (480, 1))
    half = np.where(ramp > 127, 255, 0).astype(np.uint8)
    cells = [shown(photos[2])]
    for mask in (half, ramp):
        left, right = Image.fromarray(255 - mask), Image.fromarray(mask)
        out = model.stylize(photos[2], [Region("starry-night", left), Region("scream", right)])
        cells += [ImageOps.expand(shown(right.convert("RGB"), CELL - 2), 1, "grey"), shown(out)]
    kept = model.stylize(photos[2], [Region("starry-night", Image.fromarray(half))], feather=12.0)
    sheet(
        [[*cells, shown(kept)]],
        ["photo", "mask", "two styles", "soft mask", "blended", "one region, 12 px feather"],
        HERE / "masks.jpg",
    )


if __name__ == "__main__":
    main()
