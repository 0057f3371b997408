"""AdaIN Blend."""

from __future__ import annotations

from comfy_api.latest import io

from . import sockets
from .engine.features import Features
from .engine.styles import StyleValue
from .engine.transfer import FrameMode, blend


class AdaINBlend(io.ComfyNode):
    """AdaIN itself."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Inputs and outputs."""
        return io.Schema(
            node_id="AdaINBlend",
            display_name="AdaIN Blend",
            category=sockets.CATEGORY,
            description=(
                "Adaptive instance normalisation: gives the content's features the style's mean and spread in every "
                "channel. Costs next to nothing, so the strength can be tried out: only this node and the decoder run."
            ),
            search_aliases=[
                "adain",
                "adaptive instance normalization",
                "apply style",
                "style strength",
                "style transfer",
                "neural style transfer",
                "nst",
            ],
            inputs=[
                sockets.Features.Input("features", tooltip="The content, from AdaIN Encode."),
                sockets.Style.Input(
                    "style", tooltip="One style for all frames, or a batch of as many as there are frames."
                ),
                *sockets.strength_inputs(),
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
        style: StyleValue,
        strength: float,
        boost: float = 1.0,
        frames: FrameMode = "independent",
        smoothing: float = 4.0,
    ) -> io.NodeOutput:
        """One more step on the features."""
        return io.NodeOutput(blend(features, style, strength * boost, frames, smoothing))
