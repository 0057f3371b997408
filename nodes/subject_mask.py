"""AdaIN Subject Mask."""

from __future__ import annotations

import logging

import comfy.model_management as mm
from comfy_api.latest import io
from torch import Tensor

from . import sockets
from .engine.pictures import Frames, check_images
from .engine.subjects import MEMORY, subject_masks
from .host import ComfyHost


class AdaINSubjectMask(io.ComfyNode):
    """Who or what stands out in a picture, as a mask."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Inputs and outputs."""
        return io.Schema(
            node_id="AdaINSubjectMask",
            display_name="AdaIN Subject Mask",
            category=sockets.CATEGORY,
            description=(
                "Finds who or what stands out in a picture (people, animals, things, all together) and makes a mask of "
                "it, and one of all else: for AdaIN Masked Transfer, AdaIN Stylize or any node that takes masks."
            ),
            search_aliases=["adain", "subject mask", "remove background", "saliency", "person mask", "u2net", "rembg"],
            inputs=[
                io.Image.Input("image", tooltip="One picture, or a batch of any length."),
                io.Float.Input(
                    "smoothing",
                    optional=True,
                    default=0.0,
                    min=0.0,
                    max=120.0,
                    step=0.5,
                    tooltip=(
                        "For frames of a video: over how many frames what is found is averaged, so that the mask does "
                        "not flicker; 2 is a good choice. 0 takes every picture by itself."
                    ),
                    advanced=True,
                ),
            ],
            outputs=[
                io.Mask.Output("subject", tooltip="White where the subject is; one mask for each picture."),
                io.Mask.Output("background", tooltip="White where the subject is not."),
            ],
        )

    @classmethod
    def execute(cls, image: Tensor, smoothing: float = 0.0) -> io.NodeOutput:
        """Look for it."""
        device = mm.get_torch_device()
        mm.free_memory(MEMORY, device)
        frames = Frames(check_images(image, "image"))
        subject, note = subject_masks(frames, device, ComfyHost(), smoothing)
        if note:
            logging.warning("AdaIN Subject Mask: %s", note)
        return io.NodeOutput(subject, 1 - subject)
