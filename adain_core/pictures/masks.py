"""Soft masks: reading, feathering, and what a mask weighs in each feature cell and each pixel.

A mask is a map of numbers in [0, 1] of any size, 1 (white) inside. It is laid over the whole picture, whatever
the two sizes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

from ..errors import ImageError
from ..networks.vgg import STRIDE
from ..options import check_feather
from ..system.precision import own_formats
from .sampling import sampled

if TYPE_CHECKING:
    from .picture import Picture
    from .reading import PictureSource


BAND = STRIDE * 64
"""Rows of pixels that are looked at together, so that a huge picture's mask takes no more than its own values."""


@dataclass(frozen=True, eq=False)
class Mask:
    """A mask made ready for a picture of `height` x `width` pixels.

    Attributes:
        values: (h, w) float32 in [0, 1], not larger than the picture.
        height: of the picture, in pixels.
        width: of the picture, in pixels.
    """

    values: Tensor
    height: int
    width: int

    def pixels(self, rows: Tensor, cols: Tensor) -> Tensor:
        """The mask at pixels of the picture, (len(rows), len(cols)), by bilinear interpolation.

        Args:
            rows: (n,) row numbers of the picture, in any order.
            cols: (m,) column numbers.
        """
        return sampled(self.values, rows, cols, self.height, self.width)

    def cells(self, rows: Tensor, cols: Tensor) -> Tensor:
        """Mean of the mask over each feature cell, (len(rows) / 8, len(cols) / 8).

        Args:
            rows: row numbers of the pixels behind the cells, 8 a cell, borders of the padded picture reflected.
            cols: column numbers, likewise.
        """
        parts = [F.avg_pool2d(self.pixels(part, cols)[None], STRIDE)[0] for part in rows.split(BAND)]
        return torch.cat(parts)


def open_mask(source: PictureSource | Picture) -> Tensor:
    """Read a mask: a picture (its brightness in sRGB; white = inside) or numbers in [0, 1].

    Args:
        source: picture file, bytes, PIL image, array, :class:`Picture`, or a tensor (H, W), (1, H, W) or (1, 1, H, W).

    Returns:
        (H, W) float32 in [0, 1].

    Raises:
        ImageError: unreadable, of another shape, with values that are not in [0, 1], or without any white.
    """
    if isinstance(source, Tensor):
        mask = source.detach()
        while mask.ndim > 2 and mask.shape[0] == 1:
            mask = mask[0]
        if mask.ndim != 2 or 0 in mask.shape:
            raise ImageError(f"mask tensor has shape {tuple(source.shape)}: give (H, W), (1, H, W) or (1, 1, H, W)")
        mask = mask.float() / 255 if mask.dtype == torch.uint8 else mask.float()
        low, high = float(mask.min()), float(mask.max())
        if not (low >= -1e-3 and high <= 1 + 1e-3):  # NaN fails this too
            raise ImageError(f"mask values run from {low:.4g} to {high:.4g}: give numbers from 0 to 1")
        mask = mask.clamp(0, 1)
    else:
        from .profiles import in_profile
        from .reading import open_picture

        mask = _brightness(in_profile(open_picture(source)))
    if float(mask.max()) < 1 / 255:
        raise ImageError("mask has no white: paint the region white (255), the rest black")
    return mask


def _brightness(picture: Picture) -> Tensor:
    """(H, W) float32 in [0, 1], a band at a time: the mask of a huge picture is one value a pixel, its colours three.

    What is transparent is outside.
    """
    from ..color.matching import luminance

    mask = torch.empty(picture.height, picture.width, device="cpu")
    for y0 in range(0, picture.height, BAND):
        y1 = min(y0 + BAND, picture.height)
        band = luminance(picture.crop(y0, y1, 0, picture.width))[0, 0].clamp(0, 1)  # (h, W)
        opacity = picture.opacity(y0, y1, 0, picture.width)
        mask[y0:y1] = band if opacity is None else band * opacity[0]
    return mask


@own_formats()
def fit(mask: Tensor, height: int, width: int, feather: float = 0.0) -> Mask:
    """Lay a mask over a picture.

    Args:
        mask: (h, w) in [0, 1], on any device; the result is in main memory.
        height: of the picture, in pixels.
        width: of the picture, in pixels.
        feather: softness of the edges: standard deviation of a Gaussian, in pixels of the picture.

    Raises:
        ImageError: the feather is negative or not a number.
    """
    check_feather(feather)
    mask = mask.cpu()
    h, w = mask.shape
    if h > height or w > width:  # averaged down, never sampled: thin lines survive
        mask = F.adaptive_avg_pool2d(mask[None, None], (min(h, height), min(w, width)))[0, 0]
    if feather > 0:
        h, w = mask.shape
        mask = _blur(_blur(mask, feather * h / height).T, feather * w / width).T
    return Mask(mask.contiguous(), height, width)


def _blur(mask: Tensor, sigma: float) -> Tensor:
    """Gaussian blur down the columns of (h, w), borders repeated."""
    if sigma < 0.1:
        return mask
    radius = int(3 * sigma + 0.5)
    x = torch.arange(-radius, radius + 1, dtype=torch.float32, device=mask.device)
    kernel = torch.exp(-0.5 * (x / sigma) ** 2)
    kernel = (kernel / kernel.sum()).to(mask.device)
    columns = F.pad(mask.T[:, None], (radius, radius), mode="replicate")  # (w, 1, h + 2r)
    return F.conv1d(columns, kernel[None, None])[:, 0].T  # (h, w)
