"""AdaIN Mix Styles."""

from __future__ import annotations

from typing import Any

from comfy_api.latest import io

from ..adain_core.errors import StyleError
from . import sockets
from .engine.styles import MixedStyle, StyleValue

FEWEST, MOST = 2, 8

WEIGHT = 1.0
"""Of a style whose weight is not shown."""


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
            search_aliases=[
                "adain",
                "style transfer",
                "style interpolation",
                "blend styles",
                "combine styles",
                "style weights",
            ],
            inputs=[
                *(_style(n) for n in range(1, MOST + 1)),
                io.DynamicCombo.Input(
                    "count",
                    options=[
                        io.DynamicCombo.Option(str(n), [_weight(k) for k in range(1, n + 1)])
                        for n in range(FEWEST, MOST + 1)
                    ],
                    tooltip="How many weights are shown. Every style that is connected is mixed.",
                ),
            ],
            outputs=[sockets.Style.Output("style", tooltip="The mixed style.")],
            accept_all_inputs=True,  # older names, see sockets.connected
        )

    @classmethod
    def execute(cls, count: dict[str, Any], **styles: StyleValue) -> io.NodeOutput:
        """Mix those that are connected."""
        given = sockets.connected(styles, "count")
        numbers = [n for n in range(1, MOST + 1) if f"style_{n}" in given]
        if not numbers:
            raise StyleError("no style is connected: connect style_1 and more")
        weights = [count.get(f"weight_{n}", WEIGHT) for n in numbers]
        return io.NodeOutput(MixedStyle([given[f"style_{n}"] for n in numbers], weights))


def _style(n: int) -> Any:
    return sockets.Style.Input(
        f"style_{n}", optional=True, tooltip=f"Style {n}, from AdaIN Load Style or AdaIN Encode."
    )


def _weight(n: int) -> Any:
    return io.Float.Input(
        f"weight_{n}",
        default=WEIGHT,
        min=0.0,
        max=100.0,
        step=0.05,
        tooltip=f"Share of style {n}, in proportion to the other weights; 0 leaves it out.",
    )
