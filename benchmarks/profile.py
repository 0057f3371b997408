"""Where the time of one picture goes on a CPU: convolutions, what surrounds them, and what is not PyTorch at all.

    python -m benchmarks.profile [--size 512] [--model vgg19 lite] [--rounds 10]

Array in, array out, style cached. `torch.profiler` gives each operator's own time; what the call took beyond their sum
is Python, NumPy and waiting. The profiler itself adds some microseconds an operator, which the last line shows.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from torch.profiler import ProfilerActivity, profile

from adain_core import AdaIN
from adain_core.pictures.reading import open_picture
from adain_core.system.allocator import keep_freed_memory
from benchmarks.machine import print_table

PHOTO = Path(__file__).parent.parent / "examples" / "chelsea.jpg"

KINDS = {
    "convolutions": ("convolution", "thnn_conv", "::mm", "::bmm"),
    "padding": ("_pad", "pad_", "reflection", "replication"),
    "ReLU and pooling": ("relu", "clamp_min", "max_pool"),
    "statistics and affine map": ("var_mean", "mean", "sum", "addcmul", "mul", "sub", "div", "sqrt"),
    "copies, layouts, number formats": ("copy_", "cat", "contiguous", "clone", "fill_", "empty", "index", "stack"),
    "enlarging": ("upsample", "interpolate"),
    "sums, rounding to pixels": ("clamp", "round", "add"),
}
"""Kinds of work and parts of the names of their operators; the first kind that fits counts."""


def kind_of(operator: str) -> str:
    """The kind of work an operator does."""
    return next((kind for kind, parts in KINDS.items() if any(part in operator for part in parts)), "other operators")


def shares(model: AdaIN, size: int, rounds: int) -> dict[str, float]:
    """Milliseconds a picture by kind of work, the whole, and the whole without the profiler."""
    photo = open_picture(PHOTO).resized(size).pixels[:size, :size]  # (S, S, 3) uint8
    style = model.style("starry-night")

    def run() -> float:
        start = time.perf_counter()
        for _ in range(rounds):
            model.stylize(photo, style)
        return (time.perf_counter() - start) * 1e3 / rounds

    run()
    plain = run()
    with profile(activities=[ProfilerActivity.CPU]) as profiler:
        whole = run()
    found: dict[str, float] = {kind: 0.0 for kind in [*KINDS, "other operators"]}
    for event in profiler.key_averages():
        if event.key.startswith(("aten::", "mkldnn", "onednn")):
            found[kind_of(event.key)] += event.self_cpu_time_total / 1e3 / rounds
    found["Python, NumPy, waiting"] = whole - sum(found.values())
    return found | {"all, profiled": whole, "all, without the profiler": plain}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--model", nargs="+", default=["vgg19", "lite"])
    parser.add_argument("--dtype", nargs="+", default=["float32", "bfloat16"])
    parser.add_argument("--rounds", type=int, default=10)
    args = parser.parse_args()
    keep_freed_memory()  # as the adain command does
    columns = {
        f"{name}, {dtype}": shares(AdaIN.from_pretrained(name, device="cpu", dtype=dtype), args.size, args.rounds)
        for name in args.model
        for dtype in args.dtype
    }
    rows: list[dict[str, object]] = []
    for kind in next(iter(columns.values())):
        row: dict[str, object] = {"ms": kind}
        for column, found in columns.items():
            row[column] = f"{found[kind]:.1f} ({found[kind] / found['all, profiled']:.1%})"
        rows.append(row)
    print_table(f"Where the time of a {args.size}x{args.size} picture goes", rows)


if __name__ == "__main__":
    main()
