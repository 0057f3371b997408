"""File inputs that refuse what they should. Gradio writes a stub (`uploads.pyi`) beside classes like these; ignore it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr
from gradio.data_classes import ImageData


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
