"""AdaIN Style by Number."""

from __future__ import annotations

from comfy_api.latest import io

from ..adain_core.errors import StyleError
from . import sockets
from .engine.style_names import label, matching
from .style_choice import only_input
from .style_sample import show_sample

MOST = 9999


class AdaINStyleByNumber(io.ComfyNode):
    """One built-in style after the other."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Inputs and outputs."""
        return io.Schema(
            node_id="AdaINStyleByNumber",
            display_name="AdaIN Style by Number",
            category=sockets.CATEGORY,
            description=(
                "Steps through the built-in styles: each run takes the next one, or one by chance, as 'control after "
                "generate' says. After the last comes the first again."
            ),
            search_aliases=["adain", "style transfer", "random style", "next style", "style index", "iterate styles"],
            inputs=[
                io.Int.Input(
                    "number",
                    default=0,
                    min=0,
                    max=MOST,
                    step=1,
                    control_after_generate=True,
                    tooltip=(
                        "Which style, from 0, in alphabetical order of the painters. Set 'control after generate' to "
                        "increment for the next one in each run, to randomize for any, to fixed to stay."
                    ),
                ),
                only_input(),
            ],
            outputs=[
                sockets.Style.Output("style", tooltip="The style, for AdaIN Stylize, Blend, Mix Styles and others."),
                io.String.Output("name", tooltip="What it is called: for file names or notes."),
            ],
            **sockets.SHOWS_ITS_RESULT,
        )

    @classmethod
    def execute(cls, number: int, only: str = "") -> io.NodeOutput:
        """Take it, and show what it paints."""
        styles = matching(only)
        if not styles:
            raise StyleError(f"no built-in style has {only!r}: try a painter, a word of a title, or leave it empty")
        style = styles[number % len(styles)]
        return io.NodeOutput(style, label(style), ui=show_sample(style, cls))
