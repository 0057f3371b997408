"""Starts the app with everything that keeps it safe and quiet."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from importlib.util import find_spec
from typing import Any, NoReturn

import gradio as gr

from .camera import EVERY, MINUTES
from .catalogue import SPRITE
from .engine import Engine
from .limits import Limits
from .mcp_answers import one_by_one
from .opening import RESULT, warm_up
from .page import build
from .request import Service
from .sharing import introduce
from .theme import CSS, head, theme
from .words import translations

WITHOUT_A_SERVER = "https://github.com/adain-style-transfer/adain-style-transfer/tree/main/demo/browser"
"""How the page without a server is made. Whoever hosts one gives `launch` other ``footer_links``."""


def launch(
    limits: Limits | None = None,
    *,
    host: str | None = None,
    port: int | None = None,
    browser: bool = False,
    device: str = "auto",
    dtype: str = "auto",
    block: bool = True,
    **options: Any,
) -> gr.Blocks:
    """Start the server, then load the model in the background.

    Args:
        limits: what is refused.
        host: address to listen on; this machine only when missing.
        port: port; a free one from 7860 on when missing.
        browser: whether to open the page.
        device: where to compute.
        dtype: compute format.
        block: whether to go on until the server is stopped.
        **options: more of ``gradio.Blocks.launch``.

    Returns:
        The running app.
    """
    limits = limits or Limits()
    service = Service(limits, Engine(limits, device, dtype))
    blocks = build(service)
    given: dict[str, Any] = {
        "i18n": translations(limits, camera_rate=f"{1 / EVERY:.0f}", camera_minutes=MINUTES),
        "theme": theme(),
        "css_paths": CSS,
        "head": head(),
        "server_name": host,
        "server_port": port,
        "inbrowser": browser,
        "share": False,
        "max_file_size": limits.upload_bytes,
        "allowed_paths": [str(SPRITE), str(RESULT)],
        "footer_links": ["api", {"label": "A page that runs in your own browser", "url": WITHOUT_A_SERVER}],
        "run_history": False,
        "enable_monitoring": False,
        "ssr_mode": False,
        "pwa": False,
        "mcp_server": find_spec("mcp") is not None,
        "state_session_capacity": 200,
        "prevent_thread_lock": True,
        **options,
    }
    if block:
        end_at_sigterm(blocks)  # before anybody is told that it runs
    introduce(RESULT)
    blocks.launch(**given)
    one_by_one(blocks)
    # A moment later: the page comes first, on a small machine they would share the processor.
    timer = threading.Timer(WARM_UP_AFTER, warm_up, [service])
    timer.daemon = True
    timer.start()
    if block:
        blocks.block_thread()
    return blocks


def end_at_sigterm(blocks: gr.Blocks) -> None:
    """Let a service manager's signal end the server in good order, also where it is a container's first process."""

    def end(*_: object) -> NoReturn:
        blocks.close(verbose=False)
        leave(128 + signal.SIGTERM)

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, end)


def leave(code: int) -> NoReturn:
    """End the process, whatever its threads compute: one that comes out of torch into an ending Python aborts it."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


WARM_UP_AFTER = 1.0
"""Seconds from the start of the server to the loading of torch and the model, unless somebody asks before."""
