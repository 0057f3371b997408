"""Colours of the content kept, on IMAGE batches: before the transfer on the style picture, after it on the result."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import torch
from torch import Tensor

from ...adain_core.color.matching import (
    COLOR_MODES,
    HISTOGRAM_METHODS,
    ColorMap,
    ColorMode,
    ColorMoments,
    HistogramMethod,
    apply_map,
    histogram_map,
    keep_color,
    luminance,
    luminance_map,
)
from ...adain_core.errors import AdaINError
from ...adain_core.pictures.masks import Mask
from .pictures import Frames, pick

BAND = 256
"""Rows changed at a time."""

Recolor = Callable[[Tensor, Tensor], Tensor]
"""What is done to a band (1, 3, h, W) of a picture, given that of the content."""


def moments(frames: Frames, pooled: bool) -> list[ColorMoments]:
    """Colour statistics: of every frame, or of all together (one entry)."""
    found = [ColorMoments()] if pooled else [ColorMoments() for _ in range(len(frames))]
    for frame in range(len(frames)):
        for band in bands(frames.height):
            source = frames.part(slice(frame, frame + 1)).crop(*band, 0, frames.width)
            pick(found, frame).add(source)
    return found


def recolor_style(x: Tensor, content: ColorMoments | None, mode: ColorMode) -> Tensor:
    """A style picture (1, 3, H, W) in the content's colours, for a transfer that keeps them.

    Args:
        x: the style picture.
        content: colour statistics of the content; "luminance" needs none.
        mode: how.
    """
    if mode == "luminance":
        return luminance(x).expand(-1, 3, -1, -1)
    assert content is not None
    own = ColorMoments.of(x)
    if mode == "luminance-matched":
        scale, shift = luminance_map(own, content)
        return (luminance(x) * scale + shift).clamp(0, 1).expand(-1, 3, -1, -1)
    return apply_map(x, histogram_map(own, content, cast(HistogramMethod, mode))).clamp(0, 1)


def recolor(
    images: Tensor,
    content: Frames,
    mode: ColorMode,
    *,
    strength: float = 1.0,
    masks: list[Mask] | None = None,
    pooled: bool = False,
    matched: bool = True,
    check: Callable[[float], None] = lambda done: None,
) -> Tensor:
    """Pictures in the colours of the content. Changes and returns `images`.

    Args:
        images: (B, H, W, C), a fresh tensor.
        content: as many frames, or one; of the same size for the luminance modes, of any size for the others.
        mode: "cholesky", "eigen", "monge-kantorovich" give the picture the content's mean and covariance of RGB;
            "luminance" keeps the picture's brightness and takes the content's colour; "luminance-matched" gives that
            brightness the content's mean and spread, too.
        strength: 0 leaves the picture, 1 is the whole effect.
        masks: where, laid over the pictures, one for all or one for each; None: everywhere.
        pooled: statistics of all frames together rather than of each.
        matched: for "luminance-matched": False if the style's brightness was matched before.
        check: called after each frame with the share done; may raise to stop.

    Raises:
        AdaINError: unknown mode, counts or sizes that do not fit.
    """
    count = images.shape[0]
    if mode not in COLOR_MODES:
        raise AdaINError(f"method is {mode!r}: choose one of {', '.join(COLOR_MODES)}")
    if len(content) not in (1, count):
        raise AdaINError(f"{len(content)} content frames for {count} images: give one, or as many")
    by_luminance = mode not in HISTOGRAM_METHODS
    if by_luminance and (content.height, content.width) != images.shape[1:3]:
        raise AdaINError(
            f"method {mode!r} needs both pictures of one size: the content is {content.width}x{content.height}, the "
            f"image {images.shape[2]}x{images.shape[1]}; connect the stylized picture as image, or scale it"
        )
    own = Frames(images)
    maps: list[ColorMap | tuple[float, float] | None] = [None]
    if mode in HISTOGRAM_METHODS or (mode == "luminance-matched" and matched):
        pairs = _pairs(moments(own, pooled), moments(content, pooled))
        maps = [
            luminance_map(a, b) if by_luminance else histogram_map(a, b, cast(HistogramMethod, mode)) for a, b in pairs
        ]
    for frame in range(count):
        part = own.part(slice(frame, frame + 1))
        at = frame if len(content) == count else 0
        mapping = pick(maps, frame)
        for y0, y1 in bands(own.height):
            x = part.crop(y0, y1, 0, own.width)
            if by_luminance:
                base = content.part(slice(at, at + 1)).crop(y0, y1, 0, own.width).to(x.device)
                y = keep_color(x, base, luminance_map=cast("tuple[float, float] | None", mapping))
            else:
                y = apply_map(x, cast(ColorMap, mapping)).clamp(0, 1)
            share: float | Tensor = strength
            if masks is not None:
                share = strength * pick(masks, frame).pixels(torch.arange(y0, y1), torch.arange(own.width)).to(x.device)
            y = torch.lerp(x, y, torch.as_tensor(share, dtype=x.dtype, device=x.device))
            images[frame, y0:y1, :, :3] = y[0].movedim(0, -1)
        check((frame + 1) / count)
    return images


def bands(height: int) -> list[tuple[int, int]]:
    """First row and end of each band."""
    return [(y, min(y + BAND, height)) for y in range(0, height, BAND)]


def _pairs(a: list[ColorMoments], b: list[ColorMoments]) -> list[tuple[ColorMoments, ColorMoments]]:
    count = max(len(a), len(b))
    return [(pick(a, i), pick(b, i)) for i in range(count)]
