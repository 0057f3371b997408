"""AdaIN Load Style."""

from __future__ import annotations

from comfy_api.latest import io

from ..adain_core.styles.style import Style
from . import folders, sockets
from .engine.style_names import find_style
from .style_choice import builtin_choice, known
from .style_sample import show_sample


class AdaINLoadStyle(io.ComfyNode):
    """A style of 4 KB, built in or saved before."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Inputs and outputs."""
        return io.Schema(
            node_id="AdaINLoadStyle",
            display_name="AdaIN Load Style",
            category=sockets.CATEGORY,
            description=(
                "Loads a style without its picture: one of the built-in public-domain paintings, or a file that AdaIN "
                "Save Style wrote into models/adain_styles."
            ),
            search_aliases=[
                "adain style",
                "style transfer",
                "painting style",
                "van gogh",
                "starry night",
                "style library",
            ],
            inputs=[
                io.Combo.Input(
                    "style",
                    **builtin_choice(folders.style_files()),
                    tooltip=(
                        "Built-in paintings by painter, then the files of models/adain_styles (press R after saving "
                        "one). What it paints is shown when it has run."
                    ),
                ),
            ],
            outputs=[
                sockets.Style.Output(
                    "adain_style",
                    display_name="style",
                    tooltip="Mean and spread of 512 feature channels: all that AdaIN takes from a style.",
                )
            ],
            **sockets.SHOWS_ITS_RESULT,
        )

    @classmethod
    def validate_inputs(cls, style: str | None = None) -> bool | str:
        """The name of a built-in style may be that of before."""
        return known(style, folders.style_files())

    @classmethod
    def fingerprint_inputs(cls, style: str | None = None) -> str:
        """Load again when the file changed; what another node gives (None here) counts by itself."""
        if style is None or not _is_file(style):
            return style or ""
        try:
            return folders.fingerprint(folders.find(folders.STYLES, style))
        except OSError:
            return "missing"

    @classmethod
    def execute(cls, style: str) -> io.NodeOutput:
        """Load it, and show what it paints."""
        found = Style.load(folders.find(folders.STYLES, style)) if _is_file(style) else find_style(style)
        return io.NodeOutput(found, ui=show_sample(found, cls))


def _is_file(style: str) -> bool:
    return style.lower().endswith(".safetensors")
