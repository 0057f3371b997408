"""Texture: statistics of relu1_1, relu2_1 and relu3_1, and the pull of a painted picture's features towards them.

relu4_1 alone says little about the finest strokes. The paper's style loss looks at the layers before, too (arXiv
1703.06868, eq. 13), and its gradient is AdaIN once more: for features F with mean m and std s, and m*, s* wanted, the
gradient of ``|m - m*|^2 + |s - s*|^2`` is ``2 / cells * (F - adain(F, m*, s*))``. So refinement pulls each layer of
the picture, as it is painted so far, towards what AdaIN makes of that layer: an affine map of statistics that are the
whole picture's, gathered tile by tile like the content's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

import torch
from torch import Tensor

from ..errors import AdaINError, StyleError
from ..pictures.masks import shares
from ..styles.style import Moments, Style, power
from ..tiles.grid import Window
from ..weights.network_files import Encoder
from . import adain

LAYERS = (64, 128, 256, 512)
"""Channels of relu1_1, relu2_1, relu3_1 and relu4_1."""

SCALES = (8, 4, 2, 1)
"""Entries of each of these layers for one cell of relu4_1, each way."""

WEIGHT = 2.0
"""Weight of the style loss against the content loss, both as shares of the style's power, at texture 1."""


def layers_of(encoder: Encoder) -> Callable[[Tensor], list[Tensor]]:
    """What computes an encoder's layers relu1_1 to relu4_1: :meth:`.vgg.VGGEncoder.taps`.

    Raises:
        StyleError: another network than the paper's.
    """
    taps = getattr(encoder, "taps", None)  # asked for by name: the encoder may be wrapped in another module
    if taps is None:
        raise StyleError("texture is of the layers of the paper's network: use model 'vgg19', or leave texture out")
    return taps


def cut_out(window: Window, taps: Sequence[Tensor], origin: Window) -> list[Tensor]:
    """A window's part of the four layers, which cover `origin`."""
    return [window.of(tap, origin, scale) for tap, scale in zip(taps, SCALES, strict=True)]


def check_texture(texture: float, steps: int) -> float:
    """Return a weight of texture if it is one that can be painted in so many steps of refinement.

    Raises:
        AdaINError: it is negative, not a finite number, or above 0 without any step.
    """
    if isinstance(texture, bool) or not isinstance(texture, int | float) or not 0 <= texture < math.inf:
        raise AdaINError(f"texture is {texture!r}: give a number from 0 (none) on; 1 is a good choice")
    if texture and not steps:
        raise AdaINError(f"texture is {texture!r}, but it is painted by steps of refinement: give refine, such as 3")
    return texture


def all_layers(style: Style) -> Style:
    """The statistics of all four layers as one style, (960,) or (B, 960), in the order of the layers.

    Raises:
        StyleError: it has no texture.
    """
    if style.texture is None:
        raise StyleError(
            f"style {style.name!r} was saved without texture: make it from its picture again (`adain style save "
            "--texture`, or encode_style(..., texture=True)), give the picture itself, or texture 0"
        )
    pairs = ((style.texture.mean, style.mean), (style.texture.std, style.std))
    mean, std = (torch.cat([below.expand(*own.shape[:-1], -1), own], -1) for below, own in pairs)
    return Style(mean, std, style.encoder, style.name)


class LayerMoments:
    """Moments of several layers, gathered piece by piece."""

    def __init__(self) -> None:
        self._layers: list[Moments] = []

    def add(self, taps: Sequence[Tensor], weights: Tensor | None = None) -> None:
        """Add the layers of a piece.

        Args:
            taps: (B, C, r h, r w) each, from relu1_1 on; r as in ``SCALES``.
            weights: (h, w) weight of each cell of relu4_1; 1 when missing.
        """
        self._layers = self._layers or [Moments() for _ in taps]
        for moments, tap, scale in zip(self._layers, taps, SCALES, strict=False):
            moments.add(tap, None if weights is None else _spread(weights, scale))

    @property
    def total(self) -> float:
        """Sum of the weights of all entries of the first layer."""
        return self._layers[0].total if self._layers else 0.0

    @property
    def seen(self) -> bool:
        """Whether any cell had a weight above 0."""
        return self.total > 0

    def style(self, whole: Style | None = None) -> Style:
        """Their statistics one after the other, (sum of C,) or (B, sum of C).

        Args:
            whole: of the whole picture, for regions that are too small to have a spread of their own.
        """
        sizes = LAYERS[: len(self._layers)]
        stds = [None] * len(sizes) if whole is None else whole.std.split(sizes, -1)
        found = [
            moments.style(None if std is None else Style(std, std))  # of the whole only the std is looked at
            for moments, std in zip(self._layers, stds, strict=True)
        ]
        return Style(torch.cat([layer.mean for layer in found], -1), torch.cat([layer.std for layer in found], -1))


