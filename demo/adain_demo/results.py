"""Results as files for the page: the full picture as PNG and JPEG, and light ones to look at."""

from __future__ import annotations

import io
import zlib
from typing import TYPE_CHECKING

from gradio.processing_utils import save_bytes_to_cache

if TYPE_CHECKING:
    from PIL import Image

SHOWN_SIDE = 1600
"""Longer side of what the page shows; the download has all pixels."""


def full_file(image: Image.Image, name: str, folder: str) -> str:
    """Every pixel as it is, as PNG.

    Args:
        image: the result.
        name: file name without suffix.
        folder: where Gradio keeps a component's files; it deletes them after a while.

    Returns:
        The path.
    """
    content = io.BytesIO()
    # The quick ways of zlib: the file is a little larger, and there sooner.
    image.save(content, "PNG", compress_level=1, compress_type=zlib.Z_RLE)
    return save_bytes_to_cache(content.getvalue(), f"{name}.png", folder)


def jpeg_file(image: Image.Image, name: str, folder: str) -> str | None:
    """Every pixel in a file of a tenth of the size; None where there is transparency, which JPEG cannot hold."""
    if image.mode == "RGBA":
        return None
    content = io.BytesIO()
    image.save(content, "JPEG", quality=95, subsampling=0, icc_profile=image.info.get("icc_profile"))
    return save_bytes_to_cache(content.getvalue(), f"{name}.jpg", folder)


def shown_file(image: Image.Image, name: str, folder: str) -> str:
    """A JPEG (WebP where there is transparency) to look at; arguments as for :func:`full_file`."""
    content = io.BytesIO()
    if max(image.size) > SHOWN_SIDE:
        image = image.copy()
        image.thumbnail((SHOWN_SIDE, SHOWN_SIDE))
    profile = image.info.get("icc_profile")
    if image.mode == "RGBA":
        image.save(content, "WEBP", quality=90, method=0, icc_profile=profile)
        return save_bytes_to_cache(content.getvalue(), f"{name}.webp", folder)
    image.save(content, "JPEG", quality=92, icc_profile=profile)
    return save_bytes_to_cache(content.getvalue(), f"{name}.jpg", folder)
