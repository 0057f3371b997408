"""Sliders of the library's options: default and range are declared there; how far this page goes, here."""

from __future__ import annotations

from typing import Any

import gradio as gr

from adain_core.options import Options, about

STRONGEST = 1.5
"""Where sliders of strength end: far above 1, pictures lose what is in them."""


def slider(option: str, highest: float, *, lowest: float | None = None, **other: Any) -> gr.Slider:
    """A slider of an option.

    Args:
        option: its name in :class:`adain_core.options.Options`.
        highest: where it ends on this page.
        lowest: where it begins; the option's lowest when missing.
        **other: as for Gradio; also of what this page says otherwise.
    """
    said = about(option)
    given = {"value": getattr(Options, option), "step": said.step, **other}
    return gr.Slider((said.lowest or 0) if lowest is None else lowest, highest, **given)


def strength_slider(**other: Any) -> gr.Slider:
    """How strong the style is."""
    return slider("alpha", STRONGEST, step=0.05, label="Strength", **other)
