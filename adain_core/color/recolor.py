"""A colour mode put to work: on a style picture before it is encoded, and on what is painted.

The modes, and the sources of their formulas, are in :mod:`.matching`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor

from ..options import ColorMode
from .matching import (
    HISTOGRAM_METHODS,
    ColorMap,
    ColorMoments,
    HistogramMethod,
    apply_map,
    histogram_map,
    keep_color,
    luminance,
    luminance_map,
)


def by_luminance(mode: ColorMode) -> bool:
    """Whether a mode transfers the luminance alone; the others match the histogram of RGB."""
    return mode not in HISTOGRAM_METHODS


def recolor_style(x: Tensor, content: ColorMoments | None, mode: ColorMode, opacity: Tensor | None = None) -> Tensor:
    """A style picture in the content's colours, for a transfer that keeps them.

    Args:
        x: (1, 3, H, W) float RGB in [0, 1], the style picture.
        content: colour statistics of the content; "luminance" needs none.
        mode: how.
        opacity: (1, H, W) in [0, 1], how far the style picture's pixels are visible; all are when missing.

    Returns:
        (1, 3, H, W) in [0, 1]; three equal channels for the luminance modes.
    """
    if mode == "luminance":
        return luminance(x).expand(-1, 3, -1, -1)
    assert content is not None, f"{mode} needs the content's colour statistics"
    own = ColorMoments.of(x, None if opacity is None else opacity[0])
    if by_luminance(mode):
        scale, shift = luminance_map(own, content)
        return (luminance(x) * scale + shift).clamp(0, 1).expand(-1, 3, -1, -1)
    return apply_map(x, histogram_map(own, content, cast(HistogramMethod, mode))).clamp(0, 1)


class Recolor:
    """What is done to painted pictures so that they keep the content's colours.

    Args:
        mode: how.
        matched: for "luminance-matched": False if the style's brightness was matched to the content's before.

    Attributes:
        measures: whether :meth:`fit` must have seen the statistics of content and result first.
    """

    def __init__(self, mode: ColorMode, *, matched: bool = True) -> None:
        self.mode = mode
        self.measures = not by_luminance(mode) or (mode == "luminance-matched" and matched)
        self._maps: list[ColorMap] | list[tuple[float, float]] = []

    def fit(self, pairs: Sequence[tuple[ColorMoments, ColorMoments]]) -> None:
        """Take the statistics of (content, result), for each picture, or one pair for all."""
        if by_luminance(self.mode):
            self._maps = [luminance_map(result, content) for content, result in pairs]
        else:
            method = cast(HistogramMethod, self.mode)
            self._maps = [histogram_map(result, content, method) for content, result in pairs]

    def __call__(self, painted: Tensor, content: Tensor, share: float | Tensor = 1.0, first: int = 0) -> Tensor:
        """Painted pictures, or the same window of all of them, in the content's colours.

        Args:
            painted: (B, 3, h, w) float RGB in [0, 1].
            content: (B or 1, 3, h, w), the same window; only the luminance modes look at it.
            share: how much of the effect, (h, w) or a number.
            first: number of the first picture among those that :meth:`fit` was given.

        Returns:
            (B, 3, h, w) in [0, 1].
        """
        out = []
        for number, x in enumerate(painted.split(1)):
            found = None
            if self.measures:
                found = self._maps[0] if len(self._maps) == 1 else self._maps[first + number]
            if by_luminance(self.mode):
                base = content[number : number + 1] if len(content) > 1 else content
                y = keep_color(x, base.to(x.device), luminance_map=cast("tuple[float, float] | None", found))
            else:
                y = apply_map(x, cast(ColorMap, found)).clamp_(0, 1)
            whole = not isinstance(share, Tensor) and share == 1
            out.append(y if whole else torch.lerp(x, y, torch.as_tensor(share, dtype=x.dtype, device=x.device)))
        return torch.cat(out)
