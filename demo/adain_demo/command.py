"""`adain demo`, which an installed package offers to the adain command (entry point group "adain.commands")."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Annotated

import typer

from adain_core.commands.outcomes import usage_errors
from adain_core.system.allocator import share_freed_memory

from .surroundings import prepare


def demo(
    host: Annotated[str | None, typer.Option(help="Address to listen on. Default: this machine only.")] = None,
    port: Annotated[int | None, typer.Option(help="Port. Default: a free one from 7860 on.")] = None,
    browser: Annotated[bool, typer.Option("--browser", help="Open the page.")] = False,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, mps ...")] = "auto",
    dtype: Annotated[str, typer.Option(help="auto, float32, float16 or bfloat16.")] = "auto",
) -> None:
    """Start the web page."""
    if find_spec("gradio") is None:
        typer.echo('adain: the web page needs Gradio: pip install "adain-style-transfer[demo]"', err=True)
        raise typer.Exit(2)
    with usage_errors():
        prepare(host, port)
    share_freed_memory()
    from .server import launch, leave

    launch(host=host, port=port, browser=browser, device=device, dtype=dtype)
    leave(0)
