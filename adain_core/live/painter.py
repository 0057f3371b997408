"""Frames to pictures, in a style that may be changed between any two of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from ..model import AdaIN
from ..options import Options, VideoOptions
from ..request import StyleLike
from ..styles.style import Style
from ..video.frames import FrameStylizer

STEP = 0.1
"""What one press of a key adds to the strength."""

STRONGEST = 2.0
"""Beyond it pictures fall apart."""


class LivePainter:
    """Stylizes frames as they come, in one of several styles.

    Args:
        model: encoder and decoder; the small network is made for this.
        styles: those one can choose from, at least one; pictures are encoded when they are first shown.
        alpha: strength.
        steady: seconds over which content statistics are averaged against flicker; 0 takes every frame by itself.

    Attributes:
        number: of the style that is used.
        alpha: strength.
    """

    def __init__(
        self,
        model: AdaIN,
        styles: Sequence[StyleLike],
        alpha: float = Options.alpha,
        steady: float = VideoOptions.steady,
    ) -> None:
        self.model, self.styles, self.number, self.alpha = model, list(styles), 0, alpha
        self._encoded: dict[int, Style] = {}
        self._steady = steady
        self._made: tuple[tuple[int, float], FrameStylizer] | None = None

    @property
    def style(self) -> Style:
        """The style that is used."""
        if self.number not in self._encoded:
            self._encoded[self.number] = self.model.style(self.styles[self.number])
        return self._encoded[self.number]

    def turn(self, steps: int) -> None:
        """Go on to another style, round and round."""
        self.number = (self.number + steps) % len(self.styles)

    def strengthen(self, steps: int) -> None:
        """More or less of the style, from none to twice."""
        self.alpha = min(max(round(self.alpha + steps * STEP, 6), 0.0), STRONGEST)

    def __call__(self, pixels: np.ndarray, seconds: float) -> np.ndarray:
        """Paint one frame.

        Args:
            pixels: (H, W, 3) uint8.
            seconds: when it is shown, ascending.

        Returns:
            (H, W, 3) uint8.
        """
        wanted = (self.number, self.alpha)
        if self._made is None or self._made[0] != wanted:
            stylizer = FrameStylizer(self.model, self.style, alpha=self.alpha, steady=self._steady, follow=0.0)
            if self._made is not None:  # what was learned of the scene stays
                stylizer.restore(self._made[1].state())
            self._made = wanted, stylizer
        x = torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 255  # (1, 3, H, W)
        y = self._made[1](x, [seconds])[0]
        return (y * 255).round().byte().permute(1, 2, 0).contiguous().cpu().numpy()
