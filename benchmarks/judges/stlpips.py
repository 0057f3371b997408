"""ST-LPIPS to the photo (Ghildyal and Liu 2022, arXiv 2207.13686), and the painting's statistics on its layers.

The layers are those of AlexNet.
"""

from __future__ import annotations

import torch
from stlpips_pytorch import stlpips
from torch import Tensor

from benchmarks.judges import Figures


class STLPIPSJudge:
    """Of a network that no program here was trained by."""

    def __init__(self) -> None:
        self._lpips = stlpips.LPIPS(net="alex", variant="shift_tolerant", verbose=False)

    @torch.no_grad()
    def pair(self, photo: Tensor, painting: Tensor) -> Figures:
        """Content: the distance to the photo. Style: the mean over five layers of the squared distance of means and
        stds as a share of the mean square of the painting's features.
        """
        wanted = [(f.mean((2, 3)), f.std((2, 3)), f.square().mean()) for f in self._layers(painting)]

        @torch.no_grad()
        def figures(out: Tensor) -> dict[str, float]:
            style = [
                (f.mean((2, 3)) - mean).square().mean() / power + (f.std((2, 3)) - std).square().mean() / power
                for f, (mean, std, power) in zip(self._layers(out), wanted, strict=True)
            ]
            content = self._lpips(out, photo, normalize=True)
            return {"independent content": float(content), "independent style": float(torch.stack(style).mean())}

        return figures

    def _layers(self, x: Tensor) -> list[Tensor]:
        return list(self._lpips.net.forward(2 * x - 1))


def judge() -> STLPIPSJudge:
    """The judge."""
    return STLPIPSJudge()
