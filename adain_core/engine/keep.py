"""What is kept of the content: the pull of a painted picture's relu3_1 towards AdaIN of the content's own relu3_1.

relu4_1 has cells of 8 pixels, and loses faces and small things; texture has statistics only, which say nothing of where
things are. relu3_1 has cells of 4 pixels: the content's own, with the mean and std that the style has there (arXiv
1703.06868, eq. 8, one layer earlier), is a target with the content's edges, as strong as the style's.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from ..networks.vgg import LAYERS, SCALES
from ..styles.style import Style
from ..tiles.grid import Window
from . import adain
from .features import Features
from .refine import Pull
from .regions import Regions
from .steps import Step
from .texture import layer_weights

LAYER = 2
"""Of relu1_1, relu2_1, relu3_1 and relu4_1. With relu2_1, too, strokes of the style go: 0.061 away from it for 0.050
at the same content (four pairs, three steps, texture 1)."""


class Keep:
    """The pull of one picture's relu3_1, the same in every step of its refinement.

    Args:
        features: of the content.
        own: statistics of the content's relu1_1, relu2_1 and relu3_1, (448,) or (B, 448), in each part of the picture.
        wanted: statistics of all layers, see :func:`.texture.all_layers`, that each part should have.
        keep: weight, as users give it.
        regions: where the parts are; None where one part is everywhere.
    """

    def __init__(
        self,
        features: Features,
        own: Sequence[Style],
        wanted: Sequence[Style],
        keep: float,
        regions: Regions | None = None,
    ) -> None:
        self._features = features
        maps = [adain.affine(_layer(a), _layer(b)) for a, b in zip(own, wanted, strict=True)]  # (B, 256, 1, 1)
        self._step = Step(maps, regions)
        self._weight = layer_weights(wanted, keep)[LAYER]

    def at(self, window: Window) -> Pull:
        """The gradient of |F - t|^2 / 2 in a window, weighted: F the picture's relu3_1, t what is kept."""
        target: list[Tensor] = []  # computed once for all steps

        def pull(step: int, taps: Sequence[Tensor]) -> dict[int, Tensor]:
            if not target:
                target.append(self.target(window))
            f = taps[LAYER].float()
            return {LAYER: (f - target[0].to(f.device)) * self._weight.to(f.device)}

        return pull

    def target(self, window: Window) -> Tensor:
        """The content's relu3_1 with the style's statistics, (B, 256, 2h, 2w) float32; as it is where no part is."""
        return self._step.apply(self._features.layers(window)[LAYER].float(), window, SCALES[LAYER])


def _layer(layers: Style) -> Style:
    """Of statistics of the layers from relu1_1 on those of relu3_1, (256,) or (B, 256)."""
    first = sum(LAYERS[:LAYER])
    part = slice(first, first + LAYERS[LAYER])
    return Style(layers.mean[..., part], layers.std[..., part], layers.encoder, layers.name)
