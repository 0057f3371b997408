"""AdaIN Example Photo."""

from __future__ import annotations

import comfy.model_management as mm
from comfy_api.latest import io, ui
from torch import Tensor

from ..adain_core.pictures.reading import open_picture
from . import sockets
from .folders import example
from .host import picture_dtype

PHOTOS = ("astronaut", "chelsea", "coffee", "painting")
"""Files of examples/, whose README.md names origin and licence of each."""


class AdaINExamplePhoto(io.ComfyNode):
    """A photo that comes with the pack, so that a workflow runs where nothing is there yet."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Inputs and outputs."""
        return io.Schema(
            node_id="AdaINExamplePhoto",
            display_name="AdaIN Example Photo",
            category=sockets.CATEGORY,
            description=(
                "A picture that comes with the pack, free of rights, for trying styles out: a person, a cat, a cup of "
                "coffee, or a painting. When a picture of your own is connected, that one is passed on instead."
            ),
            search_aliases=["adain", "style transfer", "example image", "sample photo", "test image", "demo picture"],
            inputs=[
                io.Combo.Input(
                    "photo",
                    options=list(PHOTOS),
                    default=PHOTOS[0],
                    tooltip=(
                        "astronaut: a portrait. chelsea: a cat. coffee: a cup on a table. painting: that cup, painted."
                    ),
                ),
                io.Image.Input(
                    "image",
                    optional=True,
                    tooltip=(
                        "A picture of your own, from Load Image: it is passed on in place of the example. While the "
                        "node before is bypassed, the example is given."
                    ),
                ),
            ],
            outputs=[io.Image.Output("picture", display_name="image", tooltip="Your picture, or the example.")],
            **sockets.SHOWS_ITS_RESULT,
        )

    @classmethod
    def execute(cls, photo: str, image: Tensor | None = None) -> io.NodeOutput:
        """Read it, and show it on the node."""
        if image is None:
            pixels = open_picture(example(f"{photo}.jpg")).tensor().movedim(1, -1)  # (1, H, W, 3)
            image = pixels.to(mm.intermediate_device(), picture_dtype())
        return io.NodeOutput(image, ui=ui.PreviewImage(image, cls=cls))
