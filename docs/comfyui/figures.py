"""The pictures of the help pages, web/docs/*.jpg: what each node does. The photos are those of examples/."""

from __future__ import annotations

import io
from pathlib import Path

import av
import torch
from PIL import Image

from adain_core import AdaIN, Region, Style, builtin_styles, open_picture
from adain_core.subject.find import find_subject

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "web" / "docs"

LARGEST = 38_000
"""Bytes of a picture."""


def figures() -> None:
    """All of them."""
    for name, pictures in rows().items():
        save(row(pictures), DOCS / f"{name}.jpg")


def rows() -> dict[str, list[Image.Image]]:
    """By node, what is shown side by side."""
    model, lite, known = AdaIN.from_pretrained(), AdaIN.from_pretrained("lite"), builtin_styles()
    photos = {name: photo(name) for name in ("astronaut", "chelsea", "coffee")}
    who, cat, cup = (square(picture) for picture in photos.values())
    starry, waves = known["starry-night"], known["eagle-over-fukagawa"]
    painting = photo("painting")
    top = torch.zeros(64, 64)
    top[:32] = 1
    regions = [Region(known["starry-night"], top), Region(known["sunflowers"], 1 - top)]
    [found] = find_subject(open_picture(who), model.device)
    apart = [Region(known["scream"], "subject"), Region(known["irises"], "background")]
    names = ["starry-night", "scream", "sunflowers", "composition-viii", "eagle-over-fukagawa", "kiss"]
    [frame] = (square(picture) for picture in clip((30,)))
    subject = [Region(known["scream"], "subject")]
    kept = model.encode_style(painting)
    refined = {"refine": 2}, {"refine": 3, "texture": 1.0}
    return {
        "AdaINLoadModel": [who, model.stylize(who, starry), lite.stylize(who, "starry-night")],
        "AdaINLoadStyle": [model.stylize(cat, name) for name in names],
        "AdaINEncode": [
            cup,
            model.stylize(who, photos["coffee"], style_size=384),
            model.stylize(who, photos["coffee"], style_size=96),
        ],
        "AdaINMixStyles": [model.stylize(cup, Style.mix([starry, waves], [1 - w, w])) for w in (0.0, 0.33, 0.67, 1.0)],
        "AdaINBlend": [cat, *(model.stylize(cat, starry, alpha=a) for a in (0.5, 1.0, 1.6))],
        "AdaINMaskedTransfer": [who, model.stylize(who, regions), model.stylize(who, regions, feather=40.0)],
        "AdaINDecode": [model.stylize(who, "wheat-field-with-cypresses", **more) for more in ({}, *refined)],
        "AdaINColorPreserve": [
            cup,
            model.stylize(cup, starry),
            model.stylize(cup, starry, color="luminance"),
            model.stylize(cup, starry, color="monge-kantorovich"),
        ],
        "AdaINStylize": [who, model.stylize(who, "wheat-field-with-cypresses")],
        "AdaINOptions": [model.stylize(cat, painting, **more) for more in ({}, {"style_size": 96}, *refined)],
        "AdaINSaveStyle": [square(painting), model.stylize(cat, kept), model.stylize(who, kept)],
        "AdaINSubjectMask": [
            who,
            Image.fromarray((255 * found).round().byte().numpy()).convert("RGB"),
            model.stylize(who, apart),
        ],
        "AdaINExamplePhoto": [who, cat, cup, square(painting)],
        "AdaINStylizeVideo": [frame, model.stylize(frame, "scream"), model.stylize(frame, subject)],
        "AdaINExampleClip": [square(frame) for frame in clip((0, 24, 47))],
    }


def photo(name: str) -> Image.Image:
    """One of examples/."""
    return Image.open(ROOT / "examples" / f"{name}.jpg").convert("RGB")


def clip(numbers: tuple[int, ...]) -> list[Image.Image]:
    """Frames of the example clip."""
    with av.open(str(ROOT / "examples" / "clip.mp4")) as container:
        frames = [frame.to_image() for frame in container.decode(video=0)]
    return [frames[number] for number in numbers]


def square(picture: Image.Image, side: int = 300) -> Image.Image:
    """The middle."""
    edge = min(picture.size)
    x, y = (picture.width - edge) // 2, (picture.height - edge) // 2
    return picture.crop((x, y, x + edge, y + edge)).resize((side, side), Image.Resampling.LANCZOS)


def row(pictures: list[Image.Image], side: int = 200, gap: int = 4) -> Image.Image:
    """Side by side."""
    out = Image.new("RGB", (side * len(pictures) + gap * (len(pictures) - 1), side), "white")
    for number, picture in enumerate(pictures):
        out.paste(picture.resize((side, side), Image.Resampling.LANCZOS), (number * (side + gap), 0))
    return out


def save(picture: Image.Image, path: Path, largest: int = LARGEST) -> None:
    """As a JPEG, as good as fits."""
    for quality in range(88, 40, -3):
        data = io.BytesIO()
        picture.save(data, "JPEG", quality=quality, optimize=True, progressive=True)
        if data.tell() <= largest:
            break
    path.write_bytes(data.getvalue())
