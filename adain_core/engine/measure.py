"""The first pass: statistics of the whole picture and of each of its regions, piece by piece."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from torch import Tensor

from ..styles.moments import Gathering, Piece
from ..styles.style import Style
from ..tiles.grid import Window
from .regions import Regions

Opacity = Callable[[Window], Tensor | None]
"""How far the cells of a window are visible, (1 or B, h, w) in [0, 1]; None where all are."""


def fully(window: Window) -> None:
    """All cells are visible."""


@dataclass(frozen=True, eq=False)
class Measured:
    """What was found, for one picture or a batch.

    Attributes:
        whole: statistics of the whole, (C,) or (B, C).
        parts: of each region; where one reaches nothing they are the whole's.
        totals: sum of the weights of each region's cells, (1,) or (B,) each; 0 where it reaches nothing.
    """

    whole: Style
    parts: list[Style]
    totals: list[Tensor]


def measure(
    pieces: Iterable[tuple[Window, Piece]],
    gathering: Callable[[], Gathering[Piece]],
    regions: Regions | None = None,
    opacity: Opacity = fully,
) -> Measured:
    """Gather the statistics of a picture from its windows.

    Args:
        pieces: windows that together are the picture, and what is measured there.
        gathering: makes what takes up pieces: :class:`~adain_core.styles.moments.Moments` or ``LayerMoments``.
        regions: parts to be measured by themselves, too.
        opacity: how far the cells of a window are visible: what they weigh.
    """
    whole, parts = gathering(), [gathering() for _ in range(0 if regions is None else len(regions))]
    for window, piece in pieces:
        visible = opacity(window)
        whole.add(piece, visible)
        if regions is not None:
            for part, weights in zip(parts, regions.weights(window), strict=True):
                part.add(piece, weights if visible is None else weights * visible)
    style = whole.style()
    return Measured(style, [part.style(style) for part in parts], [part.total for part in parts])
