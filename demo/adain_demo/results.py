"""Results as files for the page: the full picture to download, and light ones to look at."""

from __future__ import annotations

import base64
import io
import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from gradio.processing_utils import save_bytes_to_cache

if TYPE_CHECKING:
    from PIL import Image

SHOWN_SIDE = 1600
"""Longer side of what the page shows; the download has all pixels."""


FORMS = ("png", "jpeg", "png beside", "jpeg beside")
"""Forms of a download, with what the page says."""


def download_file(full: str, form: str, photo: Callable[[], Image.Image], name: str, folder: str) -> str:
    """The file to download.

    Args:
        full: path of the result as PNG.
        form: one of `FORMS`. Where there is transparency, which JPEG cannot hold, it is a PNG all the same.
        photo: opens the photo, in the result's size.
        name: file name without suffix.
        folder: as for :func:`full_file`.
    """
    kind, _, besides = form.partition(" ")
    if kind == "png" and not besides:
        return full
    from PIL import Image

    with Image.open(full) as opened:
        opened.load()
        image = beside(photo(), opened) if besides else opened
    return jpeg_file(image, name, folder) if kind == "jpeg" and image.mode != "RGBA" else full_file(image, name, folder)


def beside(photo: Image.Image, result: Image.Image) -> Image.Image:
    """The photo, and right of it the result; both have the same size, mode and profile."""
    from PIL import Image

    sheet = Image.new(result.mode, (2 * result.width, result.height))
    for at, image in enumerate((photo, result)):
        sheet.paste(image.convert(result.mode), (at * result.width, 0))
    sheet.info = dict(result.info)
    return sheet


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


def jpeg_file(image: Image.Image, name: str, folder: str) -> str:
    """Every pixel, without transparency, in a file of a tenth of the size; arguments as for :func:`full_file`."""
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


def data_url(image: Image.Image) -> str:
    """A JPEG within an address."""
    content = io.BytesIO()
    image.save(content, "JPEG", quality=85)
    return "data:image/jpeg;base64," + base64.b64encode(content.getvalue()).decode()
