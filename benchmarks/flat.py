"""How flat pictures come out: halos around edges, seams, weave and strokes, with grain and without.

    python -m benchmarks.flat [--size 512] [--pictures 24] [--photos FOLDER] [--styles scream ...] [--paintings FOLDER]
        [--only "vgg19 grain" ...] [--sheet sheet.png] [--contents FOLDER] [--painted NAME=FOLDER ...]

24 pictures are drawn: drawings, gradients, text, screenshots, thin lines, logos with alpha. Or --photos: skies, walls,
skin, wherever brightness stays within 2 levels (standard deviation, without what is coarser than 12 px) for 16 px
around; a row tells what the photos themselves have. In these flat places:

    halo      how far from an edge, in pixels, the mean colour is off that of the middle by more than 12 levels (to 40)
    off       by how many levels it is, 12 to 40 px from the edge
    seam      energy at a period of 16 px along rows and columns over that of the periods around it (1: no seam)
    weave     the same at 8 px
    strokes   standard deviation of brightness without what is coarser than 12 px, in levels; with --paintings, as a
              share of the painting's own

Other programs: --contents writes the pictures; paint them as PICTURE__STYLE.png and name the folder by --painted.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

from adain_core import AdaIN, Style, open_picture
from benchmarks.machine import print_table

STYLES = (
    "starry-night", "scream", "irises", "composition-viii", "water-lily-pond", "kiss", "sunflowers",
    "impression-sunrise", "bordighera", "ballet-dancers", "red-horse", "mona-lisa",
)  # fmt: skip
DEEP, REACH, PATCH, OFF = 40, 40, 64, 12.0
SMOOTH = 2.0
KINDS = ("drawing", "gradient", "text", "screenshot", "lines", "logo")


def draw(kind: str, number: int, size: int) -> Image.Image:
    """One of the pictures, size x size; the same on every machine but for the font of Pillow."""
    rng = np.random.default_rng([KINDS.index(kind), number])
    colour = lambda: tuple(int(v) for v in rng.integers(20, 255, 3))  # noqa: E731
    at = lambda: tuple(float(v) for v in rng.uniform(0, size, 2))  # noqa: E731
    if kind == "gradient":
        y, x = np.mgrid[0:size, 0:size] / size
        turn = rng.uniform(0, 2 * np.pi)
        along = (x * np.cos(turn) + y * np.sin(turn) + 1) / 2.5
        first, last = np.array(colour()), np.array(colour())
        picture = Image.fromarray((first + (last - first) * along[..., None]).clip(0, 255).astype(np.uint8))
        ImageDraw.Draw(picture).ellipse((*at(), size * 0.9, size * 0.9), fill=colour()) if number % 2 else None
        return picture
    picture = Image.new("RGB", (size, size), colour())
    pen = ImageDraw.Draw(picture)
    if kind == "drawing":
        for _ in range(5):
            (x, y), r = at(), size * rng.uniform(0.1, 0.25)
            pen.ellipse((x - r, y - r, x + r, y + r), fill=colour())
        pen.polygon([at(), at(), at()], fill=colour())
        pen.line([at(), at()], fill=colour(), width=size // 24)
    elif kind == "text":
        picture.paste((250, 250, 245), (0, 0, size, size))
        for line in range(size // 3 // 16):
            pen.text((20, 16 + 16 * line), "The quick brown fox jumps over the lazy dog 0123456789", fill=(20, 20, 20))
    elif kind == "screenshot":
        picture.paste((246, 246, 248), (0, 0, size, size))
        pen.rectangle((0, 0, size, size // 12), fill=(40, 60, 110))
        pen.rectangle((0, size // 12, size // 4, size), fill=(225, 228, 235))
        for row in range(6):
            y = size // 6 + row * size // 9
            pen.rectangle((size // 3, y, size // 3 + size * rng.uniform(0.2, 0.5), y + size // 18), fill=colour())
            pen.text((12, y), f"Item {row}", fill=(30, 30, 30))
    elif kind == "lines":
        for _ in range(8):
            pen.line([at(), at()], fill=colour(), width=int(rng.integers(1, 4)))
    else:
        picture = Image.new("RGBA", (size, size), (0, 0, 0, 0))
        pen = ImageDraw.Draw(picture)
        pen.ellipse((size * 0.1, size * 0.1, size * 0.9, size * 0.9), fill=(*colour(), 255))
        pen.regular_polygon((size / 2, size / 2, size * 0.3), 3 + number, fill=(*colour(), 255))
    return picture


def flats(content: Image.Image) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of the flat parts (H, W), 0 for none, and the distance of each pixel from where they end."""
    a = np.asarray(content.convert("RGBA")).astype(np.int16)
    ranges = [ndimage.maximum_filter(a[..., c], 5) - ndimage.minimum_filter(a[..., c], 5) for c in range(4)]
    flat = (np.max(ranges, 0) <= 3) & (a[..., 3] > 250)
    parts, _ = ndimage.label(flat)
    return parts, ndimage.distance_transform_edt(np.pad(flat, 1, mode="edge"))[1:-1, 1:-1]


