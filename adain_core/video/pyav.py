"""PyAV, or a sentence that says how to get it."""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import AdaINError

os.environ.setdefault("SVT_LOG", "1")  # SVT-AV1 writes twenty lines to stderr for each segment; 1 leaves its errors
try:
    import av
    import av.subtitles.stream
    import av.video.reformatter
except ImportError as e:  # pragma: no cover - the tests run with PyAV
    raise AdaINError(f"videos need PyAV ({e}): pip install 'adain-style-transfer[video]'") from e

__all__ = ["address", "av"]


def address(path: str | Path) -> str:
    """A file as FFmpeg is told it: of a bare ``12:30.mp4`` it takes ``12`` for a protocol."""
    return f"file:{path}"
