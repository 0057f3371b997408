"""The border between ComfyUI's tensors and the library's: IMAGE (B, H, W, C) and MASK (B, H, W) in [0, 1]."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from ...adain_core.color.matching import luminance
from ...adain_core.errors import ImageError
from ...adain_core.pictures.transparency import filled, surroundings

EMPTY = 1 / 255
"""A mask that nowhere reaches one step of 8 bits marks nothing."""


BAND = 256
"""Rows of a picture changed at a time outside of the networks."""


class Frames:
    """Equal-sized pictures of an IMAGE batch as a pixel source: reads windows, copies nothing else, changes nothing.

    Values outside [0, 1], which upscalers and sharpeners leave behind, are clipped, as ComfyUI does when it saves.

    Where nothing is visible the colours are those of the surroundings.

    Args:
        images: (B, H, W, C) with C = 1 (grey), 3 or 4 (the last is alpha).
        grey: read the luminance instead of the colours.
    """

    def __init__(self, images: Tensor, grey: bool = False) -> None:
        self.images, self.grey = images, grey
        self.height, self.width = images.shape[1:3]

    def __len__(self) -> int:
        return self.images.shape[0]

    def part(self, frames: slice) -> Frames:
        """Some of the frames."""
        return Frames(self.images[frames], self.grey)

    def crop(self, y0: int, y1: int, x0: int, x1: int) -> Tensor:
        """The window of every frame, (B, 3, y1 - y0, x1 - x0) float32 RGB in [0, 1]."""
        x = self._colours(y0, y1, x0, x1)
        if self.has_alpha:
            alpha = self._alpha(y0, y1, x0, x1)
            x = filled(x, alpha, self._around, (y0, y1, x0, x1), (self.height, self.width))
        if self.grey and x.shape[1] == 3:
            x = luminance(x).clamp(0, 1)
        return x.expand(-1, 3, -1, -1)

    def opacity(self, y0: int, y1: int, x0: int, x1: int) -> Tensor | None:
        """How far the pixels of the window are visible, (B, y1 - y0, x1 - x0) in [0, 1]; None where all are.

        A frame of which nothing is visible is taken as it is.
        """
        if not self.has_alpha:
            return None
        return torch.where(self._seen, self._alpha(y0, y1, x0, x1), 1.0).cpu()

    def whole(self) -> Tensor:
        """All pixels, (B, 3, H, W) float32."""
        return self.crop(0, self.height, 0, self.width)

    @property
    def has_alpha(self) -> bool:
        """Whether the last channel is alpha."""
        return self.images.shape[-1] == 4

    def _colours(self, y0: int, y1: int, x0: int, x1: int) -> Tensor:
        return self.images[:, y0:y1, x0:x1, :3].movedim(-1, 1).float().clamp(0, 1)  # (B, 1 or 3, h, w)

    def _alpha(self, y0: int, y1: int, x0: int, x1: int) -> Tensor:
        return self.images[:, y0:y1, x0:x1, 3].float().clamp(0, 1)  # (B, h, w)

    @cached_property
    def _seen(self) -> Tensor:
        """Whether anything is visible of each frame, (B, 1, 1)."""
        return (self.images[..., 3] > 0).any(2).any(1)[:, None, None]

    @cached_property
    def _around(self) -> Tensor:
        """(B, 3, h, w) on the CPU: what the surroundings of each hidden pixel look like."""

        def rows(y0: int, y1: int) -> tuple[Tensor, Tensor]:
            return self._colours(y0, y1, 0, self.width).cpu(), self._alpha(y0, y1, 0, self.width).cpu()

        return surroundings(rows, self.height, self.width)


def check_images(images: Any, what: str) -> Tensor:
    """Refuse what is no IMAGE batch, or holds NaN.

    Raises:
        ImageError: says what it is instead, and in which frame.
    """
    if not isinstance(images, Tensor) or images.ndim != 4 or images.shape[-1] not in (1, 3, 4) or 0 in images.shape:
        shape = tuple(images.shape) if isinstance(images, Tensor) else type(images).__name__
        raise ImageError(f"{what} is {shape}: connect an IMAGE of shape (batch, height, width, 3 or 4)")
    for number, frame in enumerate(images):
        # One NaN makes the sum NaN; only then is it worth looking closer.
        if not bool(frame.sum(dtype=torch.float32).isfinite()) and not bool(frame.isfinite().all()):
            raise ImageError(
                f"{what} holds NaN or infinite values in frame {number}: the node before it failed (a VAE in half "
                "precision often does), decode it again in float32"
            )
    return images


def check_masks(mask: Any, frames: int, what: str = "mask") -> list[Tensor]:
    """A MASK as maps (h, w) of float32 in [0, 1]: one for all frames, or one for each.

    Args:
        mask: (h, w), (B, h, w) or (B, 1, h, w), of any size.
        frames: how many frames it is for.
        what: what to call it in an error.

    Raises:
        ImageError: another shape or count, NaN, or nothing marked in any frame. A mask that is empty in some frames
            only is fine: what it marks may leave the picture.
    """
    if not isinstance(mask, Tensor) or mask.ndim not in (2, 3, 4) or 0 in mask.shape:
        shape = tuple(mask.shape) if isinstance(mask, Tensor) else type(mask).__name__
        raise ImageError(f"{what} is {shape}: connect a MASK of shape (height, width) or (batch, height, width)")
    maps = mask[None] if mask.ndim == 2 else mask.flatten(0, mask.ndim - 3)  # (B, h, w)
    if maps.shape[0] not in (1, frames):
        raise ImageError(f"{what} has {maps.shape[0]} frames and the image {frames}: give one mask, or one for each")
    highest = float(maps.amax())
    if highest != highest or not bool(maps.isfinite().all()):
        raise ImageError(f"{what} holds NaN or infinite values: make it again")
    if highest < EMPTY:
        size = "x".join(map(str, (maps.shape[2], maps.shape[1])))
        raise ImageError(
            f"{what} is empty ({size}, highest value {highest:.3g}): paint the region white, or disconnect it "
            "(the mask of a picture without transparency is empty)"
        )
    return [m.float().clamp(0, 1) for m in maps.cpu()]


def as_seen(picture: Tensor) -> Image.Image:
    """A picture (h, w, 3) in [0, 1] as Pillow has it."""
    return Image.fromarray((picture.float() * 255).round().clamp(0, 255).byte().cpu().numpy())


def pick(items: list[Any], frame: int) -> Any:
    """The item of a frame, where one item stands for all frames."""
    return items[0] if len(items) == 1 else items[frame]


def bands(height: int) -> list[tuple[int, int]]:
    """First row and end of the bands of a picture that are changed at a time outside of the networks."""
    return [(y, min(y + BAND, height)) for y in range(0, height, BAND)]