def fine_of(rgb: np.ndarray) -> np.ndarray:
    """Brightness (H, W) of a picture (H, W, 3), without what is coarser than 12 px."""
    grey = rgb @ [0.299, 0.587, 0.114]
    return np.asarray(grey - ndimage.gaussian_filter(grey, 12))


def smooth(photo: Image.Image) -> np.ndarray:
    """Where a photo is smooth, (H, W)."""
    square = fine_of(np.asarray(photo.convert("RGB")).astype(float)) ** 2
    return np.asarray(ndimage.uniform_filter(square, 33) < SMOOTH**2)


def figures(content: Image.Image, result: np.ndarray, photo: bool = False) -> dict[str, float]:
    """What is said of one result (H, W, 3); a figure is missing where the picture has nothing to take it from."""
    if photo:
        return strokes_in(smooth(content), result)
    parts, depth = flats(content)
    a = np.asarray(content.convert("RGB")).astype(float)
    halos, offs = [], []
    for part in range(1, int(parts.max()) + 1):
        inside = parts == part
        middle = inside & (depth > DEEP)
        if middle.sum() < 500 or a[inside].std(0).max() > 3:
            continue
        own = result[middle].mean(0)
        rings = [inside & (depth > d) & (depth <= d + 4) for d in range(4, REACH, 4)]
        off = [float(np.abs(result[ring].mean(0) - own).mean()) if ring.any() else 0.0 for ring in rings]
        halos.append(max([4 * n + 8 for n, value in enumerate(off) if value > OFF], default=0))
        offs.append(float(np.mean(off[2:])))
    found = {"halo": float(np.mean(halos)), "off": float(np.mean(offs))} if halos else {}
    return found | strokes_in((parts > 0) & (depth > 12), result)


