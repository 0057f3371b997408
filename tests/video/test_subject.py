"""The subject of a video is found frame by frame, and its mask is steady."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from video.clips import MakeClip

from adain_core import AdaIN, Region
from adain_core.networks.u2net import SIDE
from adain_core.video import FrameStylizer, stylize_video
from adain_core.video import masks as moving
from adain_core.video.masks import SubjectOfFrames, is_video

BY_WORDS = [Region("scream", "subject"), Region("irises", "background")]


@pytest.fixture(scope="module")
def lite() -> AdaIN:
    return AdaIN.from_pretrained("lite", device="cpu", dtype="float32")


@pytest.fixture
def cup(coffee: Tensor, monkeypatch: pytest.MonkeyPatch) -> Tensor:
    """A frame with a cup, (1, 3, 48, 72), and in the network's place what takes red for a subject: that is quicker."""

    def red(pictures: Tensor, device: torch.device) -> Tensor:
        answers = (pictures[:, :1] - pictures[:, 1:2] > 0.3).float()
        return F.interpolate(answers, (SIDE, SIDE), mode="bilinear")[:, 0]

    monkeypatch.setattr("adain_core.subject.find.likelihood", red)
    return coffee[:, :, ::8, ::8][:, :, :48, :72]


class Answers:
    """A network that says one after the other what a test has it say, and frames that are the same everywhere."""

    height, width = 40, 60

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *levels: float) -> None:
        said = iter(levels)
        monkeypatch.setattr("adain_core.subject.find.likelihood", lambda *_: torch.full((1, 320, 320), next(said)))

    def crop(self, y0: int, y1: int, x0: int, x1: int) -> Tensor:
        return torch.full((1, 3, y1 - y0, x1 - x0), 0.5)


def levels(subject: SubjectOfFrames, frame: Answers, fresh: list[bool]) -> list[float]:
    return [float(subject(frame, i / 25, f)[0].mean()) for i, f in enumerate(fresh)]


def test_the_mask_changes_slowly_and_anew_at_a_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is what the network said of late: 0 after 1 fades, but not after a cut."""
    faded = levels(SubjectOfFrames(torch.device("cpu"), 0.5), Answers(monkeypatch, 1, 0.5, 0.5), [True, False, False])
    assert faded[0] == 1 and 0.5 < faded[2] < faded[1] < 1
    cut = levels(SubjectOfFrames(torch.device("cpu"), 0.5), Answers(monkeypatch, 1, 0.5, 0.5), [True, True, False])
    assert cut == pytest.approx([1, 0.5, 0.5])
    alone = levels(SubjectOfFrames(torch.device("cpu"), 0), Answers(monkeypatch, 1, 0.5, 0.5), [True, False, False])
    assert alone == pytest.approx([1, 0.5, 0.5])


def test_it_lags_behind_no_longer_than_a_tenth_of_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long statistics are averaged."""
    fresh, answers = [True, False], (1, 0.5)
    once, longer = (
        levels(SubjectOfFrames(torch.device("cpu"), memory), Answers(monkeypatch, *answers), fresh)
        for memory in (moving.SUBJECT_MEMORY, 60.0)
    )
    assert once == longer


def test_unsmoothed_frames_are_stylized_as_pictures(lite: AdaIN, cup: Tensor) -> None:
    frames = torch.cat([cup, cup.flip(3)])
    out = FrameStylizer(lite, BY_WORDS, steady=0, follow=0)(frames, [0.0, 0.04])
    expected = torch.cat([lite.stylize(x, BY_WORDS) for x in frames.split(1)])
    torch.testing.assert_close(out, expected, atol=2e-3, rtol=0)


def test_what_is_remembered_of_the_mask_is_gone_on_with(lite: AdaIN, cup: Tensor) -> None:
    """So that a stopped video ends as if it had not been."""
    frames, times = torch.cat([cup, cup.flip(3), cup]), [0.0, 0.04, 0.08]
    whole = FrameStylizer(lite, BY_WORDS)(frames, times)
    first, second = FrameStylizer(lite, BY_WORDS), FrameStylizer(lite, BY_WORDS)
    first(frames[:2], times[:2])
    second.restore(first.state())
    torch.testing.assert_close(second(frames[2:], times[2:]), whole[2:], atol=2e-3, rtol=0)


def test_a_video_without_a_subject_stays_and_is_told_of(lite: AdaIN, tmp_path: Path, make_clip: MakeClip) -> None:
    grey = [np.full((48, 64, 3), 99, np.uint8)] * 2
    clip = make_clip("grey.mkv", codec="ffv1", pix_fmt="gray", options={}, pictures=grey)
    done = stylize_video(lite, clip, tmp_path / "out.mkv", [Region("scream", "subject")])
    assert done.frames == 2
    assert done.notes[-1] == "no subject was found in 2 of 2 frames: all of them is background"


def test_a_word_is_no_file_and_another_job(lite: AdaIN) -> None:
    assert not is_video("subject") and is_video("clip.mp4") and is_video(Path("subject"))
    subject, background = (FrameStylizer(lite, [Region("scream", word)]).job() for word in ("subject", "background"))
    assert subject != background
