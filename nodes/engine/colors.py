"""Colours of the content kept, on IMAGE batches: before the transfer on the style picture, after it on the result."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ...adain_core.color.matching import ColorMoments
from ...adain_core.color.recolor import Recolor, by_luminance
from ...adain_core.errors import AdaINError
from ...adain_core.options import COLOR_MODES, ColorMode
from ...adain_core.pictures.masks import Mask
from .pictures import Frames, bands, pick


def moments(frames: Frames, pooled: bool) -> list[ColorMoments]:
    """Colour statistics: of every frame, or of all together (one entry)."""
    found = [ColorMoments()] if pooled else [ColorMoments() for _ in range(len(frames))]
    for frame in range(len(frames)):
        part = frames.part(slice(frame, frame + 1))
        for band in bands(frames.height):
            opacity = part.opacity(*band, 0, frames.width)
            pick(found, frame).add(part.crop(*band, 0, frames.width), None if opacity is None else opacity[0])
    return found


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
    if by_luminance(mode) and (content.height, content.width) != images.shape[1:3]:
        raise AdaINError(
            f"method {mode!r} needs both pictures of one size: the content is {content.width}x{content.height}, the "
            f"image {images.shape[2]}x{images.shape[1]}; connect the stylized picture as image, or scale it"
        )
    own, change = Frames(images), Recolor(mode, matched=matched)
    if change.measures:
        pairs = [moments(content, pooled), moments(own, pooled)]
        most = max(map(len, pairs))
        change.fit([(pick(pairs[0], i), pick(pairs[1], i)) for i in range(most)])
    for frame in range(count):
        part, base = (f.part(slice(at, at + 1)) for f, at in ((own, frame), (content, frame % len(content))))
        for y0, y1 in bands(own.height):
            share: float | Tensor = strength
            if masks is not None:
                share = strength * pick(masks, frame).pixels(
                    torch.arange(y0, y1, device="cpu"), torch.arange(own.width, device="cpu")
                )
            x = part.crop(y0, y1, 0, own.width)
            y = change(x, base.crop(y0, y1, 0, own.width) if by_luminance(mode) else x, share, frame)
            images[frame, y0:y1, :, :3] = y[0].movedim(0, -1)
        check((frame + 1) / count)
    return images
