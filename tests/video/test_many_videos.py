"""`adain video` with several videos, parts and pictures; and its progress in a log."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_here import adain_here
from PIL import Image
from video.clips import MakeClip, shown_at

from adain_core import AdaINError
from adain_core.commands.dataset import count_bar
from adain_core.commands.progress import Lines, frame_bar, progress_bar
from adain_core.commands.video import plan


def test_it_goes_on_past_a_bad_one_and_lists_it(make_clip: MakeClip, tmp_path: Path) -> None:
    make_clip("a.mp4", 2)
    make_clip("b.mkv", 3)
    (tmp_path / "bad.mp4").write_text("no video")
    call = ("video", "a.mp4", "bad.mp4", "none.mp4", "b.mkv", "-s", "scream", "-o", "out")
    done = adain_here(*call, cwd=tmp_path)
    said = done.stderr.decode()
    assert done.returncode == 1 and done.stdout.decode() == "out/a.mp4  (2 frames)\nout/b.mkv  (3 frames)\n"
    assert said.startswith("2 of 4 videos failed:\nadain: bad.mp4 is not a video") and "no video 'none.mp4'" in said
    again = adain_here(*call, cwd=tmp_path)
    assert "out/a.mp4 exists: add --force to replace it or --resume to leave it" in again.stderr.decode()
    resumed = adain_here(*call, "--resume", cwd=tmp_path)
    assert resumed.returncode == 1 and resumed.stdout == b"" and b"2 of 4 videos failed" in resumed.stderr


def test_a_part_as_an_animation_and_a_frame_as_a_picture(make_clip: MakeClip, tmp_path: Path) -> None:
    make_clip("a.mp4", 25)
    part = ("--start", "0:00.2", "--end", "0.6", "--fps", "5")
    done = adain_here("video", "a.mp4", "-s", "scream", *part, "-o", "p.gif", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, b"p.gif  (2 frames)\n"), done.stderr
    still = adain_here("video", "a.mp4", "-s", "scream", "--frame", "3", "-o", "s.png", cwd=tmp_path)
    assert (still.returncode, still.stdout) == (0, b"s.png\n"), still.stderr
    with Image.open(tmp_path / "s.png") as picture:
        assert picture.size == (64, 48)
    one = adain_here("video", "a.mp4", "-s", "scream", "--end", "0.04", "-o", "one.mp4", cwd=tmp_path)
    assert one.stdout == b"one.mp4  (1 frame)\n" and shown_at(tmp_path / "one.mp4") == [0]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--start", "x"], "start is 'x': give seconds, or h:mm:ss"),
        (["--start", "2", "--end", "1"], "end is 1, but start is 2"),
        (["--fps", "0"], "--fps is 0: give frames a second"),
    ],
)
def test_wrong_calls(make_clip: MakeClip, tmp_path: Path, arguments: list[str], sentence: str) -> None:
    make_clip("a.mp4", 2)
    done = adain_here("video", "a.mp4", "-s", "scream", *arguments, cwd=tmp_path)
    assert done.returncode == 2 and sentence in done.stderr.decode() and done.stderr.count(b"\n") == 1


def test_names_of_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the source's kind, where nothing is said; pictures become a video."""
    monkeypatch.chdir(tmp_path)
    frames = [Image.new("RGB", (8, 8), (i, 0, 0)) for i in (0, 200)]
    frames[0].save("a.gif", save_all=True, append_images=frames[1:])
    Path("shots").mkdir()
    sources = ["x.mkv", "y.ogv", "a.gif", "shots", "in/f_%03d.png"]
    names = ["x_s.mkv", "y_s.mp4", "a_s.gif", "shots_s.mp4", "f_s.mp4"]
    assert [job.output for job in plan(sources, None, "s", still=False)] == names
    assert [job.output for job in plan(["x.mkv", "a.gif"], "o", "s", still=True)] == ["o/x.png", "o/a.png"]
    assert [job.output for job in plan(["x.mkv"], "p/f_%d.png", "s", still=False)] == ["p/f_%d.png"]
    with pytest.raises(AdaINError, match=r"2 videos do not go into one file 'out.mp4': give a folder"):
        plan(["x.mkv", "y.mkv"], "out.mp4", "s", still=False)
    first, second = plan(["a/x.mkv", "b/x.mkv"], "o", "s", still=False)
    assert not first.refused and second.refused.startswith("b/x.mkv would become o/x.mkv, as a/x.mkv does")


def test_every_command_of_long_work_writes_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Pictures, videos and datasets: once a minute has passed."""
    monkeypatch.setattr("adain_core.commands.progress.EVERY", 0.0)
    with progress_bar(["a", "b"]) as (advance, tile):
        tile(1, 4)
        advance()
    with frame_bar() as show:
        show("clip.mp4", 3, None)
    with count_bar("") as count:
        count(5, 10)
    said = [line.split(" passed")[0] for line in capsys.readouterr().err.splitlines()]
    assert said == [
        "adain: 0/2 pictures, 12%, 0:00:00",
        "adain: 1/2 pictures, 50%, 0:00:00",
        "adain: clip.mp4: 3 frames, 0:00:00",
        "adain: 5/10 results, 50%, 0:00:00",
    ]


def test_a_line_a_minute_where_there_is_no_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = 0.0
    monkeypatch.setattr("adain_core.commands.progress.time.monotonic", lambda: now)
    lines = Lines("frames")
    for second in range(0, 151, 10):
        now = float(second)
        lines(second, 300, "clip.mp4")
    assert capsys.readouterr().err.splitlines() == [
        "adain: clip.mp4: 60/300 frames, 20%, 0:01:00 passed, about 0:04:00 left",
        "adain: clip.mp4: 120/300 frames, 40%, 0:02:00 passed, about 0:03:00 left",
    ]
