"""Masks that move: a video whose white part is the region, and the subject of the frames themselves."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from ..pictures.formats import is_picture
from ..styles.temporal import CausalMean
from ..subject.find import find_subject
from ..subject.words import is_word
from ..system.precision import own_formats
from ..tiles.grid import PixelSource
from .reading import Frame, VideoReader

_Y = (0.299, 0.587, 0.114)

SUBJECT_MEMORY = 0.1
"""Seconds over which the network's answers are averaged at most: more would lag behind what moves."""


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


class SubjectOfFrames:
    """The subject of frames as they come.

    What the network answers is averaged over time, anew at a cut, so that the mask does not flicker; its edges are
    each frame's own.

    Args:
        device: where the network runs.
        memory: seconds over which statistics are averaged; 0 takes every frame by itself.
    """

    def __init__(self, device: torch.device, memory: float) -> None:
        self._device = device
        self.answers = CausalMean(min(memory, SUBJECT_MEMORY))
        self.frames = self.found = 0

    def __call__(self, frame: PixelSource, seconds: float, fresh: bool) -> list[Tensor]:
        """The subject of the next frame, (h, w) in [0, 1].

        Args:
            frame: one picture.
            seconds: when it is shown, ascending.
            fresh: whether it begins a new scene.
        """
        masks = find_subject(frame, self._device, lambda x: self.answers(x.cpu(), seconds, fresh))
        self.frames += 1
        self.found += bool(masks[0].any())
        return masks


def is_video(mask: object) -> bool:
    """Whether a mask is named by a file that is no picture."""
    return not is_word(mask) and isinstance(mask, str | Path) and not is_picture(str(mask))
