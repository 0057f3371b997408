"""Peak memory and time of one picture by size and tile, each in a process of its own.

    python -m benchmarks.memory [--sizes 512 1024 2048] [--tile none auto 1024]
    python -m benchmarks.memory --huge 16384      a generated TIFF of that many pixels a side, tile by tile, to disk

Peak memory is the process's largest resident set less what it was after the imports and the loading of weights.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.machine import print_table

STRIP = 256


def peak_bytes() -> int:
    """Largest resident set so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def generate(path: Path, side: int) -> None:
    """A picture of waves and noise, written strip by strip."""
    import tifffile

    rng = np.random.default_rng(0)
    x = np.arange(side)

    def strips() -> object:
        for y0 in range(0, side, STRIP):
            y = np.arange(y0, min(y0 + STRIP, side))[:, None]
            waves = [np.sin(x / (37 + 11 * c) + y / (53 - 7 * c)) * np.cos(y * x / (4e5 * (c + 1))) for c in range(3)]
            strip = 127 + 90 * np.stack(waves, 2) + rng.normal(0, 12, (len(y), side, 3))
            yield strip.clip(0, 255).astype(np.uint8)

    with tifffile.TiffWriter(path) as tiff:
        tiff.write(strips(), shape=(side, side, 3), dtype=np.uint8, photometric="rgb", rowsperstrip=STRIP)


def child(content: str, out: str, tile: str, dtype: str) -> None:
    """Stylize one file and print seconds and memory as JSON."""
    from adain_core import AdaIN

    model = AdaIN.from_pretrained(device="cpu", dtype=dtype)
    style = model.style("starry-night")
    model.stylize(np.zeros((64, 64, 3), np.uint8), style)  # loads what is loaded lazily
    before, start = peak_bytes(), time.perf_counter()
    edge = None if tile == "none" else tile if tile == "auto" else int(tile)
    model.stylize_to_file(content, style, out, tile=edge)  # type: ignore[arg-type]
    print(json.dumps({"seconds": time.perf_counter() - start, "peak": peak_bytes() - before, "total": peak_bytes()}))


def measure(content: Path, tile: str, dtype: str) -> dict[str, float]:
    """Run :func:`child` in a fresh process."""
    with tempfile.TemporaryDirectory(dir=content.parent) as folder:
        call = [sys.executable, "-m", "benchmarks.memory", "--child", str(content), f"{folder}/out.tif", tile, dtype]
        done = subprocess.run(call, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[512, 1024, 2048])
    parser.add_argument("--tile", nargs="+", default=["none", "1024"])
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--huge", type=int, help="only this size, tile 2048")
    parser.add_argument("--child", nargs=4, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        return child(*args.child)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for side in [args.huge] if args.huge else args.sizes:
            content = Path(folder) / f"{side}.tif"
            generate(content, side)
            for tile in ["2048"] if args.huge else args.tile:
                found = measure(content, tile, args.dtype)
                rows.append(
                    {
                        "picture": f"{side}x{side}",
                        "tile": tile,
                        "seconds": found["seconds"],
                        "peak MiB over the loaded model": found["peak"] / 2**20,
                        "bytes a pixel": found["peak"] / side**2,
                        "process MiB": found["total"] / 2**20,
                    }
                )
    print_table(f"Memory, {args.dtype}", rows)


if __name__ == "__main__":
    main()
