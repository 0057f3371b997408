"""MCP tools answer with pictures.

Gradio turns files among a tool's answers into pictures, but takes several answers for one when the client asks for no
progress: they came as the text of a list.
"""

from __future__ import annotations

from typing import Any

import gradio as gr
from gradio_client.utils import is_file_obj_with_meta


def one_by_one(blocks: gr.Blocks) -> None:
    """Let each answer of a tool be shown as what it is.

    Args:
        blocks: the running app.
    """
    server: Any = blocks.mcp_server_obj
    if server is None:
        return
    convert = server.postprocess_output_data

    def answers(data: Any, root_url: str) -> Any:
        several = len(data) == 1 and isinstance(data[0], list | tuple) and any(map(is_file_obj_with_meta, data[0]))
        return convert(data[0] if several else data, root_url)

    server.postprocess_output_data = answers
