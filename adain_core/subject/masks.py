"""What a region's mask is in the pictures at hand: drawn by somebody, or a word for what is found in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from torch import Tensor

from ..pictures.masks import open_mask
from ..pictures.reading import PictureSource
from .words import SUBJECT, is_word


def region_masks(mask: PictureSource, subject: Callable[[], Sequence[Tensor]]) -> list[Tensor]:
    """A mask as maps (h, w) float32 in [0, 1]: one for all pictures, or of a word one for each.

    Args:
        mask: one of the words, or what :func:`open_mask` reads.
        subject: finds the subject of each picture; called for a word only.

    Raises:
        ImageError: as :func:`open_mask`. What a word finds may be empty.
    """
    if not is_word(mask):
        return [open_mask(mask)]
    return list(subject()) if mask == SUBJECT else [1 - found for found in subject()]
