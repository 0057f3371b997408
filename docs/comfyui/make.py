"""Make the example workflows, their thumbnails and the screenshots from a running ComfyUI, and icon and banner.

COMFYUI_PATH=.../ComfyUI python docs/comfyui/make.py workflows|screenshots|icon|figures|languages
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from figures import figures
from languages import write
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


if __name__ == "__main__":
    for name in sys.argv[1:]:
        {"workflows": workflows, "screenshots": screenshots, "icon": icon, "figures": figures, "languages": write}[name]()
