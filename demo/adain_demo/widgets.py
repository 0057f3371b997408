"""The page's own controls (gr.HTML with the scripts in `js/`) and file inputs that refuse what they should."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr
from gradio.data_classes import ImageData

HERE = Path(__file__).parent

MARKS = ("#3d63c9", "#b3591b", "#2f7d4f", "#8a3f96")
"""Colours of the first to fourth style: in the list, at the corners, under the brush. White text on each is legible."""


def _script(name: str) -> str:
    return (HERE / "js" / f"{name}.js").read_text(encoding="utf-8")


class StylePicker(gr.HTML):
    """Chooses styles and their weights. Value: ``{"picked": [{"key": ..., "weight": ...}]}``."""

    def __init__(self, value: dict[str, Any] | None = None, **props: Any) -> None:
        super().__init__(
            value=value,
            html_template="<div class='style-picker'></div>",
            js_on_load=_script("style_picker"),
            apply_default_css=False,
            colors=MARKS,
            **props,
        )

    def api_info(self) -> dict[str, Any]:
        """What the value looks like."""
        return {"type": "object", "title": "picked styles"}


class CornerPad(gr.HTML):
    """Mixes two to four styles by a point in a square. Value: ``{"x": 0..1, "y": 0..1}``."""

    def __init__(self, value: dict[str, float] | None = None, **props: Any) -> None:
        super().__init__(
            value=value,
            html_template="<div class='corner-pad'></div>",
            js_on_load=_script("corner_pad"),
            apply_default_css=False,
            colors=MARKS,
            **props,
        )

    def api_info(self) -> dict[str, Any]:
        """What the value looks like."""
        return {"type": "object", "title": "a point"}


class Brush(gr.HTML):
    """Paints a mask for each style on the photo. Value: ``{"masks": [PNG data URL or ""]}``."""

    def __init__(self, value: dict[str, list[str]] | None = None, **props: Any) -> None:
        super().__init__(
            value=value,
            html_template="<div class='brush'></div>",
            js_on_load=_script("brush"),
            apply_default_css=False,
            colors=MARKS,
            **props,
        )

    def api_info(self) -> dict[str, Any]:
        """What the value looks like."""
        return {"type": "object", "title": "painted masks"}


class _Uploaded:
    """Takes files that were uploaded, never addresses: a download would go around the limits of uploads."""

    async def async_move_resource_to_block_cache(self, url_or_file_path: str | Path | None) -> str | None:
        if url_or_file_path is not None and "://" in str(url_or_file_path):
            raise gr.Error("Upload the file: addresses are not fetched.", print_exception=False)
        return await super().async_move_resource_to_block_cache(url_or_file_path)  # type: ignore[misc]


class PictureFile(_Uploaded, gr.Image):
    """A picture as the path of the uploaded file: Gradio decodes nothing, the library does, within the limits."""

    is_template = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, type="filepath", **kwargs)

    def get_block_name(self) -> str:
        """The page shows it as Gradio's image."""
        return "image"

    def get_config(self, cls: type | None = None) -> dict[str, Any]:
        """The settings that Gradio's image has."""
        return super().get_config(gr.Image)

    def preprocess(self, payload: ImageData | None) -> str | None:
        """The path of the file; None if there is none."""
        if payload is None:
            return None
        if payload.path is None:
            raise gr.Error("Upload the picture as a file.", print_exception=False)
        return str(payload.path)


class PictureButton(_Uploaded, gr.UploadButton):
    """A button that uploads pictures."""

    is_template = True

    def get_block_name(self) -> str:
        """The page shows it as Gradio's upload button."""
        return "uploadbutton"

    def get_config(self, cls: type | None = None) -> dict[str, Any]:
        """The settings that Gradio's upload button has."""
        return super().get_config(gr.UploadButton)
