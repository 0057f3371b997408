"""One frame of a video as the whole result would have it, without the rest of it."""

from __future__ import annotations

import contextlib
import math
from pathlib import Path

from torch import Tensor
from typing_extensions import Unpack

from ..errors import counted
from ..model import AdaIN
from .frames import FrameStylizer, VideoKeywords, VideoStyle
from .opening import open_source
from .pipeline import needs_cuts, painted
from .pyav import av
from .reading import VideoError
from .retiming import parse_rate
from .span import Moment, Span

REST = 0.01
"""What may be missing of the influence of the frames before."""


def preview_frame(
    model: AdaIN,
    source: str | Path,
    number: int,
    style: VideoStyle,
    *,
    size: int | None = None,
    start: Moment | None = None,
    end: Moment | None = None,
    fps: float | str | None = None,
    **options: Unpack[VideoKeywords],
) -> Tensor:
    """A frame of what :func:`stylize_video` would make of these arguments.

    Frames before it count, as statistics are steady and strokes follow the motion: as many as matter are painted, too.
    With ``steady=0, follow=0`` it is painted alone. Grain moves along from the first frame that is painted, so that in
    flat places strokes of the same kind may lie elsewhere than in the video.

    Args:
        model: encoder and decoder.
        source: as for :func:`stylize_video`.
        number: of the frame in the result, counted from 0.
        style: as for :class:`FrameStylizer`.
        size: shorter side to resize frames to, in pixels.
        start: as for :func:`stylize_video`; the frame there is number 0.
        end: likewise.
        fps: likewise.
        **options: as for :class:`FrameStylizer`.

    Returns:
        (H, W, 3) RGB on the CPU, uint8, or float32 in [0, 1] of sources of more than 8 bits.

    Raises:
        AdaINError: what was wrong, the value and what to do.
    """
    if number < 0:
        raise VideoError(f"frame is {number}: frames are counted from 0")
    rate = None if fps is None else parse_rate(fps)
    stylizer = FrameStylizer(model, style, **options)
    with (
        contextlib.closing(stylizer),
        contextlib.closing(
            open_source(Path(source), size=size, cuts=needs_cuts(stylizer), span=Span.of(start, end), rate=rate)
        ) as reader,
    ):
        info = reader.info
        skip = max(0, number - _memory(stylizer, float(info.rate)))
        eight_bits = max(c.bits for c in av.VideoFormat(info.pix_fmt, 16, 16).components) <= 8
        count = stylizer.batch_size(info.height, info.width)
        done = skip
        with contextlib.closing(painted(reader, stylizer, skip, count, eight_bits, number + 1 - skip)) as batches:
            for batch in batches:
                if done + len(batch.pts) > number:
                    return batch.pixels[number - done].cpu()
                done += len(batch.pts)
    known = "" if done == skip else f"only {counted(done, 'frame')}"
    raise VideoError(f"frame is {number}, but {source} has {known or 'fewer'}: give a lower number, from 0 on")


def _memory(stylizer: FrameStylizer, rate: float) -> int:
    """How many frames before one have a say in it."""
    steady, follow = stylizer.options.steady, stylizer.options.follow
    seconds = steady * math.log(1 / REST)
    if math.isinf(seconds):
        return 10**9
    steps = math.log(REST) / math.log(follow) if follow > 0 else 0
    return math.ceil(max(seconds * rate, steps))
