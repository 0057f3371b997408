"""Statistics of whole paintings, taken once: what a training step needs of a painting, without encoding it again."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save
from torch import Tensor
from torchvision.transforms import v2
from tqdm import tqdm

from adain_core.errors import AdaINError
from adain_core.networks.vgg import VGGEncoder
from adain_core.system.atomic_files import write_atomically
from training.data import Source, to_float
from training.losses import mean_std

LEVELS = (3, 64, 128, 256, 512)
"""Channels of the RGB picture (for its contrast) and of relu1_1, relu2_1, relu3_1, relu4_1."""


class StyleStatistics:
    """Mean and std of each painting at every level.

    Args:
        table: (N, 2, sum of LEVELS) float32, a row a painting of the source; NaN where it was not encoded.
    """

    def __init__(self, table: Tensor) -> None:
        self.table = table

    def rows(self, numbers: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Mean and std, each (B, C), of every level of paintings with these numbers (B,)."""
        rows = self.table[numbers.to(self.table.device)]  # (B, 2, sum of LEVELS)
        return [(level[:, 0], level[:, 1]) for level in rows.split(LEVELS, dim=2)]


def take_statistics(
    source: Source,
    numbers: Sequence[int],
    resize: int,
    encoder: VGGEncoder,
    fingerprint: str,
    dtype: torch.dtype,
    folder: Path,
) -> tuple[StyleStatistics, list[int], list[str]]:
    """Statistics of the paintings with these numbers, from the folder's file if they are there already.

    Args:
        source: paintings.
        numbers: which of them.
        resize: shorter side they are shrunk to, in pixels; smaller ones stay as they are.
        encoder: what encodes them.
        fingerprint: id of the encoder.
        dtype: format the encoder computes in.
        folder: where the table is kept, 8 KB a painting.

    Returns:
        the statistics, the numbers of the paintings that could be read, and a line for each that could not.
    """
    device = next(encoder.parameters()).device
    facts = [fingerprint, str(dtype), resize, source.identity(), list(numbers)]  # rows lie by place in the source
    path = folder / f"style-statistics-{sha256(repr(facts).encode()).hexdigest()[:12]}.safetensors"
    bad: list[str] = []
    if path.is_file():
        table = load_file(path)["table"]
    else:
        table = torch.full((len(source), 2, sum(LEVELS)), torch.nan)
        working = copy.deepcopy(encoder).to(dtype)
        for i in tqdm(numbers, "statistics of paintings", unit="painting"):
            try:
                pixels = source.pixels(i)
            except (AdaINError, OSError) as e:
                bad.append(f"{source.name(i)}: {e}")
                continue
            table[i] = _levels(pixels, resize, working, device, dtype)
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(path, save({"table": table}))
    readable = [i for i in numbers if bool(table[i].isfinite().all())]
    return StyleStatistics(table.to(device)), readable, bad


@torch.no_grad()
def _levels(pixels: np.ndarray, resize: int, encoder: VGGEncoder, device: torch.device, dtype: torch.dtype) -> Tensor:
    """(2, sum of LEVELS) of (H, W, 3) uint8 pixels."""
    x = torch.from_numpy(np.array(pixels)).permute(2, 0, 1)[None]  # (1, 3, H, W)
    scale = min(1.0, resize / min(x.shape[2:]))
    height, width = (max(16, round(side * scale) // 8 * 8) for side in x.shape[2:])  # the encoder wants eights
    if (height, width) != tuple(x.shape[2:]):
        x = v2.functional.resize(x, [height, width], antialias=True)
    x = to_float(x, device, dtype)
    return torch.cat([torch.stack(mean_std(level))[:, 0] for level in (x, *encoder.taps(x))], 1).cpu()
