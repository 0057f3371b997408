"""What tests of videos look at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

av = pytest.importorskip("av", reason="the video extra is not installed: pip install '.[test]'")

MakeClip = Callable[..., Path]
"""The fixture `make_clip`."""


class Unchanged:
    """In the network's place: gives the frames back."""

    batch = 4
    device = torch.device("cpu")

    def __call__(self, frames: Tensor, seconds: Sequence[float], fresh: Sequence[bool]) -> Tensor:
        return frames

    def batch_size(self, height: int, width: int) -> int:
        return self.batch

    def state(self) -> dict[str, Tensor]:
        return {}

    def restore(self, state: dict[str, Tensor]) -> None:
        pass


class Stops(Unchanged):
    """Likewise for some batches; then somebody asks it to stop."""

    left = 20

    def __call__(self, frames: Tensor, seconds: Sequence[float], fresh: Sequence[bool]) -> Tensor:
        self.left -= 1
        if self.left < 0:
            raise KeyboardInterrupt
        return frames


def decoded(path: Path) -> list[av.VideoFrame]:
    """All frames of a video."""
    with av.open(str(path)) as container:
        return list(container.decode(video=0))


def shown_at(path: Path) -> list[Fraction]:
    """When each frame is shown, in seconds."""
    return [frame.pts * frame.time_base for frame in decoded(path)]


def planes(frame: av.VideoFrame) -> list[np.ndarray]:
    """The stored numbers of each plane, without padding."""
    wide = max(c.bits for c in frame.format.components) > 8
    kind = np.uint16 if wide else np.uint8
    rows = []
    for plane in frame.planes:
        data = np.frombuffer(memoryview(plane), kind).reshape(plane.height, -1)
        rows.append(data[:, : plane.width].astype(np.int32))
    return rows


def packets(path: Path, kind: str) -> list[tuple[Fraction, bytes]]:
    """The packets of the first stream of a kind: when, and their bytes."""
    with av.open(str(path)) as container:
        stream = next(s for s in container.streams if s.type == kind)
        return [(p.pts * p.time_base, bytes(p)) for p in container.demux(stream) if p.size]


def rgb(path: Path) -> Tensor:
    """All frames as (T, H, W, 3) from 0 to 255, upright as the reader gives them."""
    from adain_core.video import VideoReader

    with VideoReader(path, cuts=False) as reader:
        frames = torch.stack([frame.pixels for frame in reader.frames()])
    return frames if frames.dtype == torch.uint8 else frames * 255
