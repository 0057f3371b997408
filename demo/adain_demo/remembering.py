"""What a model remembers: photos, encoded once for all that is painted of them, and the styles of pictures."""

from __future__ import annotations

import hashlib
from typing import Any

import torch
from torch import Tensor

from adain_core import AdaIN, Picture, Style
from adain_core.engine.content import Content
from adain_core.tiles.grid import PixelSource

from .lru import ByteLRU
from .photos import picture_bytes

STYLE_BYTES = 4 * 2**20
"""Memory for the statistics of style pictures: 4 KB each, twice that with texture."""


class RememberingAdaIN(AdaIN):
    """The library's model; styles are kept by the hash of the very pixels they are of.

    The key is the content: a user finds there only the style of pixels that he already has.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._styles: ByteLRU[Style] = ByteLRU(STYLE_BYTES, style_bytes)

    def style_of(
        self, pixels: Tensor | PixelSource, mask: Tensor | None = None, name: str = "", texture: bool = False
    ) -> Style:
        """As the library's; not to be modified, others may get the same."""
        seen = [pixels] if isinstance(pixels, Tensor) else whole(pixels)
        keys = [content_key(x) for x in [*seen, *([] if mask is None else [mask])]]
        key = f"{' '.join(keys)} {mask is None} {name} {texture}"
        return self._styles.get(key, lambda: super(RememberingAdaIN, self).style_of(pixels, mask, name, texture))


class Contents:
    """Photos as models have read them.

    Args:
        limit: bytes that all of them may take together.
        seconds: how long each is kept at most.
    """

    def __init__(self, limit: int, seconds: float) -> None:
        self._kept: ByteLRU[Content] = ByteLRU(limit, content_bytes, seconds)

    @property
    def bytes(self) -> int:
        """What all of them take."""
        return self._kept.bytes

    def get(self, model: AdaIN, name: str, key: str, photo: Picture) -> Content:
        """A photo, read by a model at its first use; another strength, style, blend or area then encodes nothing.

        Args:
            model: reads it.
            name: of the model.
            key: of the photo, in the size it is painted in.
            photo: its pixels.
        """
        return self._kept.get(f"{key} {name}", lambda: model.encode_content(photo))

    def trim(self) -> None:
        """Forget what is too much: painting may have added to what is kept of a photo (its luminance)."""
        self._kept.trim()


def style_bytes(style: Style) -> int:
    """Memory of a style's statistics."""
    return style.mean.nbytes + style.std.nbytes + (0 if style.texture is None else style_bytes(style.texture))


def content_bytes(content: Content) -> int:
    """Memory of a photo's pixels and features."""
    photo = content.source
    return content.nbytes + (picture_bytes(photo) if isinstance(photo, Picture) else 0)


def whole(pixels: PixelSource) -> list[Tensor]:
    """All that there is to see of a picture: its pixels, and how far they are visible if not all are."""
    at = (0, pixels.height, 0, pixels.width)
    opacity = pixels.opacity(*at)
    return [pixels.crop(*at), *([] if opacity is None else [opacity])]


def content_key(x: Tensor) -> str:
    """SHA-256 of a tensor's shape, format and values."""
    flat = x.detach().contiguous().cpu()
    digest = hashlib.sha256(f"{tuple(x.shape)} {x.dtype}".encode())
    digest.update(flat.view(torch.uint8).numpy().data)
    return digest.hexdigest()
