"""AdaIN Mix Styles."""

from __future__ import annotations

from typing import Any

from comfy_api.latest import io

from . import sockets
from .engine.styles import MixedStyle

MOST = 8


class AdaINMixStyles(io.ComfyNode):
    """Several styles as one."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Inputs and outputs."""
        return io.Schema(
            node_id="AdaINMixStyles",
            display_name="AdaIN Mix Styles",
            category=sockets.CATEGORY,
            description=(
                "Mixes styles in any proportion. The weights are relative: 1 and 3 is the same as 0.25 and 0.75. The "
                "result is a style like any other; it can be mixed again, or saved."
            ),
            search_aliases=["adain", "style interpolation", "blend styles", "combine styles", "style weights"],
            inputs=[
                io.DynamicCombo.Input(
                    "count",
                    options=[io.DynamicCombo.Option(str(n), _slots(n)) for n in range(2, MOST + 1)],
                    tooltip="How many styles.",
                ),
            ],
            outputs=[sockets.Style.Output("style", tooltip="The mixed style.")],
        )

    @classmethod
    def execute(cls, count: dict[str, Any]) -> io.NodeOutput:
        """Mix them."""
        numbers = range(1, int(count["count"]) + 1)
        return io.NodeOutput(
            MixedStyle([count[f"style_{n}"] for n in numbers], [count[f"weight_{n}"] for n in numbers])
        )


def _slots(count: int) -> list[Any]:
    slots: list[Any] = []
    for n in range(1, count + 1):
        slots.append(sockets.Style.Input(f"style_{n}", tooltip=f"Style {n}, from AdaIN Load Style or AdaIN Encode."))
        slots.append(
            io.Float.Input(
                f"weight_{n}",
                default=1.0,
                min=0.0,
                max=100.0,
                step=0.05,
                tooltip=f"Share of style {n}, in proportion to the other weights; 0 leaves it out.",
            )
        )
    return slots
