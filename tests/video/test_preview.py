"""A single frame is the one that the whole result would have."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from video.clips import MakeClip

from adain_core import AdaIN, AdaINError
from adain_core.pictures.reading import open_picture
from adain_core.video import KeyFrames, preview_frame, stylize_video


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"steady": 0, "follow": 0},
        {"start": 0.2, "end": 0.7, "fps": 12, "size": 32, "alpha": KeyFrames((0, 1), (0, 1))},
    ],
)
def test_it_is_the_frame_of_the_whole(model: AdaIN, make_clip: MakeClip, tmp_path: Path, options: dict) -> None:
    """Exactly, where all frames before it count."""
    source, names = make_clip(frames=16, cut_at=8), tmp_path / "f" / "%d.png"
    stylize_video(model, source, names, "scream", batch=1, **options)
    for number in (0, 5):
        whole = open_picture(tmp_path / "f" / f"{number}.png").pixels
        alone = preview_frame(model, source, number, "scream", **options)
        assert alone.dtype == torch.uint8 and np.abs(alone.numpy().astype(int) - whole).max() <= 1


def test_frames_long_before_are_not_painted(
    model: AdaIN, make_clip: MakeClip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What they would add is less than a hundredth; with nothing remembered, none is."""
    from adain_core.video import FrameStylizer

    seen = []
    call = FrameStylizer.__call__
    monkeypatch.setattr(FrameStylizer, "__call__", lambda self, x, *rest: seen.append(len(x)) or call(self, x, *rest))
    source, names = make_clip(frames=40), tmp_path / "f" / "%d.png"
    options = {"steady": 0.1, "follow": 0.3, "grain": 0.0}
    stylize_video(model, source, names, "scream", batch=4, **options)
    seen.clear()
    frame = preview_frame(model, source, 35, "scream", **options)
    assert sum(seen) == 13
    assert np.abs(frame.numpy().astype(int) - open_picture(tmp_path / "f" / "35.png").pixels).mean() < 2.55
    seen.clear()
    preview_frame(model, source, 36, "scream", steady=0, follow=0)
    assert sum(seen) == 1


def test_a_frame_that_is_not_there(model: AdaIN, make_clip: MakeClip) -> None:
    source = make_clip(frames=3)
    with pytest.raises(AdaINError, match=r"frame is 3, but .*clip.mp4 has only 3 frames: give a lower number"):
        preview_frame(model, source, 3, "scream", steady=0.1)
    with pytest.raises(AdaINError, match="frame is -1: frames are counted from 0"):
        preview_frame(model, source, -1, "scream")
