"""The words that stand for masks which are found in the picture itself."""

from __future__ import annotations

SUBJECT, BACKGROUND = "subject", "background"
WORDS = (SUBJECT, BACKGROUND)


def is_word(mask: object) -> bool:
    """Whether a mask is one of the words. A file of that name is given with its folder: ./subject."""
    return isinstance(mask, str) and mask in WORDS
