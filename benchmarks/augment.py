"""What RandomStyle costs in a training loop: pictures a second, beside `stylize`, RandAugment and reading JPEGs.

    python -m benchmarks.augment [--batch 32] [--side 224] [--rounds 5]

All in one process on tensors of one batch, taking turns; "every sample painted" is p=1, what one uses is p=0.5. A
loader computes them in its workers, one thread each, beside the training step.
"""

from __future__ import annotations

import argparse
import io
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor
from torchvision.io import decode_jpeg
from torchvision.transforms import v2

from adain_core import AdaIN
from adain_core.augment import RandomStyle
from adain_core.system.allocator import keep_freed_memory
from benchmarks.machine import median_seconds, print_table

PHOTOS = Path(__file__).parents[1] / "examples"


def batch_of(count: int, side: int) -> Tensor:
    """Parts of photos, (count, 3, side, side) uint8."""
    random, found = np.random.default_rng(0), []
    photos = [np.asarray(Image.open(path).convert("RGB")) for path in sorted(PHOTOS.glob("*.jpg"))]
    for i in range(count):
        photo = photos[i % len(photos)]
        cut = min(photo.shape[0], photo.shape[1]) * 3 // 4
        y, x = (int(random.integers(0, length - cut)) for length in photo.shape[:2])
        picture = Image.fromarray(photo[y : y + cut, x : x + cut]).resize((side, side))
        found.append(torch.from_numpy(np.asarray(picture).copy()).permute(2, 0, 1))
    return torch.stack(found)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--side", type=int, default=224)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    keep_freed_memory()

    model = AdaIN.from_pretrained("lite", device="cpu")
    whole = batch_of(args.batch, args.side)
    x, scream, policy = whole.float() / 255, model.style("scream"), v2.RandAugment()
    files = []
    for picture in whole:
        file = io.BytesIO()
        Image.fromarray(picture.permute(1, 2, 0).numpy()).save(file, "JPEG", quality=90)
        files.append(file.getvalue())
    coded = [torch.frombuffer(bytearray(file), dtype=torch.uint8) for file in files]
    every, half = (RandomStyle(p=p, model=model, generator=0) for p in (1.0, 0.5))
    each = RandomStyle(p=1.0, model=model, generator=0)
    batch, spread = (RandomStyle(name, p=1.0, model=model, generator=0) for name in ("batch", "distribution"))
    small = F.interpolate(x, scale_factor=0.5, mode="area")

    functions = {
        "stylize, one style for all": lambda: model.stylize(x, scream),
        "RandomStyle, every sample painted": lambda: every(x),
        "the same, from and to uint8": lambda: every(whole),
        "the same, picture by picture": lambda: [each(picture) for picture in x],
        "RandomStyle, p=0.5": lambda: half(x),
        'RandomStyle("batch"), every sample painted': lambda: batch(x),
        'RandomStyle("distribution"), every sample painted': lambda: spread(x),
        "RandomStyle, every sample painted, half the side": lambda: every(small),
        "torchvision's RandAugment": lambda: [policy(picture) for picture in whole],
        "reading JPEGs, Pillow": lambda: [np.asarray(Image.open(io.BytesIO(file))) for file in files],
        "reading JPEGs, torchvision": lambda: [decode_jpeg(code) for code in coded],
    }
    seconds = median_seconds(functions, args.rounds)
    first = next(iter(seconds.values()))
    rows = [
        {"": name, "pictures a second": args.batch / found, "of stylize": first / found}
        for name, found in seconds.items()
    ]
    print_table(f"Style as an augmentation, batches of {args.batch} at {args.side}x{args.side}", rows)


if __name__ == "__main__":
    main()
