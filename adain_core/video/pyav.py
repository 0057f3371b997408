"""PyAV, or a sentence that says how to get it."""

from __future__ import annotations

import os

from ..errors import AdaINError

os.environ.setdefault("SVT_LOG", "1")  # SVT-AV1 writes twenty lines to stderr for each segment; 1 leaves its errors
try:
    import av
    import av.video.reformatter
except ImportError as e:  # pragma: no cover - the tests run with PyAV
    raise AdaINError(f"videos need PyAV ({e}): pip install 'adain-style-transfer[video]'") from e

__all__ = ["av"]
