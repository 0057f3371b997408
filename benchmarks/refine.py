"""What steps of refinement give and cost: distances, seconds, memory, and how far tiles are off.

    python -m benchmarks.refine [--size 512] [--steps 0 1 2 3] [--texture 0 1] [--keep 0 1] [--tile 256] [--rounds 3]
        [--dtype float32]

The distances, to the AdaIN target and of the paper's style loss, are of the example photo in a built-in style;
`training.evaluate ... --refine 3 --texture 1` measures many pairs.
Memory is the process's largest resident set less what it was after the loading of weights, in a process of its own.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from functools import partial

from adain_core import AdaIN
from adain_core.engine.layers import layers_of
from adain_core.engine.texture import all_layers
from adain_core.networks.vgg import LAYERS
from adain_core.pictures.reading import open_picture
from adain_core.system.allocator import keep_freed_memory
from benchmarks.machine import median_seconds, print_table
from benchmarks.memory import peak_bytes
from benchmarks.tiling import PHOTO
from training.losses import adain_target, style_loss

STYLE = "starry-night"


def child(size: int, dtype: str, steps: int, texture: float, keep: float) -> None:
    """Refine one picture and print what memory it took, in bytes."""
    model = AdaIN.from_pretrained(device="cpu", dtype=dtype)
    photo = open_picture(PHOTO).resized(size).tensor()
    model.stylize(photo[:, :, :64, :64], STYLE, refine=min(steps, 1), texture=texture, keep=keep)  # what loads lazily
    before = peak_bytes()
    model.stylize(photo, STYLE, refine=steps, texture=texture, keep=keep, tile=None)
    print(peak_bytes() - before)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--steps", type=int, nargs="+", default=[0, 1, 2, 3])
    parser.add_argument("--texture", type=float, nargs="+", default=[0.0, 1.0])
    parser.add_argument("--keep", type=float, nargs="+", default=[0.0, 1.0], help="with the last of --texture")
    parser.add_argument("--tile", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--child", type=float, nargs=3, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child is not None:
        return child(args.size, args.dtype, int(args.child[0]), *args.child[1:])
    ways = [
        (n, texture, keep)
        for texture in args.texture
        for keep in args.keep
        for n in args.steps
        if (n or not texture) and (not keep or (n and texture == args.texture[-1]))
    ]
    call = [sys.executable, "-m", "benchmarks.refine", "--size", str(args.size), "--dtype", args.dtype, "--child"]
    # First, since a process begins with the largest resident set of the one that starts it.
    peaks = [int(subprocess.run([*call, *map(str, way)], capture_output=True, check=True).stdout) for way in ways]
    keep_freed_memory()  # as the adain command does
    model = AdaIN.from_pretrained(device="cpu", dtype=args.dtype)
    photo, style = open_picture(PHOTO).resized(args.size).tensor(), model.style(STYLE)
    target = adain_target(model.encode(photo), style.mean[None], style.std[None])
    power = (style.mean.square() + style.std.square()).mean()
    taps, layers = layers_of(model.encoder), all_layers(style)
    wanted = [(m[None], s[None]) for m, s in zip(layers.mean.split(LAYERS), layers.std.split(LAYERS), strict=True)]
    functions = {
        str(way): partial(model.stylize, photo, style, refine=way[0], texture=way[1], keep=way[2], tile=None)
        for way in ways
    }
    seconds = median_seconds(functions, args.rounds)
    rows = []
    for (n, texture, keep), peak in zip(ways, peaks, strict=True):
        whole = functions[str((n, texture, keep))]()
        off = (model.stylize(photo, style, refine=n, texture=texture, keep=keep, tile=args.tile) - whole).abs() * 255
        rows.append(
            {
                "steps": str(n),
                "texture": f"{texture:g}",
                "keep": f"{keep:g}",
                "distance to the target": float((model.encode(whole) - target).square().mean() / power),
                "to the style": float(style_loss(taps(whole.to(model.dtype)), wanted, relative=True)),
                "seconds": seconds[str((n, texture, keep))],
                "peak memory, MB": peak / 1e6,
                f"tiles of {args.tile} off by, 8-bit levels": float(off.mean()),
                "off by more than 2": f"{float((off > 2).float().mean()):.2%}",
            }
        )
    print_table(f"Refinement, {args.size}x{args.size}, {str(model.dtype).removeprefix('torch.')}", rows)


if __name__ == "__main__":
    main()
