"""Many pictures through the network at once, each in styles of its own, equal to one by one up to rounding."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ...color.matching import ColorMoments
from ...color.recolor import Recolor
from ...engine.grain import amount, grained
from ...engine.samples import Samples
from ...options import ColorMode, Grain, Options
from ...pictures.picture import Picture
from ...request import plan
from ...styles.style import Style
from ...system.precision import own_formats
from ...tiles.grid import Grid
from ...tiles.sinks import TensorSink
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
    model: AdaIN,
    pictures: Sequence[Picture],
    styles: Sequence[Sequence[Style]],
    alphas: Sequence[Sequence[float]],
    grain: Grain = Options.grain,
) -> list[Tensor]:
    """Paint a batch.

    Args:
        model: encoder and decoder.
        pictures: B of equal :func:`cells`.
        styles: K for each picture.
        alphas: K strengths for each picture.
        grain: what flat places take.

    Returns:
        K tensors (B, 3, H, W) float32 RGB in [0, 1] on the CPU, padding included: each picture's upper left
        height x width pixels are its own. The content is encoded once for all K.
    """
    found = amount(grain, model.networks)
    stack = Stack([Pixels(grained(picture, found), _grid(picture)) for picture in pictures])
    samples = Samples(model.networks, stack)
    painted = []
    for k in range(len(styles[0])):
        target, strengths = (
            Style.batch([each[k] for each in styles]),
            torch.tensor([each[k] for each in alphas], device="cpu"),
        )
        painted.append(samples.paint(target, strengths).cpu())
    return painted


@torch.inference_mode()
def paint_large(
    model: AdaIN, picture: Picture, wanted: Sequence[tuple[Style, float]], grain: Grain = Options.grain
) -> list[Tensor]:
    """Paint one picture in tiles.

    Args:
        model: encoder and decoder.
        picture: its statistics are taken once.
        wanted: K styles and their strengths.
        grain: what flat places take.

    Returns:
        K tensors (1, 3, height, width) float32 RGB in [0, 1] on the CPU.
    """
    content, painted = model.encode_content(picture, tile=TILE, grain=grain), []
    for style, alpha in wanted:
        sink = TensorSink(torch.empty(1, 3, picture.height, picture.width, device="cpu"))
        plan(model, content, style, Options(alpha=alpha, tile=TILE, grain=grain)).run(sink)
        painted.append(sink.result)
    return painted


def recolored(painted: Tensor, picture: Picture, color: ColorMode | None) -> Tensor:
    """A painted picture (1, 3, H, W) with the colours that the colour mode asks for.

    The styles are statistics, so that colours can be matched only after (as :meth:`AdaIN.stylize` does for them).
    """
    if color is None:
        return painted
    content, recolor = picture.tensor(), Recolor(color)
    opacity = picture.opacity(0, picture.height, 0, picture.width)
    weights = None if opacity is None else opacity[0]
    recolor.fit([(ColorMoments.of(content, weights), ColorMoments.of(painted, weights))])
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
