"""Where a new scene begins (PySceneDetect), so that nothing is averaged across a cut."""

from __future__ import annotations

import numpy as np

from ..errors import AdaINError

SIDE = 256
"""Longer side of the small pictures that cuts are looked for in, as PySceneDetect's own reader takes them."""


class SceneCuts:
    """Compares each frame with the one before, in hue, saturation and brightness.

    Args:
        threshold: mean change (0 to 255) from which it is a cut; 27 is PySceneDetect's own.

    Raises:
        AdaINError: PySceneDetect is not installed.
    """

    def __init__(self, threshold: float = 27.0) -> None:
        try:
            from scenedetect.common import FrameTimecode
            from scenedetect.detectors import ContentDetector
        except ImportError as e:
            raise AdaINError(
                f"scene cuts need PySceneDetect ({e}): pip install 'adain-style-transfer[video]', or steady 0"
            ) from e
        self._detector = ContentDetector(threshold, min_scene_len=0)
        self._timecode = FrameTimecode
        self._number = 0

    def __call__(self, picture: np.ndarray) -> bool:
        """Whether this frame begins a new scene; the first one does.

        Args:
            picture: (h, w, 3) uint8, blue, green, red; a small one will do.
        """
        found = self._detector.process_frame(self._timecode(self._number, fps=25.0), picture)
        self._number += 1
        return self._number == 1 or bool(found)
