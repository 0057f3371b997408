"""AdaIN Example Clip."""

from __future__ import annotations

from typing import Any

from comfy_api.latest import InputImpl, io

from . import sockets
from .folders import example


class AdaINExampleClip(io.ComfyNode):
    """A film that comes with the pack, so that a workflow runs where nothing is there yet."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Inputs and outputs."""
        return io.Schema(
            node_id="AdaINExampleClip",
            display_name="AdaIN Example Clip",
            category=sockets.CATEGORY,
            description=(
                "Two seconds of film that come with the pack, free of rights, for trying styles out. When a film of "
                "your own is connected, that one is passed on instead."
            ),
            search_aliases=["adain", "style transfer", "example video", "sample clip", "test video", "demo film"],
            inputs=[
                io.Video.Input(
                    "video",
                    optional=True,
                    tooltip=(
                        "A film of your own, from Load Video: it is passed on in place of the example. While the node "
                        "before is bypassed, the example is given."
                    ),
                ),
            ],
            outputs=[io.Video.Output("film", display_name="video", tooltip="Your film, or the example.")],
        )

    @classmethod
    def execute(cls, video: Any = None) -> io.NodeOutput:
        """Open it: frames are read by who wants them."""
        return io.NodeOutput(InputImpl.VideoFromFile(str(example("clip.mp4"))) if video is None else video)
