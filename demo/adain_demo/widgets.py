"""The page's own controls: gr.HTML with the scripts in `js/`. An update is a `gr.HTML` with what changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

HERE = Path(__file__).parent

MARKS = ("#3d63c9", "#b3591b", "#2f7d4f", "#8a3f96")
"""Colours of the first to fourth style: in the list, at the corners, under the brush. White text on each is legible."""


def style_picker(**props: Any) -> gr.HTML:
    """Chooses styles and their weights. Value: ``{"picked": [{"key": ..., "weight": ...}], "mix": bool}``.

    With `at_once` and a server function `tiles` it shows the styles on the photo of a path, `photo`, so many at a time.
    """
    return _widget("style-picker", **props)


def corner_pad(**props: Any) -> gr.HTML:
    """Mixes two to four styles by a point in a square. Value: ``{"x": 0..1, "y": 0..1}``."""
    return _widget("corner-pad", **props)


def brush(**props: Any) -> gr.HTML:
    """Paints a mask for each style on the photo. Value: ``{"masks": {style's key: PNG data URL or ""}}``."""
    return _widget("brush", **props)


def history_strip(**props: Any) -> gr.HTML:
    """Shows results and leads back to them. Value: ``{"rows": [{"number", "file", "title"}], "at", "wanted"}``."""
    return _widget("history", **props)


def address_bar(**props: Any) -> gr.HTML:
    """Keeps ``{"query": text}`` in the page's address, and brings along that of a link as text. It shows nothing."""
    return _widget("address", **props)


def _widget(name: str, **props: Any) -> gr.HTML:
    script = (HERE / "js" / f"{name.replace('-', '_')}.js").read_text(encoding="utf-8")
    return gr.HTML(
        html_template=f"<div class='{name}'></div>",
        js_on_load=script,
        apply_default_css=False,
        colors=MARKS,
        elem_classes="widget",
        **props,
    )
