"""One photo in many styles, as one picture with names."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from ...adain_core.errors import StyleError
from ...adain_core.pictures.sheet import Sheet
from ...adain_core.styles.style import Style
from .features import Model
from .pictures import Frames, as_seen
from .style_names import painter
from .styles import reduce
from .stylize import stylize


def draw_sheet(
    model: Model, images: Tensor, styles: Sequence[Style], *, alpha: float, side: int, columns: int
) -> Tensor:
    """Paint it.

    Args:
        model: encoder and decoder.
        images: (1, H, W, C) the photo.
        styles: those that it is painted in, in order.
        alpha: strength.
        side: shorter side of each picture on the sheet, in pixels; a smaller photo keeps its size.
        columns: pictures a row.

    Returns:
        (1, height, width, 3) in [0, 1]; the photo itself comes first.

    Raises:
        StyleError: no style, or several photos.
    """
    if images.shape[0] != 1:
        raise StyleError(f"image has {images.shape[0]} pictures: a sheet shows one, choose it with Image From Batch")
    if not styles:
        raise StyleError("no style for the sheet: no built-in style has these words; choose others, or connect a style")
    photo = reduce(Frames(images), side).whole().movedim(1, -1)  # (1, h, w, 3)
    sheet = Sheet(len(styles) + 1, photo.shape[2], photo.shape[1], columns, lines=2)
    sheet.add(as_seen(photo[0]), ["photo"])
    painted = stylize(model, photo, Style.batch(list(styles), styles[0].encoder), alpha=alpha)
    for style, picture in zip(styles, painted, strict=True):
        known = painter(style)
        sheet.add(as_seen(picture), [known, style.info["title"]] if known else [style.name])
    return torch.from_numpy(np.asarray(sheet.picture).astype(np.float32) / 255)[None]
