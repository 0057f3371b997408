"""The pictures of the help pages, web/docs/*.jpg: what each node does. The photos are those of examples/."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import torch
from PIL import Image

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from pack_under_test import PlainModel, part  # noqa: E402

from adain_core import AdaIN, Region, Style, builtin_styles, open_picture  # noqa: E402
from adain_core.subject.find import find_subject  # noqa: E402

style_names = part("nodes.engine.style_names")
DOCS = ROOT / "web" / "docs"

LARGEST = 38_000
"""Bytes of a picture."""


def figures(*wanted: str) -> None:
    """All of them, or those of some nodes."""
    for name, pictures in rows().items():
        if not wanted or name in wanted:
            save(row(pictures()), DOCS / f"{name}.jpg")
    if not wanted or "AdaINStyleSheet" in wanted:
        save(style_sheet(), DOCS / "AdaINStyleSheet.jpg")


def rows() -> dict[str, Callable[[], list[Image.Image]]]:
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
    kept = model.encode_style(painting)
    first = style_names.matching("hokusai, klimt, munch")[:3]
    refined = {"refine": 2}, {"refine": 3, "texture": 1.0}
    return {
        "AdaINLoadModel": lambda: [who, model.stylize(who, starry), lite.stylize(who, "starry-night")],
        "AdaINLoadStyle": lambda: [model.stylize(cat, name) for name in names],
        "AdaINEncode": lambda: [
            cup,
            model.stylize(who, photos["coffee"], style_size=384),
            model.stylize(who, photos["coffee"], style_size=96),
        ],
        "AdaINMixStyles": lambda: [
            model.stylize(cup, Style.mix([starry, waves], [1 - w, w])) for w in (0.0, 0.33, 0.67, 1.0)
        ],
        "AdaINBlend": lambda: [cat, *(model.stylize(cat, starry, alpha=a) for a in (0.5, 1.0, 1.6))],
        "AdaINMaskedTransfer": lambda: [who, model.stylize(who, regions), model.stylize(who, regions, feather=40.0)],
        "AdaINDecode": lambda: [model.stylize(who, "wheat-field-with-cypresses", **more) for more in ({}, *refined)],
        "AdaINColorPreserve": lambda: [
            cup,
            model.stylize(cup, starry),
            model.stylize(cup, starry, color="luminance"),
            model.stylize(cup, starry, color="monge-kantorovich"),
        ],
        "AdaINStylize": lambda: [who, model.stylize(who, "wheat-field-with-cypresses")],
        "AdaINOptions": lambda: [model.stylize(cat, painting, **more) for more in ({}, {"style_size": 96}, *refined)],
        "AdaINSaveStyle": lambda: [square(painting), model.stylize(cat, kept), model.stylize(who, kept)],
        "AdaINSubjectMask": lambda: [
            who,
            Image.fromarray((255 * found).round().byte().numpy()).convert("RGB"),
            model.stylize(who, apart),
        ],
        "AdaINExamplePhoto": lambda: [who, cat, cup, square(painting)],
        "AdaINStylizeVideo": lambda: [
            model.stylize(square(frame), "wheat-field-with-cypresses") for frame in clip((0, 24, 47))
        ],
        "AdaINStyleByNumber": lambda: [model.stylize(cat, style.name) for style in first],
        "AdaINExampleClip": lambda: [square(frame) for frame in clip((0, 24, 47))],
    }


def style_sheet() -> Image.Image:
    """A photo in some styles, with their names, as the node draws it."""
    photo = torch.from_numpy(np.asarray(Image.open(ROOT / "examples" / "chelsea.jpg").convert("RGB")) / 255).float()
    lite = AdaIN.from_pretrained("lite")
    networks = part("nodes.engine.features").Networks(lite.encoder, lite.decoder, lite.device, lite.dtype)
    wanted = "starry-night, scream, kiss, wave, composition-viii, irises, cypresses, seurat, poppy"
    styles = style_names.matching(wanted, lite.encoder_id)
    model = PlainModel(networks, lite.encoder_id)
    sheet = part("nodes.engine.sheet").draw_sheet(model, photo[None], styles[:11], alpha=1.0, side=88, columns=4)
    return Image.fromarray((sheet[0] * 255).round().byte().numpy())


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
