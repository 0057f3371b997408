"""File inputs that refuse what they should.

Gradio writes a stub (`uploads.pyi`) beside classes like these; it is of no use here.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import gradio as gr
from gradio.context import LocalContext
from gradio.data_classes import FileData, ImageData, ListFiles


class ShownAs:
    """A component of our own that the page shows as one of Gradio's."""

    is_template = True
    shown_as: type

    def get_block_name(self) -> str:
        """Gradio's name for it."""
        return self.shown_as.__name__.lower()

    def get_config(self, cls: type | None = None) -> dict[str, Any]:
        """The settings that Gradio's own has."""
        return super().get_config(self.shown_as)  # type: ignore[misc]


class _Uploaded(ShownAs):
    """Takes files that were uploaded, by their path or by the address that this server gave them, as MCP clients do.

    Nothing is ever fetched: a download would go around the limits of uploads, and could ask any server anything.
    """

    async def async_move_resource_to_block_cache(self, url_or_file_path: str | Path | None) -> str | None:
        if url_or_file_path is not None and "://" in str(url_or_file_path):
            return self.uploaded(own_file(str(url_or_file_path)))
        return await super().async_move_resource_to_block_cache(url_or_file_path)  # type: ignore[misc]

    def uploaded(self, path: str | None) -> str:
        """The path, if it is that of an upload. Gradio checks only those that a client marked as files (`meta`)."""
        if not path or not within(path, self.GRADIO_CACHE):  # type: ignore[attr-defined]
            raise gr.Error("Upload it as a file.", print_exception=False)
        return str(path)


def within(path: str, folder: str) -> bool:
    """Whether a path leads into a folder: that of the uploads."""
    return Path(folder).resolve() in Path(path).resolve().parents


def own_file(address: str) -> str:
    """The path of a file that this server offers at an address; whether it is an upload remains to be seen.

    Raises:
        gr.Error: it is the address of another server, or of something else.
    """
    parts = urlsplit(address)
    path = parts.path.partition("/gradio_api/file=")[2]
    if parts.scheme not in ("http", "https") or not path or not mine(parts.netloc):
        raise gr.Error(f"Upload the file to this server: {address[:60]} is not fetched.", print_exception=False)
    return unquote(path)


def mine(host: str) -> bool:
    """Whether this server is known by a host and port: where it listens, and what it was told it is reached by."""
    blocks: Any = LocalContext.blocks.get(None)
    told = [getattr(blocks, name, None) for name in ("local_url", "share_url", "root_path")]
    names = {urlsplit(url).netloc for url in told if url} | {os.environ.get("SPACE_HOST", "")}
    port = getattr(blocks, "server_port", None)
    names |= {f"{name}:{port}" for name in ("localhost", "127.0.0.1", "[::1]")}
    everywhere = getattr(blocks, "server_name", "") in ("0.0.0.0", "::")
    return host != "" and (host in names or (everywhere and host.endswith(f":{port}")))


class PictureFile(_Uploaded, gr.Image):
    """A picture as the path of the uploaded file: Gradio decodes nothing, the library does, within the limits."""

    shown_as = gr.Image

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, type="filepath", **kwargs)

    def preprocess(self, payload: ImageData | None) -> str | None:
        """The path of the file; None if there is none."""
        return None if payload is None else self.uploaded(payload.path)


class PictureButton(_Uploaded, gr.UploadButton):
    """A button that uploads pictures."""

    shown_as = gr.UploadButton

    def preprocess(self, payload: ListFiles | FileData | None) -> list[str]:
        """The paths of the files."""
        rows = payload.root if isinstance(payload, ListFiles) else [] if payload is None else [payload]
        return [self.uploaded(row.path) for row in rows]


class ClipUpload(_Uploaded, gr.File):
    """A clip of any kind as the path of the uploaded file; players of Gradio would not take animated pictures."""

    shown_as = gr.File

    def preprocess(self, payload: ListFiles | FileData | None) -> str | None:  # type: ignore[override]
        """The path of the file; None if there is none."""
        row = payload.root[0] if isinstance(payload, ListFiles) else payload
        return None if row is None else self.uploaded(row.path)
