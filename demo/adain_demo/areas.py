"""Masks: ready-made areas, those that are found in the photo, and what was painted on the page."""

from __future__ import annotations

import base64
import binascii
import io
from typing import TYPE_CHECKING

import numpy as np

from adain_core.errors import ImageError
from adain_core.subject.words import BACKGROUND, SUBJECT, is_word

from .limits import Limits

if TYPE_CHECKING:
    from torch import Tensor

AREAS = (
    SUBJECT, BACKGROUND, "top", "bottom", "left", "right", "centre", "fade-down", "fade-right", "fade-diagonal",
    "fade-out",
)  # fmt: skip
"""Areas, as the API calls them. The first two are found in each photo."""

SIDE = 256
"""Ready-made masks are drawn this large and laid over a picture of any size."""

MAX_MASK_PIXELS = 4_000_000


def area_mask(name: str) -> Tensor | str:
    """Where the first style goes, (256, 256) in [0, 1], or the library's word for it; the second one goes elsewhere.

    Raises:
        ImageError: no such area.
    """
    import torch

    if is_word(name):
        return name
    at = (np.arange(SIDE) + 0.5) / SIDE
    y, x = np.meshgrid(at, at, indexing="ij")
    radius = np.hypot(y - 0.5, x - 0.5)
    masks = {
        "top": y < 0.5,
        "bottom": y > 0.5,
        "left": x < 0.5,
        "right": x > 0.5,
        "centre": radius < 0.33,
        "fade-down": 1 - y,
        "fade-right": 1 - x,
        "fade-diagonal": 1 - (x + y) / 2,
        "fade-out": np.clip(1.2 - 2.0 * radius, 0, 1),
    }
    if name not in masks:
        raise ImageError(f"There is no area {name!r}: take one of {', '.join(AREAS)}.")
    return torch.from_numpy(masks[name].astype(np.float32))


def painted_mask(data_url: str, limits: Limits) -> Tensor | None:
    """A mask painted on the page: the opacity of a PNG, (h, w) in [0, 1]; None if nothing was painted.

    Args:
        data_url: "data:image/png;base64,..."; "" is an empty layer.
        limits: the cap of its length.

    Raises:
        ImageError: too long, or no such PNG.
    """
    if not data_url:
        return None
    if not isinstance(data_url, str) or len(data_url) > limits.mask_bytes:
        raise ImageError(f"A painted mask is larger than {limits.mask_bytes / 2**20:.0f} MB: clear it and paint again.")
    head, _, body = data_url.partition(",")
    try:
        content = base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        content = b""
    if head != "data:image/png;base64" or not content:
        raise ImageError(f"A painted mask starts with {data_url[:30]!r}: send a PNG as a data URL.")
    import torch

    from adain_core import open_picture

    picture = open_picture(io.BytesIO(content), max_pixels=MAX_MASK_PIXELS)
    if picture.alpha is None:
        raise ImageError("A painted mask has no transparency: paint on a transparent layer.")
    mask = torch.from_numpy(picture.alpha.astype(np.float32) / 255)  # (h, w)
    return mask if float(mask.max()) >= 1 / 255 else None
