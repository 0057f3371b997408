"""PyAV, or a sentence that says how to get it."""

from __future__ import annotations

from ..errors import AdaINError

try:
    import av
    import av.video.reformatter
except ImportError as e:  # pragma: no cover - the tests run with PyAV
    raise AdaINError(f"videos need PyAV ({e}): pip install 'adain-style-transfer[video]'") from e

__all__ = ["av"]
