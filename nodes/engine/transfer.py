"""What Blend and Masked Transfer do: one more affine map on features, for the whole picture or for each region."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from torch import Tensor

from ...adain_core.engine import adain
from ...adain_core.pictures.masks import Mask
from ...adain_core.styles.style import Style
from ...adain_core.styles.temporal import smooth
from .features import Features, FrameRegions, FrameStep, Requested, fit_masks
from .styles import StyleValue, style_for
from .styles import count as count_styles

FrameMode = Literal["independent", "smooth", "pool"]
FRAME_MODES: tuple[FrameMode, ...] = ("independent", "smooth", "pool")


def blend(
    features: Features,
    style: StyleValue,
    alpha: float,
    mode: FrameMode = "independent",
    sigma: float = 0.0,
) -> Features:
    """The features with a style's statistics at strength alpha.

    Args:
        features: of the content.
        style: one for all frames, or one for each; of one picture any number, for a frame each.
        alpha: 0 changes nothing, 1 is the style, more exaggerates.
        mode: statistics of every frame by itself, smoothed over time, or of all frames together.
        sigma: of the smoothing, in frames.
    """
    features = features.repeated(most_frames(features, [style]))
    target = style_for(style, features.encoded.model.encoder_id, len(features))
    content = steady(features.statistics, mode, sigma)
    goal = _rows(target.strength(alpha, content), content)
    step = FrameStep([adain.affine(content, goal)], [Requested(style, alpha, goal, mode, sigma)])
    return replace(features.then(step, f"{target.name or 'style'} {alpha:.2g}"), cover=None)


def masked(
    features: Features,
    styles: Sequence[StyleValue],
    masks: Sequence[list[Tensor]],
    alphas: Sequence[float],
    *,
    feather: float = 0.0,
    alpha: float = 1.0,
    background: StyleValue | None = None,
    mode: FrameMode = "independent",
    sigma: float = 0.0,
) -> Features:
    """The features with one style a region.

    Args:
        features: of the content.
        styles: one a region, each as for :func:`blend`.
        masks: one list a region, of maps (h, w) in [0, 1]: one for all frames, or one for each.
        alphas: strength in each region.
        feather: softness of the edges: standard deviation in pixels.
        alpha: strength of the background.
        background: style of what no mask reaches; without one, that keeps what it was: earlier styles, or the
            content's own pixels where there is none.
        mode: as for :func:`blend`.
        sigma: as for :func:`blend`.
    """
    features = features.repeated(most_frames(features, styles if background is None else [*styles, background]))
    encoder, count = features.encoded.model.encoder_id, len(features)
    targets = [style_for(style, encoder, count) for style in styles]
    fitted: list[list[Mask]] = [fit_masks(maps, features.encoded.frames, feather) for maps in masks]
    keeps_pixels = background is None and (not features.steps or features.cover is not None)
    rest = not keeps_pixels
    parts = FrameRegions(fitted, rest)
    own = [steady(found, mode, sigma, seen) for found, seen in features.regional_statistics(parts)[1:]]
    requested = [
        Requested(style, strength, _rows(target.strength(strength, content), content), mode, sigma)
        for style, target, strength, content in zip(styles, targets, alphas, own, strict=False)  # background: after
    ]
    if background is not None:
        goal = style_for(background, encoder, count).strength(alpha, own[-1])
        requested.append(Requested(background, alpha, _rows(goal, own[-1]), mode, sigma))
    elif rest:
        requested.append(Requested(None, 0.0, own[-1]))
    maps = [adain.affine(content, part.target) for content, part in zip(own, requested, strict=True)]
    cover = (*(features.cover or ()), *fitted) if keeps_pixels else None
    return replace(features.then(FrameStep(maps, requested, parts), f"{len(styles)} regions"), cover=cover)


def most_frames(features: Features, styles: Sequence[StyleValue]) -> int:
    """How many frames come of features and styles: one picture is painted once in each style of a batch."""
    return max(map(count_styles, styles), default=1) if len(features) == 1 else len(features)


def steady(frames: Style, mode: FrameMode, sigma: float, cells: Tensor | None = None) -> Style:
    """Statistics (B, 512) of frames, made steady over time; of a region with as many cells (B,) in each."""
    if mode == "independent":
        return frames
    return smooth(frames, float("inf") if mode == "pool" else sigma, cells)


def _rows(style: Style, like: Style) -> Style:
    return Style(style.mean.expand_as(like.mean), style.std.expand_as(like.std), style.encoder, style.name)
