"""Texture: statistics of relu1_1, relu2_1 and relu3_1, and the pull of a painted picture's features towards them.

relu4_1 alone says little about the finest strokes. The paper's style loss looks at the layers before, too (arXiv
1703.06868, eq. 13), and its gradient is AdaIN once more: for features F with mean m and std s, and m*, s* wanted, the
gradient of ``|m - m*|^2 + |s - s*|^2`` is ``2 / cells * (F - adain(F, m*, s*))``. So refinement pulls each layer of
the picture, as it is painted so far, towards what AdaIN makes of that layer: an affine map of statistics that are the
whole picture's, gathered tile by tile like the content's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from ..errors import StyleError
from ..networks.vgg import LAYERS, SCALES
from ..styles.moments import LayerMoments, power
from ..styles.style import Style
from ..tiles.grid import Window
from . import adain
from .measure import Opacity, fully, measure
from .refine import Pull
from .regions import Regions
from .steps import Step

WEIGHT = 2.0
"""Weight of the style loss against the content loss, both as shares of the style's power, at texture 1."""


def all_layers(style: Style) -> Style:
    """The statistics of all four layers as one style, (960,) or (B, 960), in the order of the layers.

    Raises:
        StyleError: it has no texture.
    """
    if style.texture is None:
        raise StyleError(
            f"style {style.name!r} was saved without texture: make it from its picture again (`adain style save "
            "--texture`, or encode_style(..., texture=True)), give the picture itself, or texture and keep 0"
        )
    pairs = ((style.texture.mean, style.mean), (style.texture.std, style.std))
    mean, std = (torch.cat([below.expand(*own.shape[:-1], -1), own], -1) for below, own in pairs)
    return Style(mean, std, style.encoder, style.name)


def layer_weights(wanted: Sequence[Style], weight: float) -> list[Tensor]:
    """What the gradient of each layer counts in units of relu4_1's, whose weight is 1: (B, 1, 1, 1) each.

    Each layer's loss is a mean over its channels and cells, as a share of the style's power there.

    Args:
        wanted: statistics of all layers, see :func:`all_layers`, of each part of the picture.
        weight: of each layer's loss against the content loss.
    """
    layers = [  # power of each, the parts' mean, (B,)
        sum((power(mean.view(-1, size), std.view(-1, size)) for mean, std in parts), torch.zeros((), device="cpu"))
        / len(parts)
        for size, *parts in zip(
            LAYERS,
            *(zip(w.mean.split(LAYERS, -1), w.std.split(LAYERS, -1), strict=True) for w in wanted),
            strict=True,
        )
    ]
    return [
        (weight * LAYERS[-1] * layers[-1] / (size * scale**2 * layer)).view(-1, 1, 1, 1)
        for size, scale, layer in zip(LAYERS, SCALES, layers, strict=True)
    ]


class Texture:
    """The pull of one picture's layers, step by step of its refinement.

    Args:
        wanted: statistics of all layers, see :func:`all_layers`, that each part of the picture should have.
        texture: weight, as users give it.
        regions: where the parts are; None where one part is everywhere.
        opacity: how far the cells of a window are visible, see :func:`.measure.measure`.
    """

    def __init__(
        self, wanted: Sequence[Style], texture: float, regions: Regions | None = None, opacity: Opacity = fully
    ) -> None:
        self._wanted, self._regions, self._opacity = list(wanted), regions, opacity
        self._steps: list[list[Step]] = []  # AdaIN of each layer, for each step of refinement
        self._weights = layer_weights(self._wanted, WEIGHT * texture)

    @property
    def measured(self) -> int:
        """How many steps the statistics are known for."""
        return len(self._steps)

    def measure(self, pieces: Iterable[tuple[Window, Sequence[Tensor]]]) -> None:
        """Take the statistics that the next step starts from.

        Args:
            pieces: windows that together are the picture, and the four layers of it as it is painted so far.
        """
        found = measure(pieces, LayerMoments, self._regions, self._opacity)
        own = [found.whole] if self._regions is None else found.parts
        maps = [adain.affine(*pair) for pair in zip(own, self._wanted, strict=True)]  # of each part, (B, 960, 1, 1)
        layers = [list(zip(*(both.split(LAYERS, 1) for both in part), strict=True)) for part in maps]
        self._steps.append([Step(parts, self._regions) for parts in zip(*layers, strict=True)])

    def at(self, window: Window) -> Pull:
        """:meth:`pull` in a window; a step that was not measured before is measured there: it is the whole picture."""

        def pull(step: int, taps: Sequence[Tensor]) -> dict[int, Tensor]:
            if step == self.measured:
                self.measure([(window, taps)])
            return dict(enumerate(self.pull(step, window, taps)))

        return pull

    def pull(self, step: int, window: Window, taps: Sequence[Tensor]) -> list[Tensor]:
        """The gradient of the style loss in each layer of a window: weighted, what AdaIN would take off it.

        Args:
            step: number of the step, measured before.
            window: where.
            taps: (B, C, r h, r w) each, without gradients.

        Returns:
            The same shapes, float32.
        """
        pulls = []
        for adapt, tap, scale, weight in zip(self._steps[step], taps, SCALES, self._weights, strict=True):
            f = tap.float()
            pulls.append((f - adapt.apply(f, window, scale)) * weight.to(f.device))
        return pulls
