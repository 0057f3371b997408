"""What Gradio stumbles over on the machine it starts on: proxies, folders of others, addresses that are taken.

To be called before Gradio is imported: it looks at some of this only then.
"""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import MutableMapping
from importlib.util import find_spec
from pathlib import Path

from adain_core.errors import AdaINError

PROXIES = ("all_proxy", "http_proxy", "https_proxy")


def prepare(host: str | None = None, port: int | None = None) -> None:
    """Make room for the server.

    Args:
        host: address to listen on; this machine only when missing.
        port: port; any when missing.

    Raises:
        AdaINError: the address cannot be had, or files cannot be kept.
    """
    reach_itself(os.environ, host)
    keep_files(os.environ)
    given = os.environ.get("GRADIO_SERVER_PORT", "")
    check_address(
        host or os.environ.get("GRADIO_SERVER_NAME") or "127.0.0.1",
        port or (int(given) if given.isdecimal() else 0),
    )


def reach_itself(environment: MutableMapping[str, str], host: str | None) -> None:
    """Gradio asks its own server whether it is there: that must not go by way of a proxy.

    A SOCKS proxy without the package `socksio` is taken out, since then no request can be made at all.
    """
    for name in [name for name in environment if name.lower() in PROXIES]:
        if environment[name].lower().startswith("socks") and find_spec("socksio") is None:
            del environment[name]
    here = ["localhost", "127.0.0.1", "::1", *([host] if host else [])]
    others = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    environment["no_proxy"] = environment["NO_PROXY"] = ",".join(filter(None, [others, *here]))


def keep_files(environment: MutableMapping[str, str]) -> None:
    """Choose a folder for uploads and results that can be written: that of another user on this machine cannot.

    Raises:
        AdaINError: the one that GRADIO_TEMP_DIR names cannot be written.
    """
    named = environment.get("GRADIO_TEMP_DIR")
    folder = Path(named or Path(tempfile.gettempdir()) / "gradio")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as e:
        if named:
            raise AdaINError(f"GRADIO_TEMP_DIR is {named}: {e.strerror}. Name a folder that can be written.") from e
        environment["GRADIO_TEMP_DIR"] = tempfile.mkdtemp(prefix="adain-demo-")


def check_address(host: str, port: int) -> None:
    """Find out whether a server can listen there.

    Raises:
        AdaINError: it cannot.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except (OSError, OverflowError) as e:
        number = getattr(e, "errno", None) or 0
        why = os.strerror(number) if number > 0 else getattr(e, "strerror", None) or e
        raise AdaINError(
            f"The page cannot listen on {host}, port {port}: {why}. Give another --port (without one, a free one is"
            " taken) or --host."
        ) from e
