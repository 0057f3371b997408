"""What a picture holds where one cannot see it: colours of its surroundings in place of whatever lies under alpha 0.

Editors leave anything there, mostly black or white. So nothing that is hidden may reach the encoder, whose cells see
far beyond their own pixels, or weigh in statistics. Hidden pixels take the visible ones' colours, which fade into each
other from all sides.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from .sampling import means, sampled, spread

SIDE = 512
"""Longest side of the map of surroundings, in cells: of a larger picture a cell is several pixels."""

VISIBLE = 1 / 8
"""From this alpha on a pixel is taken as it is. Below, 8-bit files hold its colour ever more roughly."""

BAND_PIXELS = 1 << 20
"""Pixels read at a time while the map is made."""

NOTHING = 0.5
"""The colour of a picture of which nothing is visible."""

Read = Callable[[int, int], tuple[Tensor, Tensor]]
"""Rows y0 to y1 - 1 of a picture as stored: colours (B, 3, h, W) and alpha (B, h, W), both in [0, 1]."""


def surroundings(read: Read, height: int, width: int) -> Tensor:
    """The visible colours, spread over the whole picture: (B, 3, h, w) in [0, 1], to be laid over it."""
    cell = -(-max(height, width) // SIDE)
    rows = max(BAND_PIXELS // (cell * width), 1) * cell
    colours, weights = [], []  # of each cell: mean of colour times alpha, mean of alpha
    for y in range(0, height, rows):
        x, alpha = read(y, min(y + rows, height))
        colours.append(means(x * alpha[:, None], cell))
        weights.append(means(alpha[:, None], cell))
    found = spread(torch.cat(colours, 2), torch.cat(weights, 2), VISIBLE, NOTHING)
    return found.clamp_(0, 1)


def filled(x: Tensor, alpha: Tensor, around: Tensor, at: tuple[int, int, int, int], size: tuple[int, int]) -> Tensor:
    """A window's colours with the surroundings where one cannot see them.

    Args:
        x: (B, 3, h, w) colours as stored.
        alpha: (B, h, w) in [0, 1].
        around: (B, 3, ...) from :func:`surroundings`.
        at: first row, end of rows, first column, end of columns.
        size: the picture's height and width.

    Returns:
        (B, 3, h, w).
    """
    if float(alpha.min()) >= VISIBLE:
        return x
    y0, y1, x0, x1 = at
    beneath = sampled(around, torch.arange(y0, y1, device="cpu"), torch.arange(x0, x1, device="cpu"), *size)
    return torch.lerp(beneath.to(x), x, (alpha / VISIBLE).clamp(0, 1)[:, None].to(x))
