"""A style as it is named on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..model import AdaIN
    from ..request import StyleLike


def prepare_style(model: AdaIN, ref: str, size: int, recolored: bool, texture: bool = False) -> StyleLike:
    """A style of the command line, read once: encoded, or a picture where its colours depend on the content."""
    from ..pictures.reading import open_picture

    stored = model.stored_style(ref)
    if stored is not None:
        return stored
    return open_picture(ref) if recolored else model.encode_style(ref, size=size, texture=texture)
