"""Make the example workflows, their thumbnails and the screenshots from a running ComfyUI, and icon and banner.

COMFYUI_PATH=.../ComfyUI python docs/comfyui/make.py workflows|screenshots|icon|figures
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "nodes")]

WORKFLOWS = ROOT / "example_workflows"
PICTURES = Path(__file__).parent


def workflows() -> None:
    """example_workflows/*.json, as the editor saves them, and a thumbnail of what each makes."""
    from comfy_browser import comfy_page, load_api
    from comfy_server import ComfyServer
    from workflows import WORKFLOWS as SOURCES

    with tempfile.TemporaryDirectory() as folder:
        server = ComfyServer(Path(folder))
        try:
            with comfy_page(server.url) as page:
                for name, source in SOURCES.items():
                    graph = load_api(page, source(), name)
                    graph["extra"] = {"info": {"description": (source.__doc__ or "").strip()}}
                    text = json.dumps(without_nulls(graph), indent=1, sort_keys=True)
                    (WORKFLOWS / f"{name}.json").write_text(text + "\n")
            for name, source in SOURCES.items():
                run = server.run(source())
                saved = [k for k, node in source().items() if node["class_type"] == "SaveImage"]
                pictures = [Image.open(file).convert("RGB") for node in saved for file in run.files(node)]
                strip(pictures[:2], 400).save(WORKFLOWS / f"{name}.jpg", quality=85)
        finally:
            server.close()


def without_nulls(value: object) -> object:
    """Saved workflows say what is not there, in the language of the one who saved them: left out."""
    if isinstance(value, dict):
        return {k: without_nulls(v) for k, v in value.items() if v is not None and k != "localized_name"}
    return [without_nulls(v) for v in value] if isinstance(value, list) else value


def strip(pictures: list[Image.Image], side: int) -> Image.Image:
    """A square thumbnail: one picture, or equal strips of several."""
    out = Image.new("RGB", (side, side))
    for number, picture in enumerate(pictures):
        x0, x1 = (side * n // len(pictures) for n in (number, number + 1))
        out.paste(picture.resize((side, side), Image.Resampling.LANCZOS).crop((x0, 0, x1, side)), (x0, 0))
    return out


def screenshots() -> None:
    """Each example workflow after it ran, as the user sees it."""
    from comfy_browser import comfy_page, fit, load_saved, run
    from comfy_server import ComfyServer

    with tempfile.TemporaryDirectory() as folder:
        server = ComfyServer(Path(folder))
        try:
            for path in sorted(WORKFLOWS.glob("*.json")):
                with comfy_page(server.url, 1400, 800) as page:  # a fresh one: no tabs of other workflows
                    load_saved(page, path.read_text())
                    run(page)
                    fit(page)
                    shot = Path(folder) / "shot.png"
                    page.screenshot(path=shot)
                    Image.open(shot).convert("RGB").save(PICTURES / f"{path.stem}.jpg", quality=80)
        finally:
            server.close()


def icon() -> None:
    """Icon (256 x 256) and banner (21:9) for the registry: photos painted by this program."""
    from adain_core import AdaIN

    model = AdaIN.from_pretrained()
    cat = Image.open(ROOT / "examples" / "chelsea.jpg").convert("RGB")
    painted = model.stylize(cat, "starry-night", color=None)
    half = painted.copy()
    half.paste(cat.crop((0, 0, cat.width // 2, cat.height)), (0, 0))
    side = cat.height
    left = (cat.width - side) // 2 - 10
    half.crop((left, 0, left + side, side)).resize((256, 256), Image.Resampling.LANCZOS).save(
        PICTURES / "icon.png", optimize=True
    )
    astronaut = Image.open(ROOT / "examples" / "astronaut.jpg").convert("RGB")
    names = ["starry-night", "composition-viii", "sunflowers"]
    tiles = [astronaut, *(model.stylize(astronaut, name) for name in names)]
    banner = Image.new("RGB", (1260, 540))
    width = 1260 // len(tiles)
    for number, tile in enumerate(tiles):
        tile = tile.resize((540, 540), Image.Resampling.LANCZOS)
        banner.paste(tile.crop((60, 0, 60 + width, 540)), (number * width, 0))
    banner.save(PICTURES / "banner.jpg", quality=72)


def figures() -> None:
    """The pictures of the help pages, web/docs/*.jpg."""
    import torch

    from adain_core import AdaIN, Region, Style, builtin_styles, open_picture
    from adain_core.subject.find import find_subject

    model, known = AdaIN.from_pretrained(), builtin_styles()
    photos = {
        name: Image.open(ROOT / "examples" / f"{name}.jpg").convert("RGB")
        for name in ("astronaut", "chelsea", "coffee")
    }
    who, cat, cup = (square(photo) for photo in photos.values())
    starry, waves = known["starry-night"], known["eagle-over-fukagawa"]
    top = torch.zeros(64, 64)
    top[:32] = 1
    regions = [Region(known["starry-night"], top), Region(known["sunflowers"], 1 - top)]
    [found] = find_subject(open_picture(who), model.device)
    apart = [Region(known["scream"], "subject"), Region(known["irises"], "background")]
    names = ["starry-night", "scream", "sunflowers", "composition-viii", "eagle-over-fukagawa", "kiss"]
    rows = {
        "AdaINBlend": [cat, *(model.stylize(cat, starry, alpha=a) for a in (0.5, 1.0, 1.6))],
        "AdaINMixStyles": [model.stylize(cup, Style.mix([starry, waves], [1 - w, w])) for w in (0.0, 0.33, 0.67, 1.0)],
        "AdaINMaskedTransfer": [who, model.stylize(who, regions), model.stylize(who, regions, feather=40.0)],
        "AdaINColorPreserve": [
            cup,
            model.stylize(cup, starry),
            model.stylize(cup, starry, color="luminance"),
            model.stylize(cup, starry, color="monge-kantorovich"),
        ],
        "AdaINLoadStyle": [model.stylize(cat, name) for name in names],
        "AdaINEncode": [
            cup,
            model.stylize(who, photos["coffee"], style_size=384),
            model.stylize(who, photos["coffee"], style_size=96),
        ],
        "AdaINSubjectMask": [
            who,
            Image.fromarray((255 * found).round().byte().numpy()).convert("RGB"),
            model.stylize(who, apart),
        ],
        "AdaINStylize": [who, model.stylize(who, "wheat-field-with-cypresses")],
    }
    for name, pictures in rows.items():
        side = 200
        out = Image.new("RGB", (side * len(pictures) + 4 * (len(pictures) - 1), side), "white")
        for number, picture in enumerate(pictures):
            out.paste(picture.resize((side, side), Image.Resampling.LANCZOS), (number * (side + 4), 0))
        out.save(ROOT / "web" / "docs" / f"{name}.jpg", quality=82)


def square(photo: Image.Image) -> Image.Image:
    """The middle, 300 pixels wide."""
    side = min(photo.size)
    x, y = (photo.width - side) // 2, (photo.height - side) // 2
    return photo.crop((x, y, x + side, y + side)).resize((300, 300), Image.Resampling.LANCZOS)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        {"workflows": workflows, "screenshots": screenshots, "icon": icon, "figures": figures}[name]()
