"""AdaIN Color Preserve."""

from __future__ import annotations

import comfy.model_management as mm
from comfy_api.latest import io
from torch import Tensor

from ..adain_core.options import COLOR_MODES, ColorMode
from ..adain_core.pictures.masks import fit
from . import sockets
from .engine.colors import recolor
from .engine.pictures import Frames, check_images, check_masks
from .host import ComfyHost, picture_dtype


class AdaINColorPreserve(io.ComfyNode):
    """The content's colours for another picture."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Inputs and outputs."""
        return io.Schema(
            node_id="AdaINColorPreserve",
            display_name="AdaIN Color Preserve (Color Transfer)",
            category=sockets.CATEGORY,
            description=(
                "Keeps the content's colours in a style transfer. Before it: give the style picture the content's "
                "colours (cholesky, eigen, monge-kantorovich). After it: keep the brightness of the stylized picture "
                "and take the content's colour (luminance, luminance-matched)."
            ),
            search_aliases=[
                "adain",
                "color transfer",
                "colour transfer",
                "preserve color",
                "color match",
                "keep colors",
                "histogram matching",
                "luminance",
            ],
            inputs=[
                io.Image.Input(  # first: it is what a bypassed node passes on
                    "image",
                    tooltip="The style picture (before the transfer), or the stylized picture (after it).",
                ),
                io.Image.Input("content", tooltip="The picture whose colours are kept."),
                io.Combo.Input(
                    "method",
                    options=list(COLOR_MODES),
                    default="luminance",
                    tooltip=(
                        "cholesky, eigen, monge-kantorovich: mean and covariance of the colours; monge-kantorovich "
                        "moves colours least. luminance: the content's colour (I and Q of YIQ) with the image's "
                        "brightness. luminance-matched: that brightness gets the content's mean and spread, too."
                    ),
                ),
                io.Float.Input(
                    "strength",
                    default=1.0,
                    min=0.0,
                    max=1.0,
                    step=0.01,
                    display_mode=io.NumberDisplay.slider,
                    tooltip="0 leaves the image as it is, 1 takes the content's colours in full.",
                ),
                io.Mask.Input(
                    "mask",
                    optional=True,
                    tooltip="White where the colours change. Any size; one mask, or one for each image.",
                ),
            ],
            outputs=[io.Image.Output("recolored", display_name="image", tooltip="The image in the content's colours.")],
        )

    @classmethod
    def execute(
        cls, image: Tensor, content: Tensor, method: ColorMode, strength: float, mask: Tensor | None = None
    ) -> io.NodeOutput:
        """Recolour a copy."""
        frames = Frames(check_images(content, "content"))
        out = check_images(image, "image").to(mm.intermediate_device(), picture_dtype(), copy=True)
        if out.shape[-1] == 1:
            out = out.repeat(1, 1, 1, 3)
        masks = None
        if mask is not None:
            height, width = out.shape[1:3]
            masks = [fit(m, height, width) for m in check_masks(mask, out.shape[0])]
        show = ComfyHost().progress()
        return io.NodeOutput(recolor(out, frames, method, strength=strength, masks=masks, check=show))
