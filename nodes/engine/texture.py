"""What a graph asks of the layers before relu4_1: the styles' texture through the same steps, and what is kept."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TypedDict

import torch

from ...adain_core.engine.features import Features as WindowFeatures
from ...adain_core.engine.keep import Keep
from ...adain_core.engine.texture import Texture, all_layers
from ...adain_core.errors import StyleError
from ...adain_core.styles.style import Style
from .features import Features, FrameRegions, Requested
from .styles import style_for
from .transfer import steady


class Pulls(TypedDict):
    """What a :class:`~adain_core.engine.paint.Painter` takes of it."""

    texture: Texture | None
    keep: Keep | None


@dataclass(frozen=True, eq=False)
class Wanted:
    """What each part of the frames should look like.

    Attributes:
        styles: statistics of all four layers, (B, 960), of each part.
        parts: where the parts are; None: one part everywhere.
        own: the content's statistics of relu1_1, relu2_1 and relu3_1, (B, 448), in each part, if they were asked for.
    """

    styles: list[Style]
    parts: FrameRegions | None = None
    own: list[Style] = field(default_factory=list)

    def pulls(self, content: WindowFeatures, chunk: slice, texture: float, keep: float) -> Pulls:
        """What pulls some of the frames, whose features are `content`, towards it."""
        grid, device = content.grid, content.networks.device
        styles, own = (
            [Style(style.mean[chunk].to(device), style.std[chunk].to(device)) for style in each]
            for each in (self.styles, self.own)
        )
        regions = None if self.parts is None else self.parts.of(chunk, grid)
        return {
            "texture": Texture(styles, texture, regions, content.pixels.opacity) if texture else None,
            "keep": Keep(content, own, styles, keep, regions) if keep else None,
        }


def wanted(features: Features, kept: bool = False) -> Wanted:
    """What the steps of features ask for.

    Args:
        features: as they are decoded.
        kept: whether also for :class:`Keep`.

    Raises:
        StyleError: a style without texture, another network than the paper's, or one Masked Transfer after another:
            regions of regions have no texture of their own.
    """
    own: dict[bool, list[tuple[Style, torch.Tensor]]] = {}  # the content's, of the whole and of each part, when needed
    finer: list[Style | None] = [None]  # texture of each part, (B, 448); None: still the content's own
    coarse = [features.encoded.statistics()]  # relu4_1 of each part, (B, 512)
    parts: FrameRegions | None = None

    def texture(requested: Requested, number: int, before: Style | None) -> Style | None:
        if requested.style is None:
            return before
        style = style_for(requested.style, features.encoded.model.encoder_id, len(features), texture=True)
        all_layers(style)  # or an error that says which has none
        assert style.texture is not None
        target = style.texture
        if requested.alpha != 1:
            target = target.strength(requested.alpha, steadily(number, requested) if before is None else before)
        rows = (len(features), target.mean.shape[-1])
        return Style(target.mean.expand(rows), target.std.expand(rows).clamp_min(0))

    def of_content(number: int) -> tuple[Style, torch.Tensor]:
        masked = parts is not None
        if masked not in own:
            whole, *regions = features.encoded.layer_statistics(parts)
            own[masked] = regions if masked else [whole]
        return own[masked][number]

    def steadily(number: int, like: Requested) -> Style:
        """The content's of a part, made steady over time as what was requested there."""
        found, cells = of_content(number)
        return steady(found, like.mode, like.sigma, None if parts is None else cells)

    for step in features.steps:
        if step.parts is None:
            [requested] = step.requested
            finer = [texture(requested, number, before) for number, before in enumerate(finer)]
            [(scale, shift)] = ((scale[:, :, 0, 0], shift[:, :, 0, 0]) for scale, shift in step.maps)
            coarse = [replace(c, mean=c.mean * scale + shift, std=c.std * scale.abs()) for c in coarse]
        else:
            if parts is not None:
                raise StyleError(
                    "texture or keep after two AdaIN Masked Transfer nodes: use one with all regions, or set both to 0"
                )
            parts = step.parts
            finer = [texture(requested, number, finer[0]) for number, requested in enumerate(step.requested)]
            coarse = [requested.target for requested in step.requested]
    styles = [
        all_layers(replace(main, texture=layers or of_content(number)[0]))
        for number, (main, layers) in enumerate(zip(coarse, finer, strict=True))
    ]
    last = [step for step in features.steps if step.parts is parts]
    requested = last[-1].requested if last else [Requested(None, 0.0, features.encoded.statistics())]
    return Wanted(styles, parts, [steadily(n, one) for n, one in enumerate(requested)] if kept else [])
