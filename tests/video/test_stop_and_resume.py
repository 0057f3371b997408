"""A video that was stopped, killed or ran out of disk goes on where it was, and ends as if nothing had happened."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
import torch
from command_here import adain_here
from torch import Tensor
from video.clips import MakeClip, Unchanged, decoded, packets, planes, shown_at

from adain_core import AdaIN
from adain_core.video import Encoding, FrameStylizer, VideoError, finished_frames, partial_path, transform_video
from adain_core.video.frames import VideoStyle

FAST = Encoding(preset="ultrafast")


class Remembers(Unchanged):
    """Adds what it remembers of all frames so far: a frame lost or seen twice changes every one after it."""

    def __init__(self, stop_at: int | None = None, error: BaseException | None = None) -> None:
        self.total, self.seen = torch.zeros(1, dtype=torch.float64), 0
        self.stop_at, self.error = stop_at, error or KeyboardInterrupt()

    def __call__(self, frames: Tensor, seconds: Sequence[float], fresh: Sequence[bool]) -> Tensor:
        if self.stop_at is not None and self.seen >= self.stop_at:
            raise self.error
        self.seen += len(frames)
        self.total = self.total + frames.double().mean()
        return (frames * 0.5 + (self.total % 0.5).float()).clamp(0, 1)

    def state(self) -> dict[str, Tensor]:
        return {"total": self.total}

    def restore(self, state: dict[str, Tensor]) -> None:
        self.total = state["total"]


def same(a: Path, b: Path) -> bool:
    """Whether two videos have the same frames at the same times."""
    pairs = zip(decoded(a), decoded(b), strict=True)
    return shown_at(a) == shown_at(b) and all(
        (x == y).all() for f, g in pairs for x, y in zip(planes(f), planes(g), strict=True)
    )


@pytest.fixture
def clip(make_clip: MakeClip) -> Path:
    return make_clip(frames=150, sound="aac", cut_at=75)


def test_an_error_in_the_middle_and_resume(clip: Path, tmp_path: Path) -> None:
    """The network fails at frame 100: the whole segments stay, and the rest is done later."""
    whole, out = tmp_path / "whole.mp4", tmp_path / "out.mp4"
    transform_video(clip, whole, Remembers(), encoding=FAST, cuts=True)
    with pytest.raises(RuntimeError, match="no memory"):
        transform_video(clip, out, Remembers(100, RuntimeError("no memory")), encoding=FAST, cuts=True)
    assert not out.exists() and finished_frames(out) == 100
    result = transform_video(clip, out, Remembers(), encoding=FAST, cuts=True, resume=True)
    assert (result.frames, result.resumed) == (150, 100)
    assert len(decoded(out)) == 150 and shown_at(out) == shown_at(whole)
    assert packets(out, "audio") == packets(clip, "audio")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["clip.mp4", "out.mp4", "whole.mp4"]


def test_a_stop_leaves_a_playable_video(clip: Path, tmp_path: Path) -> None:
    """Ctrl-C: the frames done, with their sound and no more, in a file of their own; the result's name stays free."""
    out = tmp_path / "out.mp4"
    with pytest.raises(KeyboardInterrupt):
        transform_video(clip, out, Remembers(40), encoding=FAST)
    partial = partial_path(out)
    assert not out.exists() and shown_at(partial) == shown_at(clip)[:40]
    assert packets(partial, "audio") == [p for p in packets(clip, "audio") if p[0] < 40 / 25]
    transform_video(clip, out, Remembers(), encoding=FAST, resume=True)
    assert len(decoded(out)) == 150 and not partial.exists()


def test_nothing_done_leaves_nothing(clip: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        transform_video(clip, tmp_path / "out.mp4", Remembers(0), encoding=FAST)
    assert not partial_path(tmp_path / "out.mp4").exists()


KILLED = """
import sys, time
from pathlib import Path
sys.path[:0] = {paths!r}
from video.test_stop_and_resume import FAST, Remembers
from adain_core.video import transform_video
class Slow(Remembers):
    def __call__(self, *frames):
        time.sleep(0.01)
        return super().__call__(*frames)
print("ready", flush=True)
transform_video(Path({source!r}), Path({output!r}), Slow(), encoding=FAST, resume=True)
"""


@pytest.mark.slow
def test_kill_at_random_moments(clip: Path, tmp_path: Path) -> None:
    """Killed again and again, gone on with each time: the same frames as without."""
    whole, out = tmp_path / "whole.mp4", tmp_path / "out.mp4"
    transform_video(clip, whole, Remembers(), encoding=FAST)
    paths = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]
    code = KILLED.format(paths=paths, source=str(clip), output=str(out))
    chance, kills = random.Random(0), 0
    for attempt in range(6):
        process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
        assert process.stdout is not None and process.stdout.readline() == b"ready\n"
        if attempt < 3:
            time.sleep(chance.uniform(0.1, 0.5))
            process.kill()
        kills += process.wait() == -signal.SIGKILL
        process.stdout.close()
        if out.exists():
            break
    assert kills >= 1 and same(out, whole)


