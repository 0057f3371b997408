"""Where a new scene begins, so that nothing is averaged across a cut."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image

SIDE = 256
"""Longer side of the small pictures that cuts are looked for in, as PySceneDetect's own reader takes them."""

THRESHOLD = 27.0
"""Mean change (0 to 255) from which it is a cut: PySceneDetect's own."""

HUES = 180 / 256
"""From Pillow's hues to those of OpenCV, which counts them in steps of two degrees."""


class SceneCuts:
    """Compares each frame with the one before, in hue, saturation and brightness: by PySceneDetect.

    Where it is not installed, as in ComfyUI, the same measure is taken from Pillow's colours.

    Args:
        threshold: mean change (0 to 255) from which it is a cut.
    """

    def __init__(self, threshold: float = THRESHOLD) -> None:
        self._changed = _by_scenedetect(threshold) or _by_pillow(threshold)
        self._first = True

    def __call__(self, picture: np.ndarray) -> bool:
        """Whether this frame begins a new scene; the first one does.

        Args:
            picture: (h, w, 3) uint8, blue, green, red; a small one will do.
        """
        changed = self._changed(picture)
        first, self._first = self._first, False
        return first or changed


def _by_scenedetect(threshold: float) -> Callable[[np.ndarray], bool] | None:
    """Whether a frame differs from the one before; None without PySceneDetect."""
    try:
        from scenedetect.common import FrameTimecode
        from scenedetect.detectors import ContentDetector
    except ImportError:
        return None
    detector, number = ContentDetector(threshold, min_scene_len=0), -1

    def changed(picture: np.ndarray) -> bool:
        nonlocal number
        number += 1
        return bool(detector.process_frame(FrameTimecode(number, fps=25.0), picture))

    return changed


def _by_pillow(threshold: float) -> Callable[[np.ndarray], bool]:
    """The same without it."""
    before: np.ndarray | None = None

    def changed(picture: np.ndarray) -> bool:
        nonlocal before
        now = np.asarray(Image.fromarray(picture[:, :, ::-1]).convert("HSV")).astype(np.float32)
        now[:, :, 0] *= HUES
        difference = 0.0 if before is None or before.shape != now.shape else float(np.abs(now - before).mean())
        before = now
        return difference >= threshold

    return changed
