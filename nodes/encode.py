"""AdaIN Encode."""

from __future__ import annotations

from comfy_api.latest import io
from torch import Tensor

from ..adain_core.options import GRAIN_PRESETS, STYLE_SIZE
from . import sockets
from .engine.features import Encoded, Features
from .engine.pictures import Frames, check_images, check_masks
from .engine.styles import PictureStyle
from .model import AdaINModel

BATCHES = ("each", "mixed")
"""What the style of a batch of pictures is."""


class AdaINEncode(io.ComfyNode):
    """A picture as features (for content) and as a style."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Inputs and outputs."""
        return io.Schema(
            node_id="AdaINEncode",
            display_name="AdaIN Encode",
            category=sockets.CATEGORY,
            description=(
                "Reads a picture for AdaIN: use 'features' if it is the content, 'style' if its style is wanted. What "
                "is not connected costs nothing: the encoder runs when a result is first needed, and once."
            ),
            search_aliases=[
                "adain",
                "style transfer",
                "nst",
                "image to features",
                "extract style",
                "style from image",
                "style statistics",
            ],
            inputs=[
                sockets.Model.Input("model", tooltip="From AdaIN Load Model."),
                io.Image.Input("image", tooltip="One picture, or a batch of any length."),
                io.Mask.Input(
                    "style_mask",
                    optional=True,
                    tooltip=(
                        "For 'style' only: white where the style is taken from. Any size; one mask, or one for each "
                        "picture."
                    ),
                ),
                sockets.style_size_input(
                    "For 'style' only: the shorter side, in pixels, that the picture is reduced to before it is read. "
                    "Smaller makes broader strokes. 0 keeps its size."
                ),
                sockets.grain_input(),
                io.Combo.Input(
                    "styles",
                    optional=True,
                    options=list(BATCHES),
                    default=BATCHES[0],
                    tooltip=(
                        "For 'style' of a batch. each: the style of every picture by itself, for as many results. "
                        "mixed: one style, the mean of all."
                    ),
                    advanced=True,
                ),
            ],
            outputs=[
                sockets.Features.Output(
                    "features", tooltip="The picture as content, for AdaIN Blend or Masked Transfer."
                ),
                sockets.Style.Output("style", tooltip="The picture's style; one for each picture of a batch."),
            ],
        )

    @classmethod
    def execute(
        cls,
        model: AdaINModel,
        image: Tensor,
        style_mask: Tensor | None = None,
        style_size: int = STYLE_SIZE,
        grain: str = "auto",
        styles: str = BATCHES[0],
    ) -> io.NodeOutput:
        """Wrap the picture; the work waits until someone needs it."""
        frames = Frames(check_images(image, "image"))
        content, style = Encoded(model, frames, grain=GRAIN_PRESETS[grain]), Encoded(model, frames, keep=False)
        masks = None if style_mask is None else check_masks(style_mask, image.shape[0], "style_mask")
        each = PictureStyle(style, masks, style_size)
        return io.NodeOutput(Features(content), each.mixed() if styles == "mixed" else each)
