"""Frames of a video, stylized as they come: style encoded once, statistics steady over time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from typing_extensions import Unpack

from ..color.matching import HISTOGRAM_METHODS, ColorMoments
from ..engine.content import Content
from ..engine.grain import MovedNoise, Noise, amount
from ..engine.transfer import Part, Transfer
from ..errors import AdaINError
from ..model import AdaIN
from ..networks.u2net import SIDE
from ..options import VideoOptions, check_alpha
from ..pictures.masks import Mask, fit, open_mask
from ..pictures.reading import PictureSource
from ..request import FrameKeywords, Region, StyleLike
from ..styles.style import Style, check_weights
from ..styles.temporal import CausalMean, SteadyStatistics
from ..subject.masks import region_masks
from ..subject.words import is_word
from ..system.memory import free_memory
from ..system.precision import own_formats
from ..tiles.grid import Grid
from ..tiles.memory import Budget
from ..tiles.sinks import TensorSink
from ..tiles.sources import TensorSource
from .blending import MotionBlend
from .keyframes import KeyFrames, Timed, every_value, value_at
from .masks import MaskVideo, SubjectOfFrames, is_video
from .motion import Drift, Motion, Moved
from .segments import known

VideoStyle = StyleLike | Sequence[tuple[StyleLike, Timed]] | Sequence[Region]
"""As for pictures; weights may change over time, and a region's mask may be a video. Words are found in each frame."""


class VideoKeywords(FrameKeywords, total=False):
    """The keyword options of :class:`FrameStylizer`: :class:`~adain_core.options.VideoOptions`."""

    alpha: Timed
    steady: float
    follow: float


