"""Sliders of a request's numbers: default and step are the library's, the range is that of the limits."""

from __future__ import annotations

from typing import Any

import gradio as gr

from adain_core.options import Options, about

from .limits import Limits
from .uploads import ShownAs
from .words import label


class Slider(ShownAs, gr.Slider):
    """A slider that takes whatever is in its box while somebody types: the nearest number that is right."""

    shown_as = gr.Slider

    def preprocess(self, payload: float | None) -> float:
        """The number within the range; an empty box counts as the first value."""
        number = self.value if payload is None else payload
        return super().preprocess(min(max(number, self.minimum), self.maximum))


def slider(limits: Limits, name: str, option: str, *, lowest: float | None = None, **other: Any) -> Slider:
    """A slider of a number of a request.

    Args:
        limits: say how far it goes.
        name: of the number in :class:`~adain_demo.request.Request`.
        option: what the library calls it (:class:`adain_core.options.Options`).
        lowest: where it begins, if further up than what is taken.
        **other: as for Gradio; also of what this page says otherwise.
    """
    taken = limits.ranges[name]
    given = {"value": getattr(Options, option), "step": about(option).step, **other}
    return Slider(taken.lowest if lowest is None else lowest, taken.highest, **given)


def strength_slider(limits: Limits, **other: Any) -> Slider:
    """How strong the style is."""
    return slider(limits, "strength", "alpha", step=0.05, label=label("strength"), **other)
