"""Which styles, and how strong, a picture gets: a pure function of the seed and the picture's key.

Neither the order of the pictures, nor the number of workers, nor a restart can change it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection

from ..errors import AdaINError


def draw(seed: int, key: str, what: str, k: int, attempt: int = 0) -> int:
    """A whole number from 0 to 2^64 - 1: the first 8 bytes of the SHA-256 of all arguments."""
    text = f"{seed}/{what}/{k}/{attempt}/{key}"
    # Names of files need not be valid text: such bytes travel as lone surrogates.
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest()[:8], "big")


def draw_styles(seed: int, key: str, count: int, total: int, bad: Collection[int] = ()) -> list[int]:
    """The numbers of `count` different styles out of `total` for one picture, in the order of its results.

    A style that cannot be read is replaced by another draw for the pictures that drew it; all others keep theirs.

    Args:
        seed: of the job.
        key: names the picture: its path below the dataset's folder.
        count: results a picture.
        total: number of styles.
        bad: numbers of styles that cannot be used.

    Raises:
        AdaINError: fewer usable styles than results a picture.
    """
    if total - len(bad) < count:
        raise AdaINError(
            f"{count} styles a picture, but only {total - len(bad)} of {total} can be used: give more, or a smaller "
            "--per-picture"
        )
    chosen: list[int] = []
    for k in range(count):
        attempt = 0
        while (found := draw(seed, key, "style", k, attempt) * total >> 64) in chosen or found in bad:
            attempt += 1
        chosen.append(found)
    return chosen


def draw_alpha(seed: int, key: str, k: int, low: float, high: float) -> float:
    """The strength of a picture's k-th result: evenly spread from `low` to `high`."""
    if low == high:
        return low
    return low + (high - low) * (draw(seed, key, "alpha", k) / 2**64)