def strokes_in(deep: np.ndarray, result: np.ndarray) -> dict[str, float]:
    """What repeats in some parts (H, W) of a result (H, W, 3), and how much there is of strokes."""
    fine = fine_of(result)
    found = {"strokes": float(fine[deep].std())} if deep.sum() > 500 else {}
    powers = [
        np.abs(np.fft.fft2(fine[y : y + PATCH, x : x + PATCH])) ** 2
        for y in range(0, fine.shape[0] - PATCH + 1, PATCH // 2)
        for x in range(0, fine.shape[1] - PATCH + 1, PATCH // 2)
        if deep[y : y + PATCH, x : x + PATCH].all()
    ]
    if powers:
        power = np.mean(powers, 0)
        found |= {"seam": _peak(power, PATCH // 16), "weave": _peak(power, PATCH // 8)}
    return found


def _peak(power: np.ndarray, at: int) -> float:
    """Energy of a frequency along both axes over the mean of those around it."""
    around = [n for n in (at - 2, at - 1, at + 1, at + 2) if n > 0]
    along = power[0] + power[:, 0]
    return float(along[at] / max(np.mean(along[around]), 1e-9))


@cache
def strokes_of(painting: Path, size: int) -> float:
    """The same figure of a painting."""
    return float(fine_of(np.asarray(open_picture(painting).resized(size).to_pil().convert("RGB")).astype(float)).std())


Paint = Callable[[Image.Image, str | Path], Image.Image]
"""A picture and what names a style to a picture."""


def ways() -> Iterator[tuple[str, Paint]]:
    """Programs and settings, by name."""
    for network in ("vgg19", "lite"):
        model = AdaIN.from_pretrained(network, dtype="float32")
        style = cache(model.style)  # a painting is read once
        for grain, word in ((0.0, ""), (1.0 if network == "lite" else "auto", " grain")):
            yield f"{network}{word}", partial(_paint, model, style, grain=grain)
            if network == "vgg19":
                yield f"{network} refine 2{word}", partial(_paint, model, style, grain=grain, refine=2)


def _paint(
    model: AdaIN, style: Callable[[str | Path], Style], picture: Image.Image, ref: str | Path, **options: Any
) -> Image.Image:
    return model.stylize(picture, style(ref), **options)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--pictures", type=int, default=24)
    parser.add_argument("--photos", type=Path, help="photos, all of them, in place of what is drawn")
    parser.add_argument("--styles", nargs="+", default=list(STYLES))
    parser.add_argument("--paintings", type=Path, help="paintings to take the styles from, in place of --styles")
    parser.add_argument("--contents", type=Path, help="write the pictures here")
    parser.add_argument("--painted", nargs="+", default=[], metavar="NAME=FOLDER")
    parser.add_argument("--only", nargs="+", help="names of the settings to run")
    parser.add_argument("--sheet", type=Path, help="a picture of the first six, as they were and by each setting")
    args = parser.parse_args()
    if args.photos:
        files = sorted(args.photos.iterdir())
        pictures = {file.stem: open_picture(file).resized(args.size).to_pil().convert("RGB") for file in files}
    else:
        names = [(kind, number) for number in range(4) for kind in KINDS][: args.pictures]
        pictures = {f"{kind}{number}": draw(kind, number, args.size) for kind, number in names}
    styles = {path.stem: path for path in sorted(args.paintings.iterdir())} if args.paintings else None
    refs: dict[str, Any] = styles or {name: name for name in args.styles}
    if args.contents:
        args.contents.mkdir(parents=True, exist_ok=True)
        for name, picture in pictures.items():
            picture.save(args.contents / f"{name}.png")
    painters: dict[str, Callable[[str, str], Image.Image]] = {}
    for name, paint in ways():
        if args.only is None or name in args.only:
            painters[name] = lambda p, s, paint=paint: paint(pictures[p], refs[s])  # type: ignore[misc]
    if args.photos:
        painters["the photos themselves"] = lambda p, s: pictures[p]
    for text in args.painted:
        name, _, folder = text.partition("=")
        painters[name] = lambda p, s, folder=folder: Image.open(Path(folder) / f"{p}__{s}.png")  # type: ignore[misc]
    rows, shown = [], []
    for name, painter in painters.items():
        found: dict[str, list[float]] = {}
        for style in refs:
            for shape, content in pictures.items():
                result = painter(shape, style).convert("RGB")
                one = figures(content, np.asarray(result).astype(float), bool(args.photos))
                if styles and "strokes" in one:
                    one["strokes"] /= strokes_of(styles[style], args.size)
                for key, value in one.items():
                    found.setdefault(key, []).append(value)
                if style == next(iter(refs)) and shape in list(pictures)[: len(KINDS)]:
                    shown.append(result)
        rows.append({"": name, **{key: round(float(np.mean(values)), 2) for key, values in sorted(found.items())}})
        print(rows[-1], flush=True)
    print_table("Flat pictures", rows)
    if args.sheet:
        across = min(len(KINDS), len(pictures))
        sheet = Image.new("RGB", (across * args.size, (len(painters) + 1) * args.size))
        for n, picture in enumerate([*list(pictures.values())[:across], *shown]):
            sheet.paste(picture, (n % across * args.size, n // across * args.size))
        sheet.save(args.sheet)


if __name__ == "__main__":
    main()
