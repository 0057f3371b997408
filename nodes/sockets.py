"""Socket types of the pack, and inputs that several nodes share."""

from __future__ import annotations

from typing import Any

from comfy_api.latest import io

from ..adain_core.options import COLOR_MODES, GRAIN_PRESETS, STYLE_COLORS, Options, about
from .engine.transfer import FRAME_MODES

CATEGORY = "AdaIN"

Model = io.Custom("ADAIN_MODEL")
Features = io.Custom("ADAIN_FEATURES")
Style = io.Custom("ADAIN_STYLE")
Settings = io.Custom("ADAIN_OPTIONS")


def declared(name: str, **other: Any) -> dict[str, Any]:
    """Default, range and tooltip of an option of the library, for an input; `other` is what this pack says instead."""
    said = about(name)
    default = getattr(Options, name)
    range_ = {"min": said.lowest, "max": said.highest, "step": said.step}
    return {"default": default, **range_, "tooltip": said.tooltip, **other}


HIDDEN: dict[str, Any] = {"extra_dict": {"hidden": True}, "advanced": False}
"""For an input that workflows saved before may hold, and that new ones need not: there, in its place, but not drawn."""

SHOWS_ITS_RESULT: dict[str, Any] = (
    {"has_intermediate_output": True} if hasattr(io.Schema, "has_intermediate_output") else {}
)
"""For the schema of a node that shows what it gave, also where it need not run again: known from ComfyUI 0.18.1 on."""

SHOWN: dict[str, Any] = {"advanced": False}
"""For an input that is what its node is there for."""


def connected(inputs: dict[str, Any], choice: str) -> dict[str, Any]:
    """Of sockets that are numbered, those that are connected, by name.

    Older workflows call them as if a choice revealed them ("count.style_1"), which it did until it turned out that
    editors lose the links of such sockets when a subgraph is made of the node. What is saved by the editor
    web/older_workflows.js renames; what is sent to the server by a program comes here.
    """
    return {name.removeprefix(f"{choice}."): value for name, value in inputs.items() if value is not None}


def strength_inputs() -> list[Any]:
    """How strong the style is, and the factor that older workflows have."""
    return [
        io.Float.Input(
            "strength",
            display_mode=io.NumberDisplay.slider,
            **declared(
                "alpha",
                max=2.0,
                tooltip=(
                    "1 is the full style, more exaggerates it. 0 gives the content as the decoder paints it, which is "
                    "close to the picture but not the picture itself."
                ),
            ),
        ),
        io.Float.Input(
            "boost",
            optional=True,
            default=1.0,
            min=1.0,
            max=4.0,
            step=0.05,
            tooltip="Of older workflows: multiplies the strength. Leave it at 1, and use a strength above 1.",
            **HIDDEN,
        ),
    ]


def frame_inputs(**extra: Any) -> list[Any]:
    """What frames of a batch have to do with each other."""
    return [
        io.Combo.Input(
            "frames",
            optional=True,
            options=list(FRAME_MODES),
            default="independent",
            tooltip=(
                "For batches that are a video. independent: each frame by its own statistics (pictures that have "
                "nothing to do with each other). smooth: statistics averaged over neighbouring frames, against "
                "flicker. pool: one statistic for all frames, steadiest, for one scene."
            ),
            **{"advanced": True, **extra},
        ),
        io.Float.Input(
            "smoothing",
            optional=True,
            default=4.0,
            min=0.5,
            max=120.0,
            step=0.5,
            tooltip="For 'smooth': how many frames the average reaches to each side (standard deviation).",
            **{"advanced": True, **extra},
        ),
    ]


def tile_input(**extra: Any) -> Any:
    """How large the pieces are in which large pictures are computed."""
    return io.Int.Input(
        "tile",
        optional=True,
        **declared(
            "tile",
            default=0,
            min=0,
            tooltip=(
                "Edge of the pieces, in pixels, that a large picture is computed in. 0 chooses by free memory. The "
                "picture is the same whatever the tile."
            ),
        ),
        **{"advanced": True, **extra},
    )


def color_input(whose: str) -> Any:
    """Whose colours the result has.

    Args:
        whose: those that are kept, as the tooltip says it: "content's".
    """
    return io.Combo.Input(
        "color",
        optional=True,
        options=[STYLE_COLORS, *COLOR_MODES],
        default=STYLE_COLORS,
        tooltip=(
            f"style: the style's colours. The others keep the {whose}: by mean and covariance (cholesky, eigen, "
            "monge-kantorovich) or by taking only the brightness from the style (luminance, luminance-matched)."
        ),
    )


def feather_input(**extra: Any) -> Any:
    """How soft mask edges are."""
    return io.Float.Input("feather", optional=True, **declared("feather"), **{"advanced": True, **extra})


def style_size_input(tooltip: str, **extra: Any) -> Any:
    """How far style pictures are reduced: 0 keeps their size."""
    range_ = declared("style_size", min=0, tooltip=tooltip)
    return io.Int.Input("style_size", optional=True, **range_, **{"advanced": True, **extra})


def grain_input(**extra: Any) -> Any:
    """How much grain flat places of the content take."""
    return io.Combo.Input(
        "grain",
        optional=True,
        options=list(GRAIN_PRESETS),
        default=Options.grain,
        tooltip=about("grain").tooltip,
        **{"advanced": True, **extra},
    )


def texture_input(**extra: Any) -> Any:
    """How much refinement also follows the finest layers of the style."""
    return io.Float.Input(
        "texture",
        optional=True,
        **declared("texture"),
        **{"advanced": True, **extra},
    )


def keep_input(**extra: Any) -> Any:
    """How much refinement also keeps the content's structure."""
    return io.Float.Input(
        "keep",
        optional=True,
        **declared("keep"),
        **{"advanced": True, **extra},
    )


def refine_input(**extra: Any) -> Any:
    """How often the picture is brought closer to what the style asks for."""
    return io.Int.Input(
        "refine",
        optional=True,
        **declared("refine"),
        **{"advanced": True, **extra},
    )
