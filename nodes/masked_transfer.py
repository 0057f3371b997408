"""AdaIN Masked Transfer."""

from __future__ import annotations

from typing import Any

from comfy_api.latest import io

from ..adain_core.options import Options
from . import sockets
from .engine.features import Features
from .engine.pictures import check_masks
from .engine.styles import StyleValue
from .engine.transfer import FrameMode, masked

MOST = 8


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
            ],
            inputs=[
                sockets.Features.Input("features", tooltip="The content, from AdaIN Encode (or after AdaIN Blend)."),
                io.DynamicCombo.Input(
                    "regions",
                    options=[io.DynamicCombo.Option(str(n), _slots(n)) for n in range(1, MOST + 1)],
                    tooltip="How many regions.",
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
    ) -> io.NodeOutput:
        """One more step on the features."""
        numbers = range(1, int(regions["regions"]) + 1)
        styles = [regions[f"style_{n}"] for n in numbers]
        masks = [check_masks(regions[f"mask_{n}"], len(features), f"mask_{n}") for n in numbers]
        alpha = strength * boost
        alphas = [alpha * regions[f"strength_{n}"] for n in numbers]
        settings = {"feather": feather, "alpha": alpha, "background": background, "mode": frames, "sigma": smoothing}
        return io.NodeOutput(masked(features, styles, masks, alphas, **settings))


def _slots(count: int) -> list[Any]:
    slots: list[Any] = []
    for n in range(1, count + 1):
        slots.append(sockets.Style.Input(f"style_{n}", tooltip=f"Style of region {n}."))
        slots.append(
            io.Mask.Input(
                f"mask_{n}",
                tooltip=f"White where style {n} goes. Any size; one mask, or one for each frame.",
            )
        )
        # A choice that reveals only sockets and no widget is one that today's editor cannot draw.
        slots.append(
            io.Float.Input(
                f"strength_{n}",
                default=1.0,
                min=0.0,
                max=1.0,
                step=0.01,
                tooltip=f"Share of the strength below that region {n} gets.",
            )
        )
    return slots
