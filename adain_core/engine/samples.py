"""Pictures of equal cells as one batch: read and measured together, painted each in a style and strength of its own."""

from __future__ import annotations

from functools import partial

from torch import Tensor

from ..styles.moments import Moments
from ..styles.style import Style
from ..tiles.sources import WindowPixels
from . import adain
from .features import Features
from .measure import measure
from .networks import Networks
from .steps import Step


class Samples:
    """A batch in one piece; what it paints equals what each picture would be alone, up to rounding.

    Gradients flow through it where they are enabled, to the pixels and to the targets.

    Args:
        networks: which read and paint it.
        pixels: of B pictures.

    Attributes:
        content: their own statistics, (B, C), on the networks' device.
    """

    def __init__(self, networks: Networks, pixels: WindowPixels) -> None:
        self._networks, self._window = networks, pixels.grid.whole
        self._f = Features(networks, pixels).encode(self._window)
        new = partial(Moments, networks.encoder.phases)
        own = measure([(self._window, self._f)], new, opacity=pixels.opacity).whole
        count = len(self._f)
        self.content = Style(own.mean.view(count, -1), own.std.view(count, -1))

    def paint(self, target: Style, alpha: Tensor, rows: Tensor | None = None) -> Tensor:
        """Paint each picture, or some of them.

        Args:
            target: (N, C), a style for each that is painted.
            alpha: (N,) strengths, which the caller has checked.
            rows: (N,) whole numbers, which of the B are painted; all when missing.

        Returns:
            (N, 3, H, W) float32 RGB in [0, 1] on the networks' device, padding included.
        """
        device, content, f = self._f.device, self.content, self._f
        if rows is not None:
            rows = rows.to(device)
            content, f = Style(content.mean[rows], content.std[rows]), f[rows]
        wanted = target.to(device).strength(alpha.to(device)[:, None], content)
        f = Step([adain.affine(content, wanted)]).apply(f, self._window)
        return self._networks.decoder(self._networks.place(f)).float().clamp_(0, 1)
