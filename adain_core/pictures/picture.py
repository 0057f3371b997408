"""One kind of picture, whatever it came from: pixels, and what belongs to them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from ..errors import ImageError
from .metadata import Metadata
from .transparency import filled, surroundings

MAX_PIXELS = 1_000_000_000
"""Pictures above this are refused before they are decoded, unless the caller allows more."""

LEAST_WEIGHT = 1e-4
"""Alpha below which a resized pixel shows nothing, and so has no colour."""


@dataclass(frozen=True, eq=False)
class Picture:
    """Pixels as they were stored, upright, with what belongs to them. Arrays may be views or files on disk.

    Attributes:
        pixels: (H, W, 3) RGB: uint8, uint16, or float32 in [0, 1].
        alpha: (H, W) of the same dtype, 0 = transparent; None for an opaque picture.
        icc: the RGB colour profile that the pixels are in, if the file had one.
        format: "PNG", "JPEG", "TIFF" ...; empty for arrays and tensors.
        name: the file's name without folder and suffix; empty if there is no file.
        metadata: EXIF, XMP and resolution of the file.
    """

    pixels: np.ndarray
    alpha: np.ndarray | None = None
    icc: bytes | None = None
    format: str = ""
    name: str = ""
    metadata: Metadata = field(default_factory=Metadata)

    @property
    def height(self) -> int:
        """Rows."""
        return self.pixels.shape[0]

    @property
    def width(self) -> int:
        """Columns."""
        return self.pixels.shape[1]

    @property
    def levels(self) -> float:
        """The value that stands for full intensity: 255, 65535 or 1."""
        return full_scale(self.pixels.dtype)

    def tensor(self, device: torch.device | str = "cpu", dtype: torch.dtype = torch.float32) -> Tensor:
        """All pixels, (1, 3, H, W) RGB in [0, 1], channels_last, never sharing memory with the source.

        Where nothing is visible they are those of the surroundings, see :mod:`.transparency`.
        """
        return self.crop(0, self.height, 0, self.width, device, dtype)

    def crop(
        self,
        y0: int,
        y1: int,
        x0: int,
        x1: int,
        device: torch.device | str = "cpu",
        dtype: torch.dtype = torch.float32,
    ) -> Tensor:
        """Rows y0..y1 - 1 and columns x0..x1 - 1 of :meth:`tensor`; nothing else is read or converted.

        Raises:
            ImageError: the window is empty or reaches beyond the picture.
        """
        if not (0 <= y0 < y1 <= self.height and 0 <= x0 < x1 <= self.width):
            raise ImageError(
                f"rows {y0}:{y1}, columns {x0}:{x1} are no window of a picture of {self.width}x{self.height}"
            )
        x = self._unit(self.pixels[y0:y1, x0:x1], device).permute(2, 0, 1)[None]  # (1, 3, h, w) in channels_last
        if self.alpha is not None:
            alpha = self._unit(self.alpha[y0:y1, x0:x1])[None]  # (1, h, w)
            x = filled(x, alpha, self._around, (y0, y1, x0, x1), (self.height, self.width))
        return x.to(dtype).contiguous(memory_format=torch.channels_last)

    def opacity(self, y0: int, y1: int, x0: int, x1: int) -> Tensor | None:
        """How far each pixel of a window is visible, (1, h, w) in [0, 1].

        None where all are; and for a picture of which nothing is visible, as if all were.
        """
        if self.alpha is None or not self._seen:
            return None
        alpha = self.alpha[y0:y1, x0:x1]
        return None if (alpha == self.levels).all() else self._unit(alpha)[None]

    def opaque(self) -> Picture:
        """This picture without transparency: what is hidden has the colours of its surroundings."""
        if self.alpha is None:
            return self
        return replace(self, pixels=to_depth(self.tensor()[0], self.pixels.dtype), alpha=None)

    def _unit(self, a: np.ndarray, device: torch.device | str = "cpu") -> Tensor:
        """Values as stored, of pixels or alpha, in [0, 1]: a copy, since sources may be read-only."""
        if a.dtype == np.uint16:  # torch computes with uint16 on few devices
            a = a.astype(np.float32)
        return torch.from_numpy(np.array(a, order="C")).to(device).to(torch.float32).div_(self.levels)

    @cached_property
    def _seen(self) -> bool:
        """Whether any pixel is visible."""
        return self.alpha is None or bool(self.alpha.any())

    @cached_property
    def _around(self) -> Tensor:
        """(1, 3, h, w): what the surroundings of each hidden pixel look like."""

        def rows(y0: int, y1: int) -> tuple[Tensor, Tensor]:
            assert self.alpha is not None
            return self._unit(self.pixels[y0:y1]).permute(2, 0, 1)[None], self._unit(self.alpha[y0:y1])[None]

        return surroundings(rows, self.height, self.width)

    def with_pixels(self, pixels: np.ndarray) -> Picture:
        """This picture with other pixels (H, W, 3) of the same size and meaning; all else stays."""
        return replace(self, pixels=pixels)

    def to_array(self) -> np.ndarray:
        """(H, W, 3), or (H, W, 4) with alpha, in the pixels' dtype."""
        return self.pixels if self.alpha is None else np.concatenate([self.pixels, self.alpha[..., None]], -1)

    def to_pil(self) -> Image.Image:
        """RGB or RGBA of 8 bits (Pillow has no deeper ones), with the colour profile in `info["icc_profile"]`.

        `info` also has "exif", "xmp" and "dpi" as far as they are there, without the place that EXIF and XMP may tell.
        """
        image = Image.fromarray(rescaled(self.to_array(), np.dtype(np.uint8)))
        if self.icc is not None:
            image.info["icc_profile"] = self.icc
        kept = self.metadata.kept("no-gps", self.width, self.height)
        told = {"exif": kept.exif, "xmp": kept.xmp, "dpi": kept.dpi}
        image.info.update({name: value for name, value in told.items() if value})
        return image

    def resized(self, shorter_side: int) -> Picture:
        """The same picture with its shorter side of this many pixels, aspect kept (Lanczos, antialiased).

        A pixel weighs by its alpha, so that what is hidden does not seep into what is visible.

        Raises:
            ImageError: the size is no whole number from 1, or the result would be above `MAX_PIXELS`.
        """
        if isinstance(shorter_side, bool) or not isinstance(shorter_side, int) or shorter_side < 1:
            raise ImageError(f"size {shorter_side!r}: give the shorter side as a whole number of pixels, 1 or more")
        scale = shorter_side / min(self.height, self.width)
        height, width = (max(1, round(side * scale)) for side in (self.height, self.width))
        if (height, width) == (self.height, self.width):
            return self
        check_size(width, height, MAX_PIXELS, f"the picture at size {shorter_side}")
        if self.alpha is None:
            return replace(self, pixels=_resize(self.pixels, width, height))
        pixels, alpha = _resize_visible(self.pixels, self.alpha, width, height)
        return replace(self, pixels=pixels, alpha=alpha)


