"""AdaIN Stylize."""

from __future__ import annotations

from typing import Any

import comfy.model_management as mm
from comfy_api.latest import io
from torch import Tensor

from ..adain_core.errors import StyleError
from ..adain_core.options import GRAIN_PRESETS, STYLE_COLORS, Options
from . import sockets
from .engine.pictures import check_images, check_masks
from .engine.style_names import find_style
from .engine.styles import StyleValue, count
from .engine.stylize import stylize
from .host import picture_dtype
from .model import AdaINModel, bundled_model
from .options import STYLE_SIZE_TOOLTIP, Settings
from .style_choice import known, style_name_input


class AdaINStylize(io.ComfyNode):
    """All in one node."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Inputs and outputs."""
        return io.Schema(
            node_id="AdaINStylize",
            display_name="AdaIN Stylize (Style Transfer)",
            category=sockets.CATEGORY,
            description=(
                "Repaints a picture in the style of another, or of a built-in painting, in one node. The single nodes "
                "(Encode, Blend, Decode) do the same and keep what they have in common between runs."
            ),
            search_aliases=[
                "adain",
                "style transfer",
                "neural style transfer",
                "nst",
                "artistic style",
                "paint like",
                "stylize",
            ],
            inputs=[
                io.Image.Input("image", tooltip="The content: one picture, or a batch of any length."),
                style_name_input(),
                *sockets.strength_inputs(),
                sockets.color_input("content's"),
                io.Image.Input(
                    "style_image",
                    optional=True,
                    tooltip=(
                        "A picture whose style is taken. A batch: one for each picture of the content, or for one "
                        "picture any number, and it is painted in each."
                    ),
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
                sockets.Model.Input("model", optional=True, tooltip="Another model than vgg19."),
                sockets.feather_input(**sockets.HIDDEN),
                sockets.style_size_input(STYLE_SIZE_TOOLTIP, **sockets.HIDDEN),
                sockets.tile_input(**sockets.HIDDEN),
                *sockets.frame_inputs(**sockets.HIDDEN),
                sockets.refine_input(**sockets.HIDDEN),
                sockets.texture_input(**sockets.HIDDEN),
                sockets.grain_input(**sockets.HIDDEN),
                sockets.Settings.Input(
                    "options",
                    optional=True,
                    tooltip="What is seldom needed, from AdaIN Options. It overrides what an older workflow holds.",
                ),
            ],
            outputs=[io.Image.Output("stylized", display_name="image", tooltip="The stylized picture, alpha kept.")],
        )

    @classmethod
    def validate_inputs(cls, style_name: str | None = None) -> bool | str:
        """The name of a style may be that of before."""
        return known(style_name)

    @classmethod
    def execute(
        cls,
        image: Tensor,
        style_name: str,
        strength: float = Options.alpha,
        boost: float = 1.0,
        color: str = STYLE_COLORS,
        style_image: Tensor | None = None,
        style: StyleValue | None = None,
        mask: Tensor | None = None,
        model: AdaINModel | None = None,
        options: Settings | None = None,
        **older: Any,
    ) -> io.NodeOutput:
        """Encode, blend, decode, and what colours ask for."""
        images = check_images(image, "image")
        if style_image is not None and style is not None:
            raise StyleError("style_image and style are both connected: disconnect one, or use AdaIN Mix Styles")
        given = options or Settings(**older)
        pictures = None if style_image is None else check_images(style_image, "style_image")
        if pictures is None and style is None:
            style = find_style(style_name)
        frames = images.shape[0]
        if frames == 1:
            frames = count(style) if pictures is None else pictures.shape[0]
        out = stylize(
            model or bundled_model(),
            images,
            style,
            pictures,
            alpha=strength * boost,
            color=None if color == STYLE_COLORS else color,
            masks=None if mask is None else check_masks(mask, frames),
            feather=given.feather,
            tile=given.tile,
            style_size=given.style_size,
            mode=given.frames,
            sigma=given.smoothing,
            refine=given.refine,
            texture=given.texture,
            keep=given.keep,
            grain=GRAIN_PRESETS[given.grain],
            device=mm.intermediate_device(),
            dtype=picture_dtype(),
        )
        return io.NodeOutput(out)
