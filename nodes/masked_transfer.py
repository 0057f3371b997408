"""AdaIN Masked Transfer."""

from __future__ import annotations

from typing import Any

from comfy_api.latest import io

from ..adain_core.errors import StyleError
from ..adain_core.options import Options
from . import sockets
from .engine.features import Features
from .engine.pictures import check_masks
from .engine.styles import StyleValue
from .engine.transfer import FrameMode, masked, most_frames

MOST = 8

SHARE = 1.0
"""Of the strength, for a region whose share is not shown."""


class AdaINMaskedTransfer(io.ComfyNode):
    """One style a region."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Inputs and outputs."""
        return io.Schema(
            node_id="AdaINMaskedTransfer",
            display_name="AdaIN Masked Transfer",
            category=sockets.CATEGORY,
            description=(
                "Gives each region of the picture its own style. Regions may overlap and be soft: there the styles "
                "mix. Statistics are taken within each region, so that a bright sky does not darken the ground."
            ),
            search_aliases=[
                "adain",
                "regional style",
                "style by mask",
                "spatial control",
                "two styles",
                "masked style",
                "style transfer",
            ],
            inputs=[
                sockets.Features.Input("features", tooltip="The content, from AdaIN Encode (or after AdaIN Blend)."),
                *(socket for n in range(1, MOST + 1) for socket in _region(n)),
                io.DynamicCombo.Input(
                    "regions",
                    options=[
                        io.DynamicCombo.Option(str(n), [_share(k) for k in range(1, n + 1)]) for n in range(1, MOST + 1)
                    ],
                    tooltip="How many shares of the strength are shown. Every region that is connected is painted.",
                ),
                *sockets.strength_inputs(),
                sockets.feather_input(),
                sockets.Style.Input(
                    "background",
                    optional=True,
                    tooltip=(
                        "Style of what no mask reaches. Not connected, that keeps what it was: the content's own "
                        "pixels, or the style of an AdaIN Blend before this node."
                    ),
                ),
                *sockets.frame_inputs(),
            ],
            outputs=[
                sockets.Features.Output(
                    "stylized", display_name="features", tooltip="The stylized features, for AdaIN Decode."
                )
            ],
            accept_all_inputs=True,  # older names, see sockets.connected
        )

    @classmethod
    def execute(
        cls,
        features: Features,
        regions: dict[str, Any],
        strength: float,
        boost: float = 1.0,
        feather: float = Options.feather,
        background: StyleValue | None = None,
        frames: FrameMode = "independent",
        smoothing: float = 4.0,
        **pairs: Any,
    ) -> io.NodeOutput:
        """One more step on the features."""
        given = sockets.connected(pairs, "regions")
        numbers = [n for n in range(1, MOST + 1) if f"style_{n}" in given or f"mask_{n}" in given]
        if not numbers:
            raise StyleError("no region is connected: connect style_1 and mask_1, and more")
        for n in numbers:
            for one, other in ((f"style_{n}", f"mask_{n}"), (f"mask_{n}", f"style_{n}")):
                if other not in given:
                    raise StyleError(f"{one} is connected and {other} is not: connect both, or neither")
        styles: list[StyleValue] = [given[f"style_{n}"] for n in numbers]
        frames_painted = most_frames(features, [*styles, *([] if background is None else [background])])
        masks = [check_masks(given[f"mask_{n}"], frames_painted, f"mask_{n}") for n in numbers]
        alpha = strength * boost
        alphas = [alpha * regions.get(f"strength_{n}", SHARE) for n in numbers]
        settings = {"feather": feather, "alpha": alpha, "background": background, "mode": frames, "sigma": smoothing}
        return io.NodeOutput(masked(features, styles, masks, alphas, **settings))


def _region(n: int) -> list[Any]:
    return [
        sockets.Style.Input(f"style_{n}", optional=True, tooltip=f"Style of region {n}."),
        io.Mask.Input(
            f"mask_{n}",
            optional=True,
            tooltip=f"White where style {n} goes. Any size; one mask, or one for each frame.",
        ),
    ]


def _share(n: int) -> Any:
    return io.Float.Input(
        f"strength_{n}",
        default=SHARE,
        min=0.0,
        max=1.0,
        step=0.01,
        tooltip=f"Share of the strength below that region {n} gets.",
    )
