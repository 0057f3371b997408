"""Everything in one go: what the Stylize node does, with the same parts as the others."""

from __future__ import annotations

import torch
from torch import Tensor

from ...adain_core.color.matching import ColorMoments
from ...adain_core.color.recolor import by_luminance, recolor_style
from ...adain_core.errors import StyleError
from ...adain_core.options import STYLE_SIZE, ColorMode, Grain, Options, check_refine
from ...adain_core.styles.style import Style
from .colors import moments, recolor
from .features import Encoded, Features, Model
from .painting import paint, uncovered
from .pictures import Frames, pick
from .styles import PictureStyle, StyleValue, reduce
from .transfer import FrameMode, blend, masked


def stylize(
    model: Model,
    images: Tensor,
    style: StyleValue | None = None,
    pictures: Tensor | None = None,
    *,
    alpha: float = Options.alpha,
    color: ColorMode | None = None,
    masks: list[Tensor] | None = None,
    feather: float = Options.feather,
    tile: int = 0,
    style_size: int = STYLE_SIZE,
    mode: FrameMode = "independent",
    sigma: float = 0.0,
    refine: int = Options.refine,
    texture: float = Options.texture,
    keep: float = Options.keep,
    grain: Grain = Options.grain,
    device: torch.device | None = None,
    dtype: torch.dtype = torch.float32,
) -> Tensor:
    """Repaint pictures in a style.

    Args:
        model: encoder and decoder.
        images: (B, H, W, C) content. One picture is painted in each of several styles.
        style: one for all frames or one for each; or give `pictures`.
        pictures: (1 or B, h, w, C) style pictures, or any number for one picture. With a colour mode they take the
            content's colours before they are encoded; a style that is known by its statistics cannot, there the
            result takes them after.
        alpha: strength.
        color: how to keep the content's colours; None takes the style's.
        masks: where to stylize, (h, w) each, one for all or one for each frame; the content's pixels stay elsewhere.
        feather: softness of the masks' edges in pixels.
        tile: edge of a tile in pixels, 0 to choose.
        style_size: shorter side that style pictures are reduced to, 0 to keep theirs.
        mode: statistics by frame, smoothed, or pooled; not by frame, colours are pooled, too.
        sigma: of the smoothing, in frames.
        refine: steps of refinement.
        texture: weight of the style's texture in these steps.
        keep: weight of the content's structure in them.
        grain: what flat places of the content take.
        device: where the result goes.
        dtype: of the result.

    Returns:
        (B, H, W, C).

    Raises:
        AdaINError: refinement with another network than the paper's, counts that do not fit, and what the styles lack.
    """
    check_refine(refine, model.inverts)
    content = Frames(images)
    luminance = color is not None and by_luminance(color)
    pooled = mode != "independent"
    value: StyleValue | None = style
    if pictures is not None:
        layers = refine > 0 and Options(texture=texture, keep=keep).layers
        value = _style_of(model, Frames(pictures), content, color, style_size, pooled, layers)
    assert value is not None, "a style or style pictures"
    encoded = Encoded(model, Frames(images, grey=luminance and pictures is not None), tile, grain=grain)
    if masks is None:
        features = blend(Features(encoded), value, alpha, mode, sigma)
    else:
        features = masked(Features(encoded), [value], [masks], [alpha], feather=feather, mode=mode, sigma=sigma)
    if len(features) > len(content):
        content = Frames(images.expand(len(features), -1, -1, -1))
    out = paint(model, features, device or torch.device("cpu"), dtype, tile, refine, texture, keep)
    if color is not None and (pictures is None or luminance):
        recolor(out, content, color, pooled=pooled, matched=pictures is None, check=model.host.progress())
    return uncovered(out, content, features.cover)


def _style_of(
    model: Model,
    pictures: Frames,
    content: Frames,
    color: ColorMode | None,
    size: int,
    pooled: bool,
    texture: bool,
) -> StyleValue:
    """The style of pictures, in the content's colours if they are to be kept, with texture if asked for."""
    if len(content) != 1 and len(pictures) not in (1, len(content)):
        raise StyleError(
            f"{len(pictures)} styles for {len(content)} frames: give one style, or as many as there are frames"
        )
    if color is None:
        return PictureStyle(Encoded(model, pictures, keep=False), size=size)
    targets: list[ColorMoments] | list[None] = [None] if color == "luminance" else moments(content, pooled)
    styles: list[Style] = []
    for i in range(max(len(pictures), len(targets))):
        number = 0 if len(pictures) == 1 else i
        picture = reduce(pictures.part(slice(number, number + 1)), size)
        x, opacity = picture.whole(), picture.opacity(0, picture.height, 0, picture.width)
        x = recolor_style(x, pick(targets, i), color, opacity)
        x = x if opacity is None else torch.cat([x, opacity[:, None].to(x.device)], 1)
        styles += PictureStyle(Encoded(model, Frames(x.movedim(1, -1)), keep=False)).read(texture).unbatch()
    return Style.batch(styles, model.encoder_id)
