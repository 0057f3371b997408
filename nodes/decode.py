"""AdaIN Decode."""

from __future__ import annotations

import comfy.model_management as mm
from comfy_api.latest import io

from ..adain_core.options import Options
from . import sockets
from .engine.features import Features
from .engine.painting import paint, uncovered
from .host import picture_dtype
from .model import AdaINModel


class AdaINDecode(io.ComfyNode):
    """Features back to a picture."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Inputs and outputs."""
        return io.Schema(
            node_id="AdaINDecode",
            display_name="AdaIN Decode",
            category=sockets.CATEGORY,
            description=(
                "Paints the picture that features stand for, in the content's exact size and with its alpha. Pictures "
                "and batches of any size: computed in tiles that do not show."
            ),
            search_aliases=["adain", "style transfer", "nst", "features to image", "paint", "render style"],
            inputs=[
                sockets.Model.Input("model", tooltip="The model that the features were encoded with."),
                sockets.Features.Input("features", tooltip="From AdaIN Blend or AdaIN Masked Transfer."),
                sockets.tile_input(),
                sockets.refine_input(),
                sockets.texture_input(),
                sockets.keep_input(),
            ],
            outputs=[io.Image.Output("image", tooltip="The stylized picture, one for each frame of the content.")],
        )

    @classmethod
    def execute(
        cls,
        model: AdaINModel,
        features: Features,
        tile: int = 0,
        refine: int = Options.refine,
        texture: float = Options.texture,
        keep: float = Options.keep,
    ) -> io.NodeOutput:
        """Decode every frame."""
        out = paint(model, features, mm.intermediate_device(), picture_dtype(), tile, refine, texture, keep)
        return io.NodeOutput(uncovered(out, features.encoded.frames, features.cover))
