"""AdaIN Stylize."""

from __future__ import annotations

import comfy.model_management as mm
from comfy_api.latest import io
from torch import Tensor

from ..adain_core.errors import StyleError
from ..adain_core.options import COLOR_MODES, GRAIN_PRESETS, STYLE_COLORS, STYLE_SIZE, Options
from ..adain_core.styles.builtin import builtin_styles, find_builtin
from . import sockets
from .engine.pictures import check_images, check_masks
from .engine.styles import StyleValue
from .engine.stylize import stylize
from .engine.transfer import FrameMode
from .model import AdaINModel, bundled_model


class AdaINStylize(io.ComfyNode):
    """All in one node."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Inputs and outputs."""
        return io.Schema(
            node_id="AdaINStylize",
            display_name="AdaIN Stylize",
            category=sockets.CATEGORY,
            description=(
                "Repaints a picture in the style of another, or of a built-in painting, in one node. The single nodes "
                "(Encode, Blend, Decode) do the same and keep what they have in common between runs."
            ),
            search_aliases=["adain", "style transfer", "neural style", "artistic style", "paint like", "stylize"],
            inputs=[
                io.Image.Input("image", tooltip="The content: one picture, or a batch of any length."),
                io.Combo.Input(
                    "style_name",
                    options=list(builtin_styles()),
                    default="starry-night",
                    tooltip="A built-in style, for when neither style_image nor style is connected.",
                ),
                *sockets.strength_inputs(),
                io.Combo.Input(
                    "color",
                    options=[STYLE_COLORS, *COLOR_MODES],
                    default=STYLE_COLORS,
                    tooltip=(
                        "style: the style's colours. The others keep the content's: by mean and covariance (cholesky, "
                        "eigen, monge-kantorovich) or by taking only the brightness from the style (luminance, "
                        "luminance-matched)."
                    ),
                ),
                io.Image.Input(
                    "style_image",
                    optional=True,
                    tooltip="A picture whose style is taken; or one for each picture of the content.",
                ),
                sockets.Style.Input(
                    "style",
                    optional=True,
                    tooltip="A style from AdaIN Load Style, Mix Styles or Encode, instead of a picture.",
                ),
                io.Mask.Input(
                    "mask",
                    optional=True,
                    tooltip="White where the picture is stylized; elsewhere it stays as it is. Any size.",
                ),
                sockets.Model.Input(
                    "model", optional=True, tooltip="Another model than the one that comes with the pack."
                ),
                sockets.feather_input(),
                sockets.style_size_input(
                    "The shorter side, in pixels, that style_image is reduced to before it is read. Smaller makes "
                    "broader strokes. 0 keeps its size."
                ),
                sockets.tile_input(),
                *sockets.frame_inputs(),
                sockets.refine_input(),
                sockets.texture_input(),
                sockets.grain_input(),
            ],
            outputs=[io.Image.Output("stylized", display_name="image", tooltip="The stylized picture, alpha kept.")],
        )

    @classmethod
    def execute(
        cls,
        image: Tensor,
        style_name: str,
        strength: float,
        boost: float = 1.0,
        color: str = STYLE_COLORS,
        style_image: Tensor | None = None,
        style: StyleValue | None = None,
        mask: Tensor | None = None,
        model: AdaINModel | None = None,
        feather: float = Options.feather,
        style_size: int = STYLE_SIZE,
        tile: int = 0,
        frames: FrameMode = "independent",
        smoothing: float = 4.0,
        refine: int = Options.refine,
        texture: float = Options.texture,
        grain: str = "auto",
    ) -> io.NodeOutput:
        """Encode, blend, decode, and what colours ask for."""
        images = check_images(image, "image")
        if style_image is not None and style is not None:
            raise StyleError("style_image and style are both connected: disconnect one, or use AdaIN Mix Styles")
        pictures = None if style_image is None else check_images(style_image, "style_image")
        if pictures is None and style is None:
            style = find_builtin(style_name)
        out = stylize(
            model or bundled_model(),
            images,
            style,
            pictures,
            alpha=strength * boost,
            color=None if color == STYLE_COLORS else color,
            masks=None if mask is None else check_masks(mask, images.shape[0]),
            feather=feather,
            tile=tile,
            style_size=style_size,
            mode=frames,
            sigma=smoothing,
            refine=refine,
            texture=texture,
            grain=GRAIN_PRESETS[grain],
            device=mm.intermediate_device(),
            dtype=mm.intermediate_dtype(),
        )
        return io.NodeOutput(out)
