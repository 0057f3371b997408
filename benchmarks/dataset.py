"""Pictures a second of `adain dataset` on this machine's cores, against the loop that is usual for stylized datasets.

    python -m benchmarks.dataset [--count 2000] [--contents photos.tar] [--styles paintings.tar]

The usual loop (as in the script that Stylized-ImageNet was made with): one picture at a time, a style picture read and
encoded for each, plain eager float32 modules, the result saved as JPEG. Both sides read the same JPEG files from disk
and write JPEG files; the plain side's weights are random, which changes nothing about its speed.

The loop is timed on `--loop-count` pictures (it is the same work for each), before and after the rest of the run.
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from adain_core.dataset import JobOptions, Report, stylize_dataset
from adain_core.dataset.sources.kinds import open_source
from adain_core.errors import AdaINError
from adain_core.pictures.reading import open_picture
from adain_core.pictures.writing import save_picture
from benchmarks.machine import print_table
from benchmarks.speed import plain_decoder, plain_encoder, plain_statistics

EXAMPLES = Path(__file__).parent.parent / "examples"


def pictures(folder: Path, ref: str | None, count: int, side: int) -> Path:
    """A folder of JPEG files with a shorter side of `side` pixels: of a dataset, or windows of the example photos."""
    folder.mkdir()
    done = 0
    if ref is not None:
        source = open_source(ref)
        for item in (item for group in source.groups() for item in group.items):
            try:
                picture = open_picture(source.read(item).data).resized(side)
            except AdaINError:
                continue
            save_picture(folder / f"{done:06d}.jpg", picture)
            if (done := done + 1) == count:
                return folder
    photos = [Image.open(path).convert("RGB") for path in sorted(EXAMPLES.glob("*.jpg"))]
    rng = random.Random(0)
    for number in range(done, count):
        photo = rng.choice(photos)
        height, width = rng.choice([(side, side * 4 // 3), (side * 4 // 3, side), (side, side * 3 // 2), (side, side)])
        scale = rng.uniform(1, min(photo.height / height, photo.width / width)) if side < 256 else 1.0
        enlarged = photo.resize((max(width, int(photo.width / scale)), max(height, int(photo.height / scale))))
        left, top = rng.randint(0, enlarged.width - width), rng.randint(0, enlarged.height - height)
        enlarged.crop((left, top, left + width, top + height)).save(folder / f"{number:06d}.jpg", quality=95)
    return folder


def usual_loop(contents: Path, styles: Path, out: Path, count: int, style_side: int) -> float:
    """Pictures a second of the usual loop on all cores."""
    encoder, decoder = plain_encoder().eval(), plain_decoder().eval()
    names, rng = sorted(styles.iterdir()), random.Random(0)
    out.mkdir(exist_ok=True)

    def tensor(path: Path, side: int | None) -> torch.Tensor:
        image = Image.open(path).convert("RGB")
        if side is not None:
            scale = side / min(image.size)
            image = image.resize((round(image.width * scale), round(image.height * scale)))
        return torch.from_numpy(np.array(image)).permute(2, 0, 1)[None].float() / 255  # (1, 3, H, W)

    start = None
    with torch.no_grad():
        for number, path in enumerate(sorted(contents.iterdir())[: count + 2]):
            if number == 2:  # the first two warm up
                start = time.perf_counter()
            f, g = encoder(tensor(path, None)), encoder(tensor(rng.choice(names), style_side))
            (mean, std), (style_mean, style_std) = plain_statistics(f), plain_statistics(g)
            x = decoder((f - mean) / std * style_std + style_mean)[0].clamp(0, 1)
            pixels = (x.permute(1, 2, 0) * 255 + 0.5).to(torch.uint8).numpy()
            Image.fromarray(pixels).save(out / path.name)
    assert start is not None
    return min(count, len(list(out.iterdir())) - 2) / (time.perf_counter() - start)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--loop-count", type=int, default=20)
    parser.add_argument("--size", type=int, default=256, help="shorter side of the pictures")
    parser.add_argument("--style-count", type=int, default=20)
    parser.add_argument("--style-size", type=int, nargs="+", default=[512], help="shorter side styles are encoded at")
    parser.add_argument("--contents", help="a dataset of photos")
    parser.add_argument("--styles", help="a dataset of style pictures")
    parser.add_argument("--dtype", nargs="+", default=["auto"])
    parser.add_argument("--workers", type=int, nargs="+", default=[1, len(os.sched_getaffinity(0))])
    parser.add_argument("--model", default="vgg19")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        contents = pictures(root / "contents", args.contents, args.count, args.size)
        styles = pictures(root / "styles", args.styles, args.style_count, max(args.style_size))
        for side in args.style_size:
            rates = [usual_loop(contents, styles, root / "loop", args.loop_count, side)]
            rows: list[dict[str, object]] = []
            for dtype in args.dtype:
                for workers in args.workers:
                    out = root / f"out-{side}-{dtype}-{workers}"
                    options = JobOptions(model=args.model, dtype=dtype, style_size=side)
                    start = time.perf_counter()
                    report = stylize_dataset(contents, styles, out, options, workers=workers)
                    rows.append(row(f"adain dataset, {dtype}, {workers} workers", report, time.perf_counter() - start))
            rates.append(usual_loop(contents, styles, root / "loop", args.loop_count, side))
            usual = sum(rates) / 2
            first = {"": "usual loop, style encoded each time", "pictures/s": usual, "with start and styles": usual}
            first |= {"network waited": "", "times as fast": 1.0}
            for each in rows:
                each["times as fast"] = float(str(each["with start and styles"])) / usual
            print_table(f"{args.count} pictures of {args.size} px, styles of {side} px, {args.model}", [first, *rows])
            print(f"usual loop before and after: {rates[0]:.3g} and {rates[1]:.3g} pictures/s")


def row(name: str, report: Report, seconds: float) -> dict[str, object]:
    """A line of the table."""
    waited = sum(t.starved + t.blocked for t in report.timings)
    share = waited / (waited + sum(t.painting for t in report.timings))
    return {
        "": name,
        "pictures/s": report.made / report.seconds,
        "with start and styles": report.made / seconds,
        "network waited": f"{share:.1%}",
        "times as fast": 0.0,
    }


if __name__ == "__main__":
    main()