class Texture:
    """The pull of one picture's layers, step by step of its refinement.

    Args:
        wanted: statistics of all layers, see :func:`all_layers`, that each part of the picture should have.
        texture: weight, as users give it.
        cells: what each part weighs in each cell of a window, (h, w) each; None where one part is everywhere.
    """

    def __init__(
        self, wanted: Sequence[Style], texture: float, cells: Callable[[Window], list[Tensor]] | None = None
    ) -> None:
        self._wanted, self._cells = list(wanted), cells
        self._maps: list[list[adain.AffineMap]] = []  # of each step, for each part, (B, 960, 1, 1)
        layers = [  # power of each, the parts' mean, (B,)
            sum((power(mean.view(-1, size), std.view(-1, size)) for mean, std in parts), torch.zeros(())) / len(parts)
            for size, *parts in zip(
                LAYERS,
                *(zip(w.mean.split(LAYERS, -1), w.std.split(LAYERS, -1), strict=True) for w in self._wanted),
                strict=True,
            )
        ]
        # Each layer's loss is a mean over its channels and cells, as a share of the style's power there; in units of
        # relu4_1's, whose weight is 1.
        self._weights = [
            (WEIGHT * texture * LAYERS[-1] * layers[-1] / (size * scale**2 * layer)).view(-1, 1, 1, 1)
            for size, scale, layer in zip(LAYERS, SCALES, layers, strict=True)
        ]

    @property
    def measured(self) -> int:
        """How many steps the statistics are known for."""
        return len(self._maps)

    def measure(self, pieces: Iterable[tuple[Window, list[Tensor]]]) -> None:
        """Take the statistics that the next step starts from.

        Args:
            pieces: windows that together are the picture, and the four layers of it as it is painted so far.
        """
        whole, parts = LayerMoments(), [LayerMoments() for _ in self._wanted]
        for window, taps in pieces:
            whole.add(taps)
            if self._cells is not None:
                for moments, weights in zip(parts, self._cells(window), strict=True):
                    moments.add(taps, weights)
        found = whole.style()
        own = [moments.style(found) if moments.seen else found for moments in parts]
        self._maps.append([adain.affine(*pair) for pair in zip(own, self._wanted, strict=True)])

    def at(self, window: Window) -> Callable[[int, Sequence[Tensor]], list[Tensor]]:
        """:meth:`pull` in a window; a step that was not measured before is measured there: it is the whole picture."""

        def pull(step: int, taps: Sequence[Tensor]) -> list[Tensor]:
            if step == self.measured:
                self.measure([(window, list(taps))])
            return self.pull(step, window, taps)

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
        maps = [tuple(part.split(LAYERS, 1) for part in both) for both in self._maps[step]]
        part = None if self._cells is None else shares(self._cells(window))  # (K, h, w)
        pulls = []
        for layer, (tap, scale, weight) in enumerate(zip(taps, SCALES, self._weights, strict=True)):
            every = [(scales[layer], shifts[layer]) for scales, shifts in maps]
            mapping = every[0] if part is None else adain.regional(every, _spread(part, scale).to(tap.device))
            f = tap.float()
            pulls.append((f - adain.apply(f, mapping)) * weight.to(f.device))
        return pulls


def _spread(cells: Tensor, scale: int) -> Tensor:
    """(..., h, w) with each cell repeated to `scale` x `scale`."""
    return cells.repeat_interleave(scale, -1).repeat_interleave(scale, -2)
