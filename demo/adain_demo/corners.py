"""A point in a square mixes the styles at its corners."""

from __future__ import annotations


def corner_weights(x: float, y: float, count: int) -> list[float]:
    """Bilinear weights of up to four styles at the corners: top left, top right, bottom left, bottom right.

    Two styles lie left and right; a third one lies along the bottom.

    Args:
        x: 0 (left) to 1 (right).
        y: 0 (top) to 1 (bottom).
        count: styles, 1 to 4.

    Returns:
        `count` weights from 0 to 1 that sum to 1.
    """
    x, y = min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0)
    if count == 1:
        return [1.0]
    if count == 2:
        return [1 - x, x]
    if count == 3:
        return [(1 - x) * (1 - y), x * (1 - y), y]
    return [(1 - x) * (1 - y), x * (1 - y), (1 - x) * y, x * y]
