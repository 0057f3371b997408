"""Socket types of the pack, and inputs that several nodes share."""

from __future__ import annotations

from typing import Any

from comfy_api.latest import io

from ..adain_core.options import GRAIN_PRESETS, Options, about
from .engine.transfer import FRAME_MODES

CATEGORY = "AdaIN"

Model = io.Custom("ADAIN_MODEL")
Features = io.Custom("ADAIN_FEATURES")
Style = io.Custom("ADAIN_STYLE")


def declared(name: str, **other: Any) -> dict[str, Any]:
    """Default, range and tooltip of an option of the library, for an input; `other` is what this pack says instead."""
    said = about(name)
    default = getattr(Options, name)
    range_ = {"min": said.lowest, "max": said.highest, "step": said.step}
    return {"default": default, **range_, "tooltip": said.tooltip, **other}


def strength_inputs() -> list[Any]:
    """How strong the style is: a slider to 1, and a factor for those who want more."""
    return [
        io.Float.Input(
            "strength",
            display_mode=io.NumberDisplay.slider,
            **declared(
                "alpha", tooltip="0 keeps the content, 1 is the full style. Moving it does not encode anything again."
            ),
        ),
        io.Float.Input(
            "boost",
            default=1.0,
            min=1.0,
            max=4.0,
            step=0.05,
            tooltip="Multiplies the strength. Above 1 the style is exaggerated beyond what it is.",
            advanced=True,
        ),
    ]


def frame_inputs() -> list[Any]:
    """What frames of a batch have to do with each other."""
    return [
        io.Combo.Input(
            "frames",
            options=list(FRAME_MODES),
            default="independent",
            tooltip=(
                "For batches that are a video. independent: each frame by its own statistics (pictures that have "
                "nothing to do with each other). smooth: statistics averaged over neighbouring frames, against "
                "flicker. pool: one statistic for all frames, steadiest, for one scene."
            ),
            advanced=True,
        ),
        io.Float.Input(
            "smoothing",
            default=4.0,
            min=0.5,
            max=120.0,
            step=0.5,
            tooltip="For 'smooth': how many frames the average reaches to each side (standard deviation).",
            advanced=True,
        ),
    ]


def tile_input() -> Any:
    """How large the pieces are in which large pictures are computed."""
    return io.Int.Input(
        "tile",
        **declared(
            "tile",
            default=0,
            min=0,
            tooltip=(
                "Edge of the pieces, in pixels, that a large picture is computed in. 0 chooses by free memory. The "
                "picture is the same whatever the tile."
            ),
        ),
        advanced=True,
    )


def feather_input() -> Any:
    """How soft mask edges are."""
    return io.Float.Input(
        "feather",
        **declared("feather"),
        advanced=True,
    )


def style_size_input(tooltip: str) -> Any:
    """How far style pictures are reduced: 0 keeps their size."""
    return io.Int.Input("style_size", **declared("style_size", min=0, tooltip=tooltip), advanced=True)


def grain_input() -> Any:
    """How much grain flat places of the content take."""
    return io.Combo.Input(
        "grain",
        optional=True,  # so that calls written before it was there stay valid
        options=list(GRAIN_PRESETS),
        default=Options.grain,
        tooltip=about("grain").tooltip,
        advanced=True,
    )


def texture_input() -> Any:
    """How much refinement also follows the finest layers of the style."""
    return io.Float.Input(
        "texture",
        optional=True,  # so that calls written before it was there stay valid
        **declared("texture"),
        advanced=True,
    )


def refine_input() -> Any:
    """How often the picture is brought closer to what the style asks for."""
    return io.Int.Input(
        "refine",
        optional=True,  # so that calls written before it was there stay valid
        **declared("refine"),
        advanced=True,
    )
