"""Uploaded pictures: opened within the limits, kept by the hash of their bytes."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from adain_core.errors import ImageError

from .limits import Limits
from .lru import ByteLRU
from .words import say

if TYPE_CHECKING:
    from torch import Tensor

    from adain_core import Picture


class Photos:
    """Opens files that users uploaded.

    Args:
        limits: sizes above these are refused from the file's header.

    Attributes:
        keep_seconds: how long what was read is kept.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.keep_seconds = limits.keep_seconds
        self._kept: ByteLRU[Picture] = ByteLRU(limits.cache_bytes, picture_bytes, limits.keep_seconds)

    def find(self, path: str | None, *, side: int | None = None) -> tuple[str, Picture]:
        """A photo, reduced or enlarged to a shorter side, and what tells it in this size from all others.

        Args:
            path: the file.
            side: shorter side in pixels; None keeps the photo's own.

        Raises:
            ImageError: no picture, damaged or too large.
            AdaINError: the result would be larger than this page draws.
        """
        if path is None:
            raise ImageError(say("no-photo"))
        file = file_key(path)
        picture = self._kept.get(file, lambda: self._open(path, "photo"))
        height, width = picture.height, picture.width
        if side is not None:
            scale = side / min(height, width)
            height, width = max(1, round(height * scale)), max(1, round(width * scale))
        self._limits.check_result(height, width)
        if side is None or min(picture.height, picture.width) == side:
            return file, picture
        key = f"{file} {side}"
        return key, self._kept.get(key, lambda: picture.resized(side))

    def look(self, path: str, *, what: str = "photo") -> Picture:
        """A picture in its own size; kept, so that another size needs no decoding.

        Raises:
            ImageError: no picture, damaged or too large.
        """
        return self._kept.get(file_key(path), lambda: self._open(path, what))

    def open_style(self, path: str, stroke: int) -> Picture:
        """A style picture with a shorter side of `stroke` pixels at most.

        Raises:
            ImageError: no picture, damaged, too large, or too long to be encoded in one piece.
        """

        def make() -> Picture:
            from adain_core.request import open_style

            picture = open_style(self._open(path, "style picture"), stroke)
            if picture.height * picture.width > self._limits.style_pixels:
                raise ImageError(say(
                    "style-too-large", width=picture.width, height=picture.height, stroke=stroke,
                    limit=f"{self._limits.style_pixels / 1e6:.0f}",
                ))  # fmt: skip
            return picture

        return self._kept.get(f"{file_key(path)} style {stroke}", make)

    def mask(self, path: str) -> Tensor:
        """A mask from an uploaded picture, white inside: (h, w) in [0, 1]; errors as for :meth:`look`."""
        from adain_core.pictures.masks import open_mask

        return open_mask(self.look(path, what="mask"))

    def _open(self, path: str, what: str) -> Picture:
        from adain_core import open_picture

        data = content(path)
        try:
            return open_picture(data, max_pixels=self._limits.photo_pixels)
        except ImageError as e:
            raise ImageError(say("cannot-use", what=say(f"what.{what}"), why=plain(e))) from e


def picture_bytes(picture: Picture) -> int:
    """Memory of a picture's pixels."""
    return picture.pixels.nbytes + (0 if picture.alpha is None else picture.alpha.nbytes)


def file_key(path: str) -> str:
    """SHA-256 of a file's bytes; errors as for :func:`content`."""
    return hashlib.sha256(content(path)).hexdigest()


def content(path: str) -> bytes:
    """An uploaded file's bytes.

    Raises:
        ImageError: it was deleted.
    """
    try:
        return Path(path).read_bytes()
    except FileNotFoundError:  # Gradio deletes uploads by their age, also while the page that shows them is open
        raise ImageError(say("gone")) from None


def plain(error: Exception) -> str:
    """The library's message in the words of a web page: no option names of functions."""
    return (
        str(error)
        .removeprefix("the data ")
        .replace(": reduce it, or allow more (max_pixels)", ": reduce it")
        .rstrip(".")
    )