def test_segments_of_another_job_are_not_gone_on_with(clip: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    with pytest.raises(KeyboardInterrupt):
        transform_video(clip, out, Remembers(70), encoding=FAST, job={"style": "a"})
    with pytest.raises(VideoError, match=r"another job \(style was a, now b\): repeat its options"):
        transform_video(clip, out, Remembers(), encoding=FAST, job={"style": "b"}, resume=True)
    with pytest.raises(VideoError, match="72 finished frames of a stopped run: add --resume"):
        transform_video(clip, out, Remembers(), encoding=FAST, job={"style": "a"})
    assert transform_video(clip, out, Remembers(), encoding=FAST, job={"style": "b"}, force=True).resumed == 0


def test_a_refusal_names_each_option_with_both_values(clip: Path, tmp_path: Path, model: AdaIN) -> None:
    """Whoever repeats a call can see what was otherwise. What only follows from it is not named."""

    def job(style: VideoStyle, dtype: str = "float32", **options: Any) -> dict[str, object]:
        stylizer = FrameStylizer(model, style, **options)
        return {**stylizer.job(), "dtype": dtype}

    out = tmp_path / "out.mp4"
    with pytest.raises(KeyboardInterrupt):
        transform_video(clip, out, Remembers(70), encoding=FAST, job=job("scream"))
    for options, said in (
        ({"job": job("irises")}, "(style was scream, now irises)"),
        ({"job": job("scream", alpha=0.5)}, "(alpha was 1.0, 1.0, now 0.5, 0.5)"),
        ({"job": job("scream", "bfloat16")}, "(dtype was float32, now bfloat16)"),
        ({"job": job("scream", steady=1.0), "size": 32}, "(size was 64x48, now 32; steady was 0.5, now 1.0)"),
    ):
        with pytest.raises(VideoError, match=re.escape(said)):
            transform_video(clip, out, Remembers(), **{"encoding": FAST, "resume": True, **options})
    with pytest.raises(VideoError, match=r"\(codec was libx264 .*crf=18.*preset=ultrafast.*, now .*crf=30"):
        transform_video(
            clip, out, Remembers(), encoding=Encoding(preset="ultrafast", crf=30), resume=True, job=job("scream")
        )
    assert transform_video(clip, out, Remembers(), encoding=FAST, resume=True, job=job("scream")).resumed == 72


@pytest.mark.parametrize(("first", "second"), [(True, False), (False, True)])
def test_the_command_goes_on_in_the_format_that_it_began_with(
    make_clip: MakeClip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: bool, second: bool
) -> None:
    """Which one is faster is measured and may be found otherwise; a stop is said, and how to go on."""

    def stop(doing: str, done: int, total: int | None) -> None:
        if done >= 4:
            raise KeyboardInterrupt

    make_clip(frames=6)
    call = ["video", "clip.mp4", "-s", "scream", "--batch", "2", "--follow", "0", "-o", "out.mp4"]
    with monkeypatch.context() as patch:
        patch.setattr("adain_core.system.device.cpu_gains_by_bfloat16", lambda: first)
        patch.setattr("adain_core.commands.video.frame_bar", lambda: nullcontext(stop))
        stopped = adain_here(*call, "--device", "cpu", cwd=tmp_path)
    assert stopped.returncode == 130
    said = "adain: stopped; 4 frames are done and in out.partial.mp4, add --resume to go on\n"
    assert stopped.stderr.decode() == said
    monkeypatch.setattr("adain_core.system.device.cpu_gains_by_bfloat16", lambda: second)
    done = adain_here(*call, "--device", "cpu", "--resume", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, b"out.mp4  (6 frames)\n"), done.stderr


def test_a_stop_before_any_frame_was_done_leaves_nothing_to_ask_about(clip: Path, tmp_path: Path) -> None:
    """The same call begins anew, with and without resume."""
    out = tmp_path / "out.mp4"
    with pytest.raises(KeyboardInterrupt):
        transform_video(clip, out, Remembers(0), encoding=FAST)
    with pytest.raises(KeyboardInterrupt):
        transform_video(clip, out, Remembers(0), encoding=FAST, resume=True)
    assert transform_video(clip, out, Remembers(), encoding=FAST).resumed == 0


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs Linux's /dev/full")
def test_a_full_disk(clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Said as it is; segments that were finished before stay, and the job goes on when there is room."""
    from adain_core.video.segments import Segments

    out, writing = tmp_path / "out.mp4", Segments.writing
    with monkeypatch.context() as patch:
        patch.setattr(Segments, "writing", lambda self, n: Path("/dev/full") if n == 1 else writing(self, n))
        with pytest.raises(OSError, match="No space left"):
            transform_video(clip, out, Remembers(), encoding=FAST)
    assert not out.exists() and finished_frames(out) == 64
    assert transform_video(clip, out, Remembers(), encoding=FAST, resume=True).resumed == 64
