"""Make what the nodes are shown with: example workflows, screenshots, help pages and their pictures, icon and banner.

    python docs/comfyui/make.py languages | figures | icon
    COMFYUI_PATH=.../ComfyUI python docs/comfyui/make.py workflows | screenshots | blueprints

Names of nodes, or beginnings of names of workflows, for some of them only.
"""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parents[2]
PICTURES = Path(__file__).parent
sys.path.insert(0, str(ROOT))


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


def main(what: str, *names: str) -> None:
    """One of them."""
    if what == "icon":
        icon()
    elif what == "languages":
        from languages import write

        write()
    elif what == "figures":
        from figures import figures

        figures(*names)
    else:
        import templates

        {
            "workflows": templates.workflows,
            "screenshots": templates.screenshots,
            "blueprints": templates.blueprints,
        }[what](*names)


if __name__ == "__main__":
    main(*sys.argv[1:])
