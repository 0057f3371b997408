"""A folder of pictures: one process with all cores, or one a core that reads and writes beside its network.

    python -m benchmarks.folder [--count 24] [--model lite vgg19] [--suffix .jpg .png]

`adain stylize FOLDER` paints one picture after the other with all cores; `adain dataset` has a process for each core,
with threads that decode ahead and encode behind. Pictures are cut from the example photos, in three shapes with a
shorter side of 512 px. Start-up is left out, since a folder may be long.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

from adain_core import AdaIN
from adain_core.dataset import JobOptions, stylize_dataset
from benchmarks.dataset import pictures
from benchmarks.machine import print_table

STYLE = "starry-night"


def one_by_one(model: AdaIN, files: list[Path], out: Path, suffix: str) -> float:
    """Pictures a second as `adain stylize` does them."""
    out.mkdir()
    style = model.style(STYLE)
    model.stylize_to_file(files[0], style, out / f"warm-up{suffix}")
    start = time.perf_counter()
    for path in files:
        model.stylize_to_file(path, style, out / f"{path.stem}{suffix}")
    return len(files) / (time.perf_counter() - start)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=24)
    parser.add_argument("--model", nargs="+", default=["lite", "vgg19"])
    parser.add_argument("--suffix", nargs="+", default=[".jpg", ".png"])
    parser.add_argument("--workers", type=int, nargs="+", default=[len(os.sched_getaffinity(0))])
    args = parser.parse_args()
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        contents = pictures(root / "contents", None, args.count, 512)
        files = sorted(contents.iterdir())
        for kind in args.model:
            model = AdaIN.from_pretrained(kind)
            for suffix in args.suffix:
                before = one_by_one(model, files, root / f"{kind}{suffix}-before", suffix)
                found = {}
                for workers in args.workers:
                    out = root / f"{kind}{suffix}-{workers}"
                    report = stylize_dataset(
                        contents, STYLE, out, JobOptions(model=kind, suffix=suffix), workers=workers
                    )
                    # From a worker's first picture to its last: processes take seconds to start.
                    rates = [t.pictures / (t.painting + t.starved + t.blocked) for t in report.timings]
                    found[f"dataset, {workers} workers"] = sum(rates)
                after = one_by_one(model, files, root / f"{kind}{suffix}-after", suffix)
                rows.append({"": f"{kind}, {suffix}", "one by one": before, **found, "one by one, again": after})
    print_table(f"Pictures a second of a folder of {args.count}, {STYLE}", rows)


if __name__ == "__main__":
    main()
