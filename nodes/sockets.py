"""Socket types of the pack, and inputs that several nodes share."""

from __future__ import annotations

from typing import Any

from comfy_api.latest import io

from .engine.transfer import FRAME_MODES

CATEGORY = "AdaIN"

Model = io.Custom("ADAIN_MODEL")
Features = io.Custom("ADAIN_FEATURES")
Style = io.Custom("ADAIN_STYLE")


def strength_inputs() -> list[Any]:
    """How strong the style is: a slider to 1, and a factor for those who want more."""
    return [
        io.Float.Input(
            "strength",
            default=1.0,
            min=0.0,
            max=1.0,
            step=0.01,
            display_mode=io.NumberDisplay.slider,
            tooltip="0 keeps the content, 1 is the full style. Moving it does not encode anything again.",
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
        default=0,
        min=0,
        max=8192,
        step=64,
        tooltip=(
            "Edge of the pieces, in pixels, that a large picture is computed in. 0 chooses by free memory. The picture "
            "is the same whatever the tile."
        ),
        advanced=True,
    )


def feather_input() -> Any:
    """How soft mask edges are."""
    return io.Float.Input(
        "feather",
        default=0.0,
        min=0.0,
        max=1024.0,
        step=1.0,
        tooltip="Softness of the mask edges in pixels (standard deviation of a blur). 0 keeps the masks as they are.",
        advanced=True,
    )


def texture_input() -> Any:
    """How much refinement also follows the finest layers of the style."""
    return io.Float.Input(
        "texture",
        optional=True,  # so that calls written before it was there stay valid
        default=0.0,
        min=0.0,
        max=5.0,
        step=0.1,
        tooltip=(
            "How much the steps of 'refine' also bring the finest strokes of the style; 1 with 3 steps is a good "
            "choice. Without steps it does nothing."
        ),
        advanced=True,
    )


def refine_input() -> Any:
    """How often the picture is brought closer to what the style asks for."""
    return io.Int.Input(
        "refine",
        optional=True,  # so that calls written before it was there stay valid
        default=0,
        min=0,
        max=10,
        step=1,
        tooltip=(
            "Steps that bring the picture closer to what the style asks for: more strokes, sharper detail. Each takes "
            "about three times as long as painting it; 2 is a good choice. For 'vgg19' and decoders like it."
        ),
        advanced=True,
    )