class FrameStylizer:
    """Stylizes frames in order. What it remembers of the past is a few statistics.

    Args:
        model: encoder and decoder.
        style: one style, (style, weight) pairs to blend with weights that may be :class:`KeyFrames`, or a
            :class:`Region` list. Pictures are encoded once; a region's mask may name a video.
        **options: of :class:`adain_core.options.VideoOptions`. They are those of `stylize`, but that ``alpha`` may be
            :class:`KeyFrames`, ``color`` recolours the result, and there is no refinement. ``steady``: seconds over
            which content statistics (and colours) are averaged; 0 takes every frame by itself. ``follow``: share of
            the frame before that goes on along the motion, from 0 (none) to below 1.

    Attributes:
        options: as given.
        device: the model's, where frames are fastest; they come out where they were.

    Raises:
        AdaINError: what was wrong with the input, its value and what to do.
    """

    def __init__(self, model: AdaIN, style: VideoStyle, **options: Unpack[VideoKeywords]) -> None:
        self.model, self.device = model, model.device
        self.options = VideoOptions(**options)
        self.options.check()
        alpha, color, size = self.options.alpha, self.options.color, self.options.style_size
        given: object = [style] if isinstance(style, Region) else style
        regions = [r for r in given if isinstance(r, Region)] if isinstance(given, list | tuple) else []
        self._masked = bool(regions)
        self._alphas: list[Timed] = [alpha if r.alpha is None else r.alpha for r in regions] or [alpha]
        mixes: list[Any] = [r.style for r in regions] or [style]
        self._called = ", ".join(map(_mix_called, mixes))
        self._mask_names = [r.mask for r in regions]
        self._mixes = [_encode(model, mix, size) for mix in mixes]
        for value in [v for a in [alpha, *self._alphas] for v in every_value(a)]:
            check_alpha(value)
        for mix in self._mixes:
            _check_mix([weight for _, weight in mix])
        background = self.options.background
        self._background = None if background is None else model.style(background, size=size)
        self._masks = [_open(r.mask) for r in regions]
        words = any(is_word(mask) for mask in self._masks)
        self._subject = SubjectOfFrames(self.device, self.options.steady) if words else None
        self._fitted: dict[tuple[int, int, int], Mask] = {}
        self._blend = MotionBlend(self.options.follow)
        self._motion = Motion() if self.options.follow > 0 else None
        self._drift, self._grain = Drift(), amount(self.options.grain, model.networks)
        self._steady = _Steady(len(self._mixes) + 1, self.options.steady)
        # Moments of colour are a picture's own, and so is a mask that moves: such frames go one by one.
        pooled = color in HISTOGRAM_METHODS or color == "luminance-matched"
        self.single = pooled or words or any(isinstance(mask, MaskVideo) for mask in self._masks)

    def batch_size(self, height: int, width: int) -> int:
        """How many frames of a size to compute at once."""
        if self.single:
            return 1
        device = self.model.device
        if device.type == "cpu":
            return max(1, min(8, 256 * 256 * 4 // (height * width)))
        return Budget(free_memory(device)).together(height, width, 16)

    @torch.no_grad()
    @own_formats()
    def __call__(self, frames: Tensor, seconds: Sequence[float], fresh: Sequence[bool] | None = None) -> Tensor:
        """Stylize the next frames.

        Args:
            frames: (B, 3, H, W) float RGB in [0, 1].
            seconds: when each is shown, ascending over all calls.
            fresh: whether each begins a new scene: nothing is averaged across.

        Returns:
            (B, 3, H, W) float32 in [0, 1].
        """
        fresh = [False] * len(seconds) if fresh is None else list(fresh)
        if not len(frames) == len(seconds) == len(fresh):
            raise AdaINError(f"{len(frames)} frames, {len(seconds)} times and {len(fresh)} marks: give one for each")
        moved: list[Moved | None] = [None] * len(frames)
        if self._motion is not None:
            moved = [self._motion(frame, new) for frame, new in zip(frames, fresh, strict=True)]
        drifts = [self._drift(each, *frames.shape[2:]) for each in moved] if self._motion and self._grain else None
        results = []
        for _, group in groupby(range(len(seconds)), lambda i: i if self.single else self._settings(seconds[i])):
            rows = list(group)
            part = slice(rows[0], rows[-1] + 1)
            noise = None if drifts is None else MovedNoise(frames.shape[2], frames.shape[3], drifts[part])
            results.append(self._stylize(frames[part], seconds[part], fresh[part], noise))
        stylized = torch.cat(results)
        if self._motion is None:
            return stylized
        return torch.stack([self._blend(*each) for each in zip(frames, stylized, moved, strict=True)])

    def state(self) -> dict[str, Tensor]:
        """What is remembered of the frames so far."""
        motion = {} if self._motion is None else {"content": self._motion.state(), "drift": self._drift.state()}
        subject = {} if self._subject is None else {"subject": self._subject.answers.state()}
        return {**self._steady.state(), **motion, **subject, "output": self._blend.state()}

    def restore(self, state: dict[str, Tensor]) -> None:
        """Go on from where :meth:`state` was taken."""
        self._steady.restore(state)
        self._blend.restore(state["output"])
        if self._motion is not None:
            self._motion.restore(state["content"])
            self._drift.restore(state["drift"])
        if self._subject is not None:
            self._subject.answers.restore(state["subject"], (1, SIDE, SIDE))

    def job(self) -> dict[str, object]:
        """All that the result depends on besides the frames, by name, as JSON."""
        styles = [x for mix in self._mixes for s, weight in mix for x in (s.mean, s.std, weight)]
        background = self._background
        masks = [m.fingerprint if isinstance(m, MaskVideo) else m for m in self._masks]
        weights = [next(net.parameters()) for net in (self.model.encoder, self.model.decoder)]
        options = self.options
        return {
            "dtype": str(self.model.dtype).removeprefix("torch."),
            "model": known(self.model.encoder_id, *(w.float() for w in weights)),
            "style": known(self._called, *styles),
            "background": None
            if background is None
            else known(_called(options.background), background.mean, background.std),
            "mask": known(", ".join(_called(mask) for mask in self._mask_names) or "none", *masks),
            "alpha": ", ".join(map(str, [options.alpha, *self._alphas])),
            **{name: str(getattr(options, name)) for name in ("color", "tile", "feather", "steady", "follow", "grain")},
        }

    @property
    def notes(self) -> list[str]:
        """What is worth knowing of the frames so far, one sentence each."""
        subject = self._subject
        if subject is None or subject.found == subject.frames:
            return []
        return [
            f"no subject was found in {subject.frames - subject.found} of {subject.frames} frames: "
            "all of them is background"
        ]

    def close(self) -> None:
        """Close the videos of masks."""
        for mask in self._masks:
            if isinstance(mask, MaskVideo):
                mask.close()

    def _settings(self, at: float) -> tuple[float, ...]:
        """Everything that changes over time, at a moment."""
        weights = [weight for mix in self._mixes for _, weight in mix]
        return tuple(value_at(value, at) for value in [self.options.alpha, *self._alphas, *weights])

    def _stylize(self, x: Tensor, seconds: Sequence[float], fresh: Sequence[bool], noise: Noise | None) -> Tensor:
        height, width = x.shape[2:]
        at = seconds[0]
        budget = Budget(free_memory(self.model.device) // len(x))
        grid = Grid(height, width, tile=budget.tile(self.options.tile, height, width, self.model.halo))
        source = TensorSource(x)
        found = [] if self._subject is None else self._subject(source, at, fresh[0])
        parts = [
            Part(
                Style.mix([style for style, _ in mix], [value_at(weight, at) for _, weight in mix]),
                value_at(alpha, at),
                [self._mask(number, at, height, width, found)] if self._masked else [],
            )
            for number, (mix, alpha) in enumerate(zip(self._mixes, self._alphas, strict=True))
        ]
        background = None if self._background is None else Part(self._background, value_at(self.options.alpha, at))
        self._steady.now = (seconds, fresh)
        sink = TensorSink(x)
        content = Content(self.model.networks, source, grid, grain=self._grain, noise=noise)
        Transfer(content, grid, parts, background=background, color=self.options.color, steadiness=self._steady).run(
            sink
        )
        return sink.result

    def _mask(self, number: int, at: float, height: int, width: int, found: list[Tensor]) -> Mask:
        mask = self._masks[number]
        if isinstance(mask, str):
            [own] = region_masks(mask, lambda: found)
            return fit(own, height, width, self.options.feather)
        if isinstance(mask, MaskVideo):
            return fit(mask.at(at), height, width, self.options.feather)
        key = (number, height, width)
        if key not in self._fitted:
            self._fitted[key] = fit(mask, height, width, self.options.feather)
        return self._fitted[key]


def stylize_frames(
    model: AdaIN,
    frames: Iterable[Tensor],
    style: VideoStyle | FrameStylizer,
    *,
    rate: float = 25.0,
    cuts: bool = False,
    **options: Unpack[VideoKeywords],
) -> Iterator[Tensor]:
    """Stylize frames from anywhere: a camera, a list, another program.

    Args:
        model: encoder and decoder.
        frames: each (3, H, W) or (B, 3, H, W) float RGB in [0, 1].
        style: as for :class:`FrameStylizer`.
        rate: frames a second.
        cuts: whether to look for scene cuts.
        **options: of :class:`FrameStylizer`.

    Yields:
        Each item stylized, of its shape.
    """
    from .cuts import SceneCuts

    stylizer = style if isinstance(style, FrameStylizer) else FrameStylizer(model, style, **options)
    detector, number = SceneCuts() if cuts else None, 0
    for item in frames:
        batch = item[None] if item.ndim == 3 else item
        fresh = [detector(_bgr(x)) if detector else False for x in batch]
        out = stylizer(batch, [(number + i) / rate for i in range(len(batch))], fresh)
        number += len(batch)
        yield out[0] if item.ndim == 3 else out


class _Steady:
    """The memory of each part's statistics, and of colours: what :class:`Transfer` asks for."""

    def __init__(self, parts: int, memory: float) -> None:
        self._parts = [SteadyStatistics(memory) for _ in range(parts)]
        self._colors = [CausalMean(memory), CausalMean(memory)]
        self._channels = 0
        self.now: tuple[Sequence[float], Sequence[bool]] = ([], [])

    def statistics(self, part: int, own: Style) -> Style:
        return self._parts[part](own, *self.now)

    def colors(self, content: ColorMoments, output: ColorMoments) -> tuple[ColorMoments, ColorMoments]:
        [seconds], [fresh] = self.now  # frames whose colours are matched come one by one
        first, second = (
            ColorMoments.from_numbers(mean(moments.numbers(), seconds, fresh))
            for mean, moments in zip(self._colors, (content, output), strict=True)
        )
        return first, second

    def state(self) -> dict[str, Tensor]:
        means = {f"part{i}": p.moments for i, p in enumerate(self._parts)}
        means |= {f"colors{i}": m for i, m in enumerate(self._colors)}
        return {name: mean.state() for name, mean in means.items()}

    def restore(self, state: dict[str, Tensor]) -> None:
        for i, part in enumerate(self._parts):
            part.moments.restore(state[f"part{i}"], (2, -1))
        for i, mean in enumerate(self._colors):
            mean.restore(state[f"colors{i}"], (-1,))


def _open(mask: PictureSource) -> MaskVideo | Tensor | str:
    """A region's mask, opened; a word stays one, as each frame has its own."""
    if is_word(mask):
        return str(mask)
    return MaskVideo(str(mask)) if is_video(mask) else open_mask(mask)


def _encode(model: AdaIN, style: Any, size: int | None) -> list[tuple[Style, Timed]]:
    """Each style of a blend, encoded, and its weight."""
    pairs = style if isinstance(style, list | tuple) else [(style, 1.0)]
    if not pairs or not all(isinstance(pair, tuple) and len(pair) == 2 for pair in pairs):
        raise AdaINError(f"styles to blend are {style!r:.80}: give (style, weight) pairs, at least one")
    return [(model.style(ref, size=size), weight) for ref, weight in pairs]


def _mix_called(style: Any) -> str:
    """What a blend is called where it is compared with another."""
    pairs = style if isinstance(style, list | tuple) else [(style, 1.0)]
    return " + ".join(_called(ref) if weight == 1 else f"{_called(ref)}:{weight}" for ref, weight in pairs)


def _called(thing: object) -> str:
    return str(thing) if isinstance(thing, str | Path) else f"a {type(thing).__name__}"


def _check_mix(weights: Sequence[Timed]) -> None:
    """Refuse weights that are no blend at some moment."""
    moments = sorted({0.0, *(s for w in weights if isinstance(w, KeyFrames) for s in w.seconds)})
    for at in moments:  # between two keys all is linear: what is right at both is right between
        check_weights([value_at(weight, at) for weight in weights])


def _bgr(x: Tensor) -> np.ndarray:
    return (x.detach().flip(0).permute(1, 2, 0) * 255).round().clamp(0, 255).byte().cpu().numpy()
