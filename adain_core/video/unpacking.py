"""The pictures of finished segments, with what the source says of them, for results that are not videos."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import repeat

from torch import Tensor

from .encoding import MAX_RATE, Encoder
from .pixels import FULL, Colors, is_deep, to_rgb
from .pyav import address, av
from .reading import VideoInfo
from .segments import Segment
from .sources import Source, nominal

Reopen = Callable[[], Source]
"""Opens the source anew: the same frames once more."""


def lossless(info: VideoInfo, deep: bool) -> Encoder:
    """How segments are stored that become pictures: as they were painted, in 8 bits or in 16."""
    pix_fmt = "gbrp16le" if deep else "bgr0"
    rate = min(info.rate, Fraction(MAX_RATE))
    return Encoder("ffv1", {"level": "3"}, info.width, info.height, rate, pix_fmt, Colors(0, FULL), info.aspect)


def moments(segments: Sequence[Segment], info: VideoInfo) -> list[Fraction]:
    """When each frame is shown, in seconds from the first one on, and at last when the last one ends."""
    shown = [pts for segment in segments for pts in segment.pts]
    last = segments[-1].durations[-1] or round(nominal(info) / info.time_base)
    return [(pts - shown[0]) * info.time_base for pts in (*shown, shown[-1] + last)]


def unpack(segments: Sequence[Segment], again: Reopen | None) -> Iterator[tuple[Tensor, Tensor | None]]:
    """All frames in their order.

    Args:
        segments: made with :func:`lossless`.
        again: opens the source anew, for its alpha; None does without.

    Yields:
        (H, W, 3) RGB and (H, W) alpha or None: uint8, or float32 in [0, 1] of more than 8 bits.
    """
    reformatter = av.video.reformatter.VideoReformatter()
    with contextlib.ExitStack() as stack:
        alphas: Iterator[Tensor | None] = repeat(None)
        if again is not None:
            source = stack.enter_context(contextlib.closing(again()))
            frames = stack.enter_context(contextlib.closing(source.frames()))
            alphas = (frame.alpha for frame in frames)
        for segment in segments:
            with av.open(address(segment.path)) as container:
                for stored in container.decode(video=0):
                    pixels = to_rgb(stored, stored.width, stored.height, is_deep(stored), reformatter)
                    yield pixels, next(alphas, None)