def full_scale(dtype: np.dtype[Any]) -> float:
    """The value that stands for 1.0 in pixels of a dtype: 255, 65535, or 1 for floats."""
    return float(np.iinfo(dtype).max) if dtype.kind == "u" else 1.0


def to_depth(x: Tensor, dtype: np.dtype[Any]) -> np.ndarray:
    """(3, h, w) floats as an array (h, w, 3) of a dtype: clipped to [0, 1] and rounded.

    Raises:
        ImageError: NaN or infinite values.
    """
    x = x.detach().permute(1, 2, 0).float()  # (h, w, 3)
    if not bool(x.sum().isfinite()):  # NaN and infinity carry through a sum
        raise ImageError("the picture has NaN or infinite values: compute in float32 (dtype)")
    x = x.clamp(0, 1)
    if dtype.kind == "f":
        return x.cpu().numpy().astype(dtype, copy=False)
    whole = torch.uint8 if dtype == np.uint8 else torch.int32  # few devices know uint16
    return x.mul_(full_scale(dtype)).add_(0.5).to(whole).cpu().numpy().astype(dtype, copy=False)


def rescaled(a: np.ndarray, dtype: np.dtype[Any]) -> np.ndarray:
    """uint8, uint16, or floats in [0, 1] in another depth of whole numbers, rounded."""
    if a.dtype == dtype:
        return a
    return (np.multiply(a, full_scale(dtype) / full_scale(a.dtype), dtype=np.float32) + 0.5).astype(dtype)


def check_size(width: int, height: int, max_pixels: int, label: str) -> None:
    """Refuse a picture of more than `max_pixels` (:class:`ImageError`)."""
    if width * height > max_pixels:
        raise ImageError(
            f"{label} has {width}x{height} = {width * height / 1e6:.0f} million pixels, more than the"
            f" {max_pixels / 1e6:.0f} million allowed: reduce it, or allow more (max_pixels)"
        )


def _resize(a: np.ndarray, width: int, height: int) -> np.ndarray:
    """(H, W) or (H, W, 3) to another size, in the same dtype."""
    if a.dtype == np.uint8:
        return np.asarray(Image.fromarray(a).resize((width, height), Image.Resampling.LANCZOS))
    if a.ndim == 3:
        return np.stack([_resize(a[..., c], width, height) for c in range(a.shape[2])], -1)
    # Pillow resizes deeper pixels only one channel at a time, in floats.
    out = np.asarray(Image.fromarray(a.astype(np.float32)).resize((width, height), Image.Resampling.LANCZOS))
    out = out.clip(0, full_scale(a.dtype))  # Lanczos overshoots at edges
    return out.astype(np.float32) if a.dtype.kind == "f" else (out + 0.5).astype(a.dtype)


def _resize_visible(pixels: np.ndarray, alpha: np.ndarray, width: int, height: int) -> tuple[np.ndarray, np.ndarray]:
    """Pixels (H, W, 3) and alpha (H, W) to another size, colours weighed by alpha."""
    levels = full_scale(pixels.dtype)
    share = alpha.astype(np.float32) / levels
    weight = _resize(share, width, height)  # (h, w)
    out = np.zeros((height, width, 3), pixels.dtype)
    for c in range(3):
        colour = _resize(pixels[..., c] / np.float32(levels) * share, width, height)
        colour = np.divide(colour, weight, out=np.zeros_like(colour), where=weight > LEAST_WEIGHT).clip(0, 1) * levels
        out[..., c] = colour if pixels.dtype.kind == "f" else colour + 0.5
    return out, _resize(alpha, width, height)
