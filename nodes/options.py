"""AdaIN Options."""

from __future__ import annotations

from dataclasses import dataclass

from comfy_api.latest import io

from ..adain_core.options import STYLE_SIZE, Options
from . import sockets
from .engine.transfer import FrameMode

STYLE_SIZE_TOOLTIP = (
    "The shorter side, in pixels, that style_image is reduced to before it is read. Smaller makes broader strokes. 0 "
    "keeps its size."
)


@dataclass(frozen=True)
class Settings:
    """An ADAIN_OPTIONS value: what AdaIN Stylize and Stylize Video seldom need, by the names of the inputs."""

    feather: float = Options.feather
    style_size: int = STYLE_SIZE
    tile: int = 0
    frames: FrameMode = "independent"
    smoothing: float = 4.0
    refine: int = Options.refine
    texture: float = Options.texture
    grain: str = str(Options.grain)
    keep: float = Options.keep


class AdaINOptions(io.ComfyNode):
    """What is seldom needed, for AdaIN Stylize and AdaIN Stylize Video."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Inputs and outputs."""
        return io.Schema(
            node_id="AdaINOptions",
            display_name="AdaIN Options",
            category=sockets.CATEGORY,
            description=(
                "What AdaIN Stylize and Stylize Video seldom need: refinement, texture and what it keeps of the "
                "content, the size of strokes, grain, soft mask edges, steadiness over frames, tiles."
            ),
            search_aliases=["adain", "style transfer", "style options", "refine", "texture", "style size", "grain"],
            inputs=[
                sockets.refine_input(**sockets.SHOWN),
                sockets.texture_input(**sockets.SHOWN),
                sockets.style_size_input(STYLE_SIZE_TOOLTIP, **sockets.SHOWN),
                sockets.grain_input(**sockets.SHOWN),
                sockets.feather_input(**sockets.SHOWN),
                *sockets.frame_inputs(**sockets.SHOWN),
                sockets.tile_input(**sockets.SHOWN),
                sockets.keep_input(**sockets.SHOWN),
            ],
            outputs=[
                sockets.Settings.Output(
                    "options",
                    tooltip="For AdaIN Stylize (in place of what older workflows hold) and AdaIN Stylize Video.",
                )
            ],
        )

    @classmethod
    def execute(
        cls,
        refine: int = Settings.refine,
        texture: float = Settings.texture,
        style_size: int = Settings.style_size,
        grain: str = Settings.grain,
        feather: float = Settings.feather,
        frames: FrameMode = Settings.frames,
        smoothing: float = Settings.smoothing,
        tile: int = Settings.tile,
        keep: float = Settings.keep,
    ) -> io.NodeOutput:
        """Hand them on."""
        return io.NodeOutput(Settings(feather, style_size, tile, frames, smoothing, refine, texture, grain, keep))
