"""How long a subject is looked for, by side and threads, and what memory a large picture takes.

    python -m benchmarks.subject [--sides 512 2048] [--huge 12000] [--rounds 5]

Memory is the process's largest resident set less what it was after a small picture, in a process of its own.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from adain_core.pictures.reading import open_picture
from adain_core.subject.find import find_subject
from benchmarks.machine import median_seconds, print_table
from benchmarks.memory import peak_bytes
from benchmarks.tiling import PHOTO

CPU = torch.device("cpu")


@dataclass(frozen=True)
class Generated:
    """A picture that is nowhere in memory: a disc on a ground that darkens."""

    height: int
    width: int

    def crop(self, y0: int, y1: int, x0: int, x1: int) -> Tensor:
        """The window, (1, 3, y1 - y0, x1 - x0)."""
        y, x = torch.arange(y0, y1)[:, None] / self.height, torch.arange(x0, x1) / self.width
        disc = ((y - 0.5).square() + (x - 0.5).square() < 0.06).float()
        return torch.stack(
            [disc * 0.9 + (1 - disc) * 0.2, 0.3 + 0.2 * (1 - y) * (1 - disc), 0.8 * (1 - y) * (1 - disc)]
        )[None]

    def opacity(self, y0: int, y1: int, x0: int, x1: int) -> None:
        """All of it is visible."""


def child(side: int) -> None:
    """Look at one large picture and print what memory it took, in bytes, and the seconds."""
    find_subject(Generated(64, 64), CPU)
    before, start = peak_bytes(), time.perf_counter()
    [mask] = find_subject(Generated(side, side), CPU)
    assert bool(mask.any())
    print(peak_bytes() - before, time.perf_counter() - start)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sides", type=int, nargs="+", default=[512, 2048])
    parser.add_argument("--huge", type=int, default=12000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--child", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child is not None:
        return child(args.child)
    call = [sys.executable, "-m", "benchmarks.subject", "--child", str(args.huge)]
    peak, huge = subprocess.run(call, capture_output=True, check=True, text=True).stdout.split()
    photos = {side: open_picture(PHOTO).resized(side) for side in args.sides}
    every, rows = torch.get_num_threads(), []
    for threads in sorted({1, every}):
        torch.set_num_threads(threads)
        seconds = median_seconds(
            {str(side): partial(find_subject, photo, CPU) for side, photo in photos.items()}, args.rounds
        )
        rows += [
            {"shorter side": side, "threads": threads, "seconds": t, "memory, MB": ""} for side, t in seconds.items()
        ]
    rows.append(
        {
            "shorter side": str(args.huge),
            "threads": every,
            "seconds": float(huge),
            "memory, MB": f"{int(peak) / 1e6:.0f}",
        }
    )
    print_table("Looking for the subject", rows)


if __name__ == "__main__":
    main()
