"""Styles as they are named on the command line."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..model import AdaIN
    from ..request import StyleLike

NAMED = 5
"""Styles that give a blend its name."""


def blend_name(refs: Sequence[str]) -> str:
    """What to call a blend of these in a file's name: all of a few, of many the first and some digits of the whole."""
    names = [Path(ref).stem for ref in refs]
    if len(names) <= NAMED:
        return "+".join(names)
    return f"{'+'.join(names[:NAMED])}+{len(names) - NAMED}-more-{sha256('+'.join(refs).encode()).hexdigest()[:8]}"


def prepare_style(model: AdaIN, ref: str, size: int, recolored: bool, texture: bool = False) -> StyleLike:
    """A style of the command line, read once: encoded, or a picture where its colours depend on the content."""
    from ..pictures.reading import open_picture

    stored = model.stored_style(ref)
    if stored is not None:
        return stored
    return open_picture(ref) if recolored else model.encode_style(ref, size=size, texture=texture)
