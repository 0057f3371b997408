"""Many pictures through the network at once, each in styles of its own, equal to one by one up to rounding."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ...color.matching import ColorMoments
from ...color.recolor import Recolor
from ...engine import adain
from ...engine.features import Features, GridStore
from ...engine.measure import measure
from ...engine.steps import Step
from ...options import ColorMode
from ...pictures.picture import Picture
from ...styles.moments import Moments
from ...styles.style import Style
from ...system.precision import own_formats
from ...tiles.grid import Grid
from ...tiles.sources import Pixels, Stack

if TYPE_CHECKING:
    from ...model import AdaIN

LARGE_PIXELS = 1 << 22
"""Pictures from here on are painted alone, in tiles of ``TILE`` px: the same tiles on every machine."""

TILE = 1024


def cells(picture: Picture) -> tuple[int, int]:
    """Rows and columns of feature cells: pictures of equal ones go into one batch, each padded as it would be alone."""
    grid = _grid(picture)
    return grid.rows, grid.cols


@torch.inference_mode()
@own_formats()
def paint(
    model: AdaIN, pictures: Sequence[Picture], styles: Sequence[Sequence[Style]], alphas: Sequence[Sequence[float]]
) -> list[Tensor]:
    """Paint a batch.

    Args:
        model: encoder and decoder.
        pictures: B of equal :func:`cells`.
        styles: K for each picture.
        alphas: K strengths for each picture.

    Returns:
        K tensors (B, 3, H, W) float32 RGB in [0, 1] on the CPU, padding included: each picture's upper left
        height x width pixels are its own. The content is encoded once for all K.
    """
    pixels = Stack([Pixels(picture, _grid(picture)) for picture in pictures])
    features, everywhere = Features(model.networks, pixels, GridStore(pixels.grid)), pixels.grid.whole
    found = measure([(everywhere, features.encode(everywhere))], partial(Moments, model.encoder.phases)).whole
    content = Style(found.mean.view(len(pictures), -1), found.std.view(len(pictures), -1))  # (B, C)
    painted = []
    for k in range(len(styles[0])):
        target = Style.batch([each[k] for each in styles]).to(model.device)  # (B, C)
        strengths = torch.tensor([each[k] for each in alphas], device=model.device)[:, None]  # (B, 1)
        step = Step([adain.affine(content, target.strength(strengths, content))])
        painted.append(model.decode(step.apply(features.read(everywhere), everywhere)).cpu())
    return painted


def recolored(painted: Tensor, picture: Picture, color: ColorMode | None) -> Tensor:
    """A painted picture (1, 3, H, W) with the colours that the colour mode asks for.

    The styles are statistics, so that colours can be matched only after (as :meth:`AdaIN.stylize` does for them).
    """
    if color is None:
        return painted
    content, recolor = picture.tensor(), Recolor(color)
    recolor.fit([(ColorMoments.of(content), ColorMoments.of(painted))])
    return recolor(painted, content)


def reader(size: int | None, crop: bool) -> Callable[[Picture], Picture]:
    """What is done to a picture before it is painted: its shorter side resized, its middle square cut out."""

    def fit(picture: Picture) -> Picture:
        if size is not None:
            picture = picture.resized(size)
        if crop:
            side = min(picture.height, picture.width)
            top, left = (picture.height - side) // 2, (picture.width - side) // 2
            window = (slice(top, top + side), slice(left, left + side))
            alpha = None if picture.alpha is None else picture.alpha[window]
            picture = replace(picture, pixels=picture.pixels[window], alpha=alpha)
        return picture

    return fit


def _grid(picture: Picture) -> Grid:
    return Grid(picture.height, picture.width, tile=max(picture.height, picture.width))
