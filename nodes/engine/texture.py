"""The texture that a graph asks for: the styles' statistics of the layers before relu4_1, through the same steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch

from ...adain_core.engine.texture import Texture, all_layers
from ...adain_core.errors import StyleError
from ...adain_core.pictures.masks import Mask
from ...adain_core.styles.style import Style
from ...adain_core.tiles.grid import Grid, Window
from .features import Asked, Everywhere, Features, Regions, region_weights
from .styles import style_for
from .transfer import steady


@dataclass(frozen=True, eq=False)
class Wanted:
    """What each part of the frames should look like.

    Attributes:
        parts: statistics of all four layers, (B, 960), of each part.
        masks: where the parts are, one list of masks each; None: one part everywhere.
        rest: whether the last part is what no mask reaches.
    """

    parts: list[Style]
    masks: Sequence[list[Mask]] | None = None
    rest: bool = False

    @property
    def by_frame(self) -> bool:
        """Whether frames have masks of their own, so that they are painted one by one."""
        return self.masks is not None and any(len(masks) > 1 for masks in self.masks)

    def pull(self, chunk: slice, texture: float, grid: Grid, device: torch.device) -> Texture:
        """What pulls some frames towards it."""
        parts = [Style(part.mean[chunk].to(device), part.std[chunk].to(device)) for part in self.parts]
        masks = self.masks
        if masks is None:
            return Texture(parts, texture)

        def cells(window: Window) -> list[torch.Tensor]:
            return region_weights(masks, self.rest, chunk.start, window, grid)

        return Texture(parts, texture, cells)


def wanted(features: Features) -> Wanted:
    """What the steps of features ask for.

    Raises:
        StyleError: a style without texture, another network than the paper's, or one Masked Transfer after another:
            regions of regions have no texture of their own.
    """
    own: list[tuple[Style, torch.Tensor]] | None = None  # the content's, of each part, taken when first needed
    finer: list[Style | None] = [None]  # texture of each part, (B, 448); None: still the content's own
    coarse = [features.encoded.statistics()]  # relu4_1 of each part, (B, 512)
    masks: Sequence[list[Mask]] | None = None
    rest = False

    def texture(asked: Asked, number: int, before: Style | None) -> Style | None:
        if asked.style is None:
            return before
        style = style_for(asked.style, features.encoded.model.encoder_id, len(features), texture=True)
        all_layers(style)  # or an error that says which has none
        assert style.texture is not None
        target = style.texture
        if asked.alpha != 1:
            if before is None:
                found, seen = of_content(number)
                before = steady(found, asked.mode, asked.sigma, None if masks is None else seen)
            target = target.strength(asked.alpha, before)
        rows = (len(features), target.mean.shape[-1])
        return Style(target.mean.expand(rows), target.std.expand(rows).clamp_min(0))

    def of_content(number: int) -> tuple[Style, torch.Tensor]:
        nonlocal own
        if own is None:
            whole, *parts = features.encoded.layer_statistics(masks or [], rest)
            own = parts if masks is not None else [whole]
        return own[number]

    for step in features.steps:
        if isinstance(step, Everywhere):
            finer = [texture(step.asked, number, before) for number, before in enumerate(finer)]
            scale, shift = (part[:, :, 0, 0] for part in step.maps)
            coarse = [replace(c, mean=c.mean * scale + shift, std=c.std * scale.abs()) for c in coarse]
        elif isinstance(step, Regions):
            if masks is not None:
                raise StyleError(
                    "texture after two AdaIN Masked Transfer nodes: use one of them with all regions, or texture 0"
                )
            masks, rest = step.masks, step.rest
            finer = [texture(asked, number, finer[0]) for number, asked in enumerate(step.asked)]
            coarse = [asked.target for asked in step.asked]
    parts = [
        all_layers(replace(main, texture=layers or of_content(number)[0]))
        for number, (main, layers) in enumerate(zip(coarse, finer, strict=True))
    ]
    return Wanted(parts, masks, rest)
