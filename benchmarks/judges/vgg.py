"""Target, content and style by VGG-19, the network that trained the decoders: :mod:`training.evaluate`."""

from __future__ import annotations

from torch import Tensor

from adain_core.weights.catalog import find
from adain_core.weights.network_files import load_vgg
from benchmarks.judges import Figures
from training.evaluate import Judge as Evaluation

SHOWN = ("target", "content", "style", "pattern")


class VGGJudge:
    """Those of its figures that the tables show."""

    def __init__(self) -> None:
        self._evaluation = Evaluation(load_vgg(find("vgg19")))

    def pair(self, photo: Tensor, painting: Tensor) -> Figures:
        """Target, content, style: shares of the painting's or photo's own power; pattern: 8-bit levels."""
        all_of = self._evaluation.pair(photo, painting)
        return lambda out: {name: value for name, value in all_of(out).items() if name in SHOWN}


def judge() -> VGGJudge:
    """The judge."""
    return VGGJudge()
