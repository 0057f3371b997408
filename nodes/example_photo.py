"""AdaIN Example Photo."""

from __future__ import annotations

from pathlib import Path

import comfy.model_management as mm
import torch
from comfy_api.latest import io, ui

from ..adain_core.errors import ImageError
from ..adain_core.pictures.reading import open_picture
from ..adain_core.weights.catalog import bundled_folder
from . import sockets
from .host import picture_dtype

PHOTOS = ("astronaut", "chelsea", "coffee")
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
                "A photo that comes with the pack, free of rights: a person, a cat or a cup of coffee. For trying "
                "styles out before you load a picture of your own with Load Image."
            ),
            search_aliases=["adain", "style transfer", "example image", "sample photo", "test image", "demo picture"],
            inputs=[
                io.Combo.Input(
                    "photo",
                    options=list(PHOTOS),
                    default=PHOTOS[0],
                    tooltip="astronaut: a portrait. chelsea: a cat. coffee: a cup on a table.",
                ),
            ],
            outputs=[io.Image.Output("image", tooltip="The photo, about 500 pixels wide.")],
            **sockets.SHOWS_ITS_RESULT,
        )

    @classmethod
    def execute(cls, photo: str) -> io.NodeOutput:
        """Read it, and show it on the node."""
        pixels = (
            torch.from_numpy(open_picture(photo_file(photo)).to_array().copy())[None] / 255
        )  # (1, H, W, 3) of 8 bits
        image = pixels.to(mm.intermediate_device(), picture_dtype())
        return io.NodeOutput(image, ui=ui.PreviewImage(pixels, cls=cls))


def photo_file(photo: str) -> Path:
    """The file of one of the photos.

    Raises:
        ImageError: it is missing.
    """
    path = bundled_folder().parent / "examples" / f"{photo}.jpg"
    if not path.is_file():
        raise ImageError(f"example photo {photo!r} is missing ({path}): install the pack again, or use Load Image")
    return path
