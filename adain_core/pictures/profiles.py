"""Colour profiles (ICC): the same look in the numbers of another profile."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
from PIL import Image

from .picture import Picture, rescaled


def converted(image: Image.Image, source: bytes | None, target: bytes | None) -> Image.Image:
    """A picture of any mode as RGB in another profile.

    Args:
        image: its pixels.
        source: the profile they are in; None for sRGB.
        target: the profile to go to; None for sRGB.

    Returns:
        RGB; the picture unchanged if a profile is damaged or unfit.
    """
    from PIL import ImageCms

    try:
        before, after = (ImageCms.createProfile("sRGB") if icc is None else io.BytesIO(icc) for icc in (source, target))
        found = ImageCms.profileToProfile(image, before, after, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, ImportError):
        return image
    return image if found is None else found


def in_profile(picture: Picture, icc: bytes | None = None) -> Picture:
    """A picture in another RGB profile, so that its numbers mean the same colours as those of a picture in that one.

    Args:
        picture: as it was opened; without a profile it is taken for sRGB.
        icc: the profile to go to; None for sRGB.

    Returns:
        The picture itself where both profiles are the same; else of 8 bits a channel, which is what the converter
        (LittleCMS in Pillow) takes.
    """
    if picture.icc == icc:
        return picture
    image = replace(picture, alpha=None).to_pil()
    pixels = np.asarray(converted(image, picture.icc, icc))
    alpha = None if picture.alpha is None else rescaled(picture.alpha, pixels.dtype)
    return replace(picture, pixels=pixels, alpha=alpha, icc=icc)
