"""The texture that a graph asks for: the styles' statistics of the layers before relu4_1, through the same steps."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from ...adain_core.engine.texture import Texture, all_layers
from ...adain_core.errors import StyleError
from ...adain_core.styles.style import Style
from ...adain_core.tiles.grid import Grid
from ...adain_core.tiles.sources import Pixels
from .features import Features, FrameRegions, Requested
from .pictures import Frames
from .styles import style_for
from .transfer import steady


@dataclass(frozen=True, eq=False)
class Wanted:
    """What each part of the frames should look like.

    Attributes:
        styles: statistics of all four layers, (B, 960), of each part.
        parts: where the parts are; None: one part everywhere.
    """

    styles: list[Style]
    parts: FrameRegions | None = None

    def pull(self, frames: Frames, chunk: slice, texture: float, grid: Grid, device: torch.device) -> Texture:
        """What pulls some of the frames towards it."""
        styles = [Style(style.mean[chunk].to(device), style.std[chunk].to(device)) for style in self.styles]
        regions = None if self.parts is None else self.parts.of(chunk, grid)
        return Texture(styles, texture, regions, Pixels(frames.part(chunk), grid).opacity)


def wanted(features: Features) -> Wanted:
    """What the steps of features ask for.

    Raises:
        StyleError: a style without texture, another network than the paper's, or one Masked Transfer after another:
            regions of regions have no texture of their own.
    """
    own: list[tuple[Style, torch.Tensor]] | None = None  # the content's, of each part, taken when first needed
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
            if before is None:
                found, seen = of_content(number)
                before = steady(found, requested.mode, requested.sigma, None if parts is None else seen)
            target = target.strength(requested.alpha, before)
        rows = (len(features), target.mean.shape[-1])
        return Style(target.mean.expand(rows), target.std.expand(rows).clamp_min(0))

    def of_content(number: int) -> tuple[Style, torch.Tensor]:
        nonlocal own
        if own is None:
            whole, *regions = features.encoded.layer_statistics(parts)
            own = regions if parts is not None else [whole]
        return own[number]

    for step in features.steps:
        if step.parts is None:
            [requested] = step.requested
            finer = [texture(requested, number, before) for number, before in enumerate(finer)]
            [(scale, shift)] = ((scale[:, :, 0, 0], shift[:, :, 0, 0]) for scale, shift in step.maps)
            coarse = [replace(c, mean=c.mean * scale + shift, std=c.std * scale.abs()) for c in coarse]
        else:
            if parts is not None:
                raise StyleError(
                    "texture after two AdaIN Masked Transfer nodes: use one of them with all regions, or texture 0"
                )
            parts = step.parts
            finer = [texture(requested, number, finer[0]) for number, requested in enumerate(step.requested)]
            coarse = [requested.target for requested in step.requested]
    styles = [
        all_layers(replace(main, texture=layers or of_content(number)[0]))
        for number, (main, layers) in enumerate(zip(coarse, finer, strict=True))
    ]
    return Wanted(styles, parts)
