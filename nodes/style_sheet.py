"""AdaIN Style Sheet."""

from __future__ import annotations

import comfy.model_management as mm
from comfy_api.latest import io, ui
from torch import Tensor

from ..adain_core.options import Options
from . import sockets
from .engine.pictures import check_images
from .engine.sheet import draw_sheet
from .engine.style_names import matching
from .engine.styles import StyleValue, resolve
from .host import picture_dtype
from .model import AdaINModel, bundled_model
from .style_choice import only_input


class AdaINStyleSheet(io.ComfyNode):
    """A photo in all styles, to choose from."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Inputs and outputs."""
        return io.Schema(
            node_id="AdaINStyleSheet",
            display_name="AdaIN Style Sheet",
            category=sockets.CATEGORY,
            description=(
                "Paints one photo in all built-in styles, or in some, and puts them into one picture with their names: "
                "to see which style suits it. By the small model 'lite', unless another one is connected."
            ),
            search_aliases=[
                "adain",
                "style transfer",
                "style grid",
                "contact sheet",
                "compare styles",
                "style preview",
            ],
            inputs=[
                io.Image.Input("image", tooltip="The photo: one picture."),
                only_input(),
                io.Float.Input(
                    "strength",
                    optional=True,
                    display_mode=io.NumberDisplay.slider,
                    **sockets.declared("alpha", max=2.0, tooltip="1 is the full style, more exaggerates it."),
                ),
                io.Int.Input(
                    "side",
                    optional=True,
                    default=192,
                    min=64,
                    max=1024,
                    step=32,
                    tooltip="Shorter side of each picture, in pixels. Larger ones take longer.",
                ),
                io.Int.Input(
                    "columns", optional=True, default=10, min=1, max=64, step=1, tooltip="How many pictures a row has."
                ),
                sockets.Style.Input(
                    "style",
                    optional=True,
                    tooltip="One style, or as many as AdaIN Encode makes of a batch, instead of built-in ones.",
                ),
                sockets.Model.Input(
                    "model",
                    optional=True,
                    tooltip="Another model than lite: vgg19 shows strokes as AdaIN Stylize does.",
                ),
            ],
            outputs=[io.Image.Output("sheet", tooltip="The photo, and then the photo in each style.")],
            **sockets.SHOWS_ITS_RESULT,
        )

    @classmethod
    def execute(
        cls,
        image: Tensor,
        only: str = "",
        strength: float = Options.alpha,
        side: int = 192,
        columns: int = 10,
        style: StyleValue | None = None,
        model: AdaINModel | None = None,
    ) -> io.NodeOutput:
        """Paint it, and show it on the node."""
        model = model or bundled_model("lite")
        encoder = model.encoder_id
        styles = matching(only, encoder) if style is None else resolve(style, encoder).unbatch()
        sheet = draw_sheet(model, check_images(image, "image"), styles, alpha=strength, side=side, columns=columns)
        out = sheet.to(mm.intermediate_device(), picture_dtype())
        return io.NodeOutput(out, ui=ui.PreviewImage(sheet, cls=cls))
