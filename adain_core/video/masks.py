"""Masks that move: a video whose white part is the region."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from ..pictures.formats import is_picture
from ..system.precision import own_formats
from .reading import Frame, VideoReader

_Y = (0.299, 0.587, 0.114)


class MaskVideo:
    """The masks of a video, frame by frame as time goes on; after its end the last one stays.

    Args:
        path: a video, white inside; of any size and frame rate.

    Raises:
        VideoError: not a video.
    """

    def __init__(self, path: str | Path) -> None:
        self._reader = VideoReader(path, cuts=False)
        status = Path(path).stat()
        self.fingerprint = (str(Path(path).resolve()), status.st_size, status.st_mtime_ns)
        self._frames = self._reader.frames()
        self._now: Frame | None = next(self._frames, None)
        self._next: Frame | None = next(self._frames, None)

    @own_formats()
    def at(self, seconds: float) -> Tensor:
        """The mask shown at a moment, (h, w) float32 in [0, 1]; moments must ascend."""
        while self._next is not None and self._next.seconds <= seconds + 1e-4:
            self._now, self._next = self._next, next(self._frames, None)
        assert self._now is not None, "a reader has a first frame"
        pixels = self._now.pixels
        x = pixels.float() / 255 if pixels.dtype == torch.uint8 else pixels
        return (x @ torch.tensor(_Y, device=x.device)).clamp(0, 1)

    def close(self) -> None:
        """Close the file."""
        self._reader.close()


def is_video(mask: object) -> bool:
    """Whether a mask is named by a file that is no picture."""
    return isinstance(mask, str | Path) and not is_picture(str(mask))
