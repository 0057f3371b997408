"""Pictures that are shown one after the other, as frames."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from .cuts import SceneCuts
from .pixels import is_deep, to_rgb
from .pyav import av
from .reading import Frame, small_bgr, stored_size


class Stills:
    """Makes frames of pictures of one size, in their order.

    Args:
        width: of the pictures.
        height: of the pictures.
        size: shorter side to resize them to; None keeps the size.
        cuts: whether to look for scene cuts.
    """

    def __init__(self, width: int, height: int, size: int | None, cuts: bool) -> None:
        self.width, self.height = stored_size(width, height, size)
        self._cuts = SceneCuts() if cuts else None
        self._reformatter = av.video.reformatter.VideoReformatter()

    def frame(
        self, pixels: np.ndarray, alpha: np.ndarray | None, number: int, pts: int, seconds: float, duration: int
    ) -> Frame:
        """The next one.

        Args:
            pixels: (H, W, 3) uint8, uint16 or float32 in [0, 1].
            alpha: (H, W) of the same dtype, or None.
            number: see :class:`Frame`, like what follows.
            pts: when it is shown.
            seconds: when it is shown.
            duration: how long.
        """
        stored = _video_frame(pixels)
        cut = self._cuts is not None and self._cuts(small_bgr(stored, self.width, self.height, self._reformatter))
        return Frame(
            self._rgb(stored), number, pts, seconds, duration, cut or number == 0,
            None if alpha is None else self._rgb(_video_frame(np.repeat(alpha[..., None], 3, 2)))[..., 0],
        )  # fmt: skip

    def _rgb(self, frame: av.VideoFrame) -> Tensor:
        return to_rgb(frame, self.width, self.height, is_deep(frame), self._reformatter)


def _video_frame(pixels: np.ndarray) -> av.VideoFrame:
    name = {"uint8": "rgb24", "uint16": "rgb48le"}.get(pixels.dtype.name, "gbrpf32le")
    return av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), name)
