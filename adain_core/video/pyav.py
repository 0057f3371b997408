"""PyAV, or a sentence that says how to get it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ..errors import AdaINError
from ..system.disk import named

os.environ.setdefault("SVT_LOG", "1")  # SVT-AV1 writes twenty lines to stderr for each segment; 1 leaves its errors
try:
    import av
    import av.subtitles.stream
    import av.video.reformatter
except ImportError as e:  # pragma: no cover - the tests run with PyAV
    raise AdaINError(f"videos need PyAV ({e}): pip install 'adain-style-transfer[video]'") from e

NEEDED = 17
"""The first version of PyAV in which a frame tells its colours."""

if int(av.__version__.split(".")[0]) < NEEDED:
    raise AdaINError(f"videos need PyAV {NEEDED} or newer, and {av.__version__} is installed: pip install -U av")

__all__ = ["address", "av", "create"]


def address(path: str | Path) -> str:
    """A file as FFmpeg is told it: of a bare ``12:30.mp4`` it takes ``12`` for a protocol."""
    return f"file:{path}"


HEADER_BYTES = 4096
"""Room that is wanted before a file is begun."""


def create(path: str | Path, **given: Any) -> av.container.OutputContainer:
    """A file to write into, as `av.open` makes it.

    Raises:
        OSError: the disk is full. Without room for the first bytes PyAV would end the process when the file is closed.
        FFmpegError, ValueError: as from `av.open`.
    """
    try:
        Path(path).write_bytes(bytes(HEADER_BYTES))
    except OSError as e:
        raise named(e, Path(path), HEADER_BYTES) from e
    return av.open(address(path), "w", **given)
