"""How far a tiled picture is from the untiled one, and what each costs.

    python -m benchmarks.tiling [--size 4096] [--tile 1024] [--dtype float32]

Tiles are encoded twice, as for a picture whose features do not fit in memory.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from adain_core import AdaIN
from adain_core.engine import content
from benchmarks.machine import print_table

PHOTO = Path(__file__).parent.parent / "examples" / "astronaut.jpg"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=4096)
    parser.add_argument("--tile", type=int, default=1024)
    parser.add_argument("--dtype", default="float32")
    args = parser.parse_args()
    photo = Image.open(PHOTO).convert("RGB").resize((args.size, args.size), Image.Resampling.BICUBIC)
    x = torch.from_numpy(np.array(photo)).permute(2, 0, 1)[None].float() / 255  # (1, 3, size, size)
    model = AdaIN.from_pretrained(device="cpu", dtype=args.dtype)
    rows, pictures = [], []
    for tile in (None, args.tile):
        content.free_memory = lambda device: 0  # nothing is kept between the passes
        start = time.perf_counter()
        pictures.append(model.stylize(x, "starry-night", tile=tile))
        rows.append({"": "untiled" if tile is None else f"tiles of {tile}", "seconds": time.perf_counter() - start})
    difference = (pictures[0] - pictures[1]).abs()
    levels = [(p * 255).round().to(torch.uint8) for p in pictures]
    rows[0].update({"largest difference": 0.0, "8-bit values that differ": "0"})
    rows[1].update(
        {
            "largest difference": float(difference.max()),
            "8-bit values that differ": f"{int((levels[0] != levels[1]).sum())} of {levels[0].numel()}",
        }
    )
    print_table(f"{args.size}x{args.size}, {args.dtype}", rows)


if __name__ == "__main__":
    main()
