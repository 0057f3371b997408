"""The second pass: features of a window, what is done to them, refinement, and the decoder."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from ..networks.vgg import STRIDE
from ..tiles.grid import Grid, Window
from .features import Features
from .keep import Keep
from .layers import cut_out, layers_of
from .networks import Networks
from .refine import Watch, reach, refine
from .steps import Step
from .texture import Texture


class Painter:
    """Paints windows of a picture, or of a batch of equal size.

    Args:
        networks: whose decoder paints; of the encoder that made the features.
        features: of the content.
        steps: what is done to them, in order.
        grid: the tiles that are painted; of the features' cells.
        refine: how many steps of refinement, see :mod:`.refine`.
        spread: (B,) or (1,) mean over the channels of the target's std: the unit of these steps.
        texture: what pulls at the layers before relu4_1 in these steps, see :mod:`.texture`.
        keep: what pulls at relu3_1 in them, see :mod:`.keep`.
        tick: called after each step of refinement and each window that is measured; raise from it to cancel.
        watch: called with a window that is painted, the number of a step of its refinement, and its pixels before that
            step, (B, 3, h, w).
    """

    def __init__(
        self,
        networks: Networks,
        features: Features,
        steps: Sequence[Step],
        grid: Grid,
        *,
        refine: int = 0,
        spread: Tensor | None = None,
        texture: Texture | None = None,
        keep: Keep | None = None,
        tick: Callable[[], object] = lambda: None,
        watch: Callable[[Window, int, Tensor], object] | None = None,
    ) -> None:
        self.networks, self.features, self.steps, self.grid = networks, features, steps, grid
        self.refine, self.texture, self.keep, self.tick, self.watch = refine, texture, keep, tick, watch
        self.spread = torch.ones(1, device="cpu") if spread is None else spread

    def prepare(self) -> None:
        """Measure what is painted before each step, whose pull of texture depends on the whole picture.

        A picture of one tile is seen whole in the step itself.
        """
        if self.texture is None or len(self.grid) == 1:
            return
        for count in range(self.refine):
            self.texture.measure((window, self._layers(window, count)) for window in self.grid)

    def paint(self, window: Window) -> Tensor:
        """The pixels of a window, without margin and padding, (B, 3, h, w) float32 in [0, 1]."""
        decoder = self.networks.decoder
        grown = window.grown(decoder.halo + reach(self.networks, self.refine), self.grid)
        watch = self.watch
        watched: Watch | None = None
        if watch is not None:
            watched = lambda step, y: watch(window, step, self._visible(y, window, grown))  # noqa: E731
        return self._visible(decoder(self._refined(grown, self.refine, watched)), window, grown)

    def _visible(self, y: Tensor, window: Window, grown: Window) -> Tensor:
        """Of the pixels of a grown window those of the window itself, in [0, 1]."""
        y0, y1, x0, x1 = self.grid.visible(window)
        return window.of(y, grown, STRIDE)[:, :, : y1 - y0, : x1 - x0].float().clamp(0, 1)

    def _refined(self, window: Window, count: int, watch: Watch | None = None) -> Tensor:
        """What the decoder is given in a window after some steps, (B, C, h, w); near inner edges less exact."""
        f = self.features.read(window)
        for step in self.steps:
            f = step.apply(f, window)
        f = self.networks.place(f)
        pulls = [each.at(window) for each in (self.texture, self.keep) if each is not None]
        return refine(self.networks, f, self.spread, count, self.tick, pulls, watch)

    def _layers(self, window: Window, count: int) -> list[Tensor]:
        """The four layers of what is painted in a window after some steps."""
        grown = window.grown(self.networks.halo + reach(self.networks, count), self.grid)
        taps = layers_of(self.networks.encoder)(self.networks.decoder(self._refined(grown, count)))
        self.tick()
        return cut_out(window, taps, grown)
