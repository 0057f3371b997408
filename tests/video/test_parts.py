"""A part of a video, or another rate: frames, sound, subtitles and chapters by their time."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import pytest
import torch
from torch import Tensor
from video.clips import MakeClip, Stops, Unchanged, av, packets, rgb, shown_at

from adain_core import AdaINError
from adain_core.video import Encoding, VideoError, VideoReader, probe, transform_video
from adain_core.video.retiming import parse_rate
from adain_core.video.span import Span, parse_moment

FAST = Encoding(preset="ultrafast", crf=4)


@pytest.mark.parametrize(
    ("given", "seconds"),
    [(90, 90), ("90", 90), ("1.5s", 1.5), ("1:30", 90), ("1:02:03.5", 3723.5), ("0:05", 5), (0.25, 0.25), (".5", 0.5)],
)
def test_moments(given: float | str, seconds: float) -> None:
    assert parse_moment(given, "start") == Fraction(seconds)


@pytest.mark.parametrize("given", ["", "x", "1:2", "-1", -1, "1:60:0", float("nan"), float("inf"), "1:", True])
def test_what_is_no_moment(given: float | str) -> None:
    with pytest.raises(AdaINError, match=r"start is .*: give seconds, or h:mm:ss"):
        parse_moment(given, "start")


def test_an_end_is_after_the_start() -> None:
    with pytest.raises(AdaINError, match="end is 0:02, but start is 3: give an end after"):
        Span.of(3, "0:02")


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts"])
def test_frames_between_two_moments(make_clip: MakeClip, tmp_path: Path, unchanged: Unchanged, suffix: str) -> None:
    """Those that are shown then, timed from 0, wherever key frames are and whatever the file's clock begins with."""
    source = make_clip(f"in{suffix}", 50, options={"g": "12", "crf": "4"})
    out = tmp_path / "out.mp4"
    result = transform_video(source, out, unchanged, start=0.8, end="0:01.2", encoding=FAST)
    assert result.frames == 10 and shown_at(out) == [Fraction(i, 25) for i in range(10)]
    assert (rgb(out).float() - rgb(source)[20:30].float()).abs().mean() < 2


def test_a_part_of_a_film_whose_clock_begins_late(make_clip: MakeClip, tmp_path: Path, unchanged: Unchanged) -> None:
    """Moments count from its first frame, not from where its clock would be 0."""
    late = [10_000 + 40 * i for i in range(50)]
    source = make_clip("in.mkv", 50, pts=late, time_base=Fraction(1, 1000), options={"g": "12", "crf": "4"})
    with VideoReader(source) as reader:
        assert len(list(reader.frames())) == reader.info.frames == 50 and reader.problems == []
    out = tmp_path / "out.mkv"
    result = transform_video(source, out, unchanged, start=0.8, end=1.2, encoding=FAST)
    assert (result.notes, result.problems) == ([], []) and shown_at(out) == [Fraction(i, 25) for i in range(10)]
    assert (rgb(out).float() - rgb(source)[20:30].float()).abs().mean() < 2


def test_the_nearest_frames_when_the_moments_are_between_two(make_clip: MakeClip, tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    transform_video(make_clip(frames=25), out, Unchanged(), start=0.21, end=0.47, encoding=FAST)
    assert shown_at(out) == [Fraction(i, 25) for i in range(7)]  # 0.20 to 0.44


def test_a_frame_that_is_shown_for_long_is_cut_off(make_clip: MakeClip, tmp_path: Path) -> None:
    """Slides of two seconds: the one that is seen at the start is there, for what is left of it."""
    source = make_clip("in.mkv", frames=4, pts=[0, 2000, 4000, 6000], time_base=Fraction(1, 1000))
    out = tmp_path / "out.mkv"
    transform_video(source, out, Unchanged(), start=2.5, end=5, encoding=FAST)
    assert shown_at(out) == [0, 1.5]


def test_sound_is_cut_likewise(make_clip: MakeClip, tmp_path: Path, unchanged: Unchanged) -> None:
    """The same packets as they are heard with these frames, as far after the first one as before."""
    source, out = make_clip(frames=50, sound="aac"), tmp_path / "out.mp4"
    transform_video(source, out, unchanged, start=0.8, end=1.2, encoding=FAST)
    wanted = [(at - Fraction(8, 10), data) for at, data in packets(source, "audio") if 0.8 <= at < 1.2]
    found = packets(out, "audio")
    assert [data for _, data in found] == [data for _, data in wanted]
    assert all(abs(a - b) < Fraction(1, 1000) for (a, _), (b, _) in zip(found, wanted, strict=True))


def test_sound_is_cut_likewise_where_frames_are_only_counted(make_clip: MakeClip, tmp_path: Path) -> None:
    """Of an AVI, picture and sound begin at the same moment of the source."""
    source, out = make_clip(frames=50, sound="libmp3lame"), tmp_path / "out.avi"
    transform_video(source, out, Unchanged(), start=0.8, end=1.2)
    assert shown_at(out) == [Fraction(i, 25) for i in range(10)]
    assert (rgb(out).float() - rgb(source)[20:30].float()).abs().mean() < 6
    sounds = [data for at, data in packets(source, "audio") if 0.8 <= at < 1.2]
    assert [data for _, data in packets(out, "audio")] == sounds


def test_subtitles_and_chapters_are_cut_likewise(make_clip: MakeClip, tmp_path: Path, unchanged: Unchanged) -> None:
    """One that is read from 0.1 to 0.3 s is read from 0 to 0.1 s of a part that begins at 0.2 s."""
    plain = make_clip("plain.mkv", frames=25, subtitles=True)
    source = tmp_path / "in.mkv"
    with av.open(str(plain)) as a, av.open(str(source), "w") as b:
        streams = {s.index: b.add_stream_from_template(s) for s in a.streams}
        tick = Fraction(1, 1000)
        b.set_chapters([
            {"id": i, "start": i * 300, "end": i * 300 + 300, "time_base": tick, "metadata": {"title": str(i)}}
            for i in range(3)
        ])  # fmt: skip
        for packet in a.demux():
            if packet.size:
                packet.stream = streams[packet.stream.index]
                b.mux(packet)
    transform_video(source, tmp_path / "out.mkv", unchanged, start=0.2, end=0.52, encoding=FAST)
    with av.open(str(tmp_path / "out.mkv")) as container:
        chapters = [(c["metadata"]["title"], c["start"] * c["time_base"], c["end"] * c["time_base"])
                    for c in container.chapters()]  # fmt: skip
        [words] = [p for p in container.demux(subtitles=0) if p.size]
        assert (words.pts * words.time_base, words.duration * words.time_base) == (0, Fraction(1, 10))
    assert chapters == [("0", 0, Fraction(1, 10)), ("1", Fraction(1, 10), Fraction(32, 100))]


class Seen(Unchanged):
    """Remembers what it was told of the frames."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.fresh: list[bool] = []

    def __call__(self, frames: Tensor, seconds: Sequence[float], fresh: Sequence[bool]) -> Tensor:
        self.seconds += seconds
        self.fresh += fresh
        return frames


def test_masks_and_key_frames_keep_the_times_of_the_whole(make_clip: MakeClip, tmp_path: Path) -> None:
    seen = Seen()
    transform_video(make_clip(frames=20), tmp_path / "out.mp4", seen, start=0.4, end=0.6, cuts=True, encoding=FAST)
    assert seen.seconds == pytest.approx([0.4, 0.44, 0.48, 0.52, 0.56])
    assert seen.fresh == [True, False, False, False, False]


def test_a_start_beyond_the_end_is_refused_before_any_work(make_clip: MakeClip, tmp_path: Path) -> None:
    source = make_clip(frames=25)
    with pytest.raises(VideoError, match=r"start is 5 s, but .*clip.mp4 has 1 s: give an earlier one"):
        transform_video(source, tmp_path / "out.mp4", Unchanged(), start=5)
    assert [p.name for p in tmp_path.iterdir()] == ["clip.mp4"]


def test_a_file_that_does_not_say_when_is_read_from_its_beginning(make_clip: MakeClip) -> None:
    """Raw H.264 has no times to go to: frames are counted."""
    with VideoReader(make_clip("in.h264", 30, rate=50), start=0.2) as reader:
        assert len(list(reader.frames())) == 30


@pytest.mark.parametrize(("fps", "frames"), [(12, 12), (5, 5), (50, 50), ("30000/1001", 30)])
def test_another_rate(make_clip: MakeClip, tmp_path: Path, fps: float | str, frames: int) -> None:
    """As long as before, with its sound, at an even rate; each frame is the one that was shown at its time."""
    source, out = make_clip(frames=25, sound="aac", options={"crf": "4"}), tmp_path / "out.mp4"
    transform_video(source, out, Unchanged(), fps=fps, encoding=FAST)
    rate = Fraction(fps)
    assert [round(float(t), 4) for t in shown_at(out)] == [round(float(i / rate), 4) for i in range(frames)]
    before, after = rgb(source).float(), rgb(out).float()
    early = min(rate / 25, 1) / 4  # a quarter of a frame, as files round times
    wanted = [int((i + early) / rate * 25) for i in range(frames)]
    assert (after - before[wanted]).abs().mean() < 2
    assert [data for _, data in packets(out, "audio")] == [data for _, data in packets(source, "audio")]


def test_a_cut_in_a_frame_that_is_left_out_is_not_missed(make_clip: MakeClip, tmp_path: Path) -> None:
    seen = Seen()
    transform_video(make_clip(frames=24, cut_at=13), tmp_path / "out.mp4", seen, fps=6.25, cuts=True, encoding=FAST)
    assert len(seen.fresh) == 6 and sum(seen.fresh) == 2


@pytest.mark.parametrize("given", ["0", "x", -1, "1/0", 241, float("nan")])
def test_what_is_no_rate(given: float | str) -> None:
    with pytest.raises(AdaINError, match=r"fps is .*: give frames a second, above 0 to 240"):
        parse_rate(given)


def test_a_file_that_counts_frames_keeps_the_rate(make_clip: MakeClip, tmp_path: Path, unchanged: Unchanged) -> None:
    """AVI does not say when a frame is shown: uneven ones are repeated by their time, and the rate is the video's."""
    even, uneven = make_clip("a.mp4", 25), make_clip("b.mp4", 4, pts=[0, 3, 4, 7])
    transform_video(even, tmp_path / "a.avi", unchanged)
    assert shown_at(tmp_path / "a.avi") == shown_at(even) and probe(tmp_path / "a.avi").rate == 25
    transform_video(uneven, tmp_path / "b.avi", unchanged, fps=25)
    assert probe(tmp_path / "b.avi").rate == 25
    shown = rgb(tmp_path / "b.avi").float()
    assert len(shown) == 8 and (shown[0] - shown[2]).abs().mean() < 1 < (shown[2] - shown[3]).abs().mean()


def test_sound_that_begins_before_the_first_frame_moves_none_of_an_avi(
    make_clip: MakeClip, tmp_path: Path, unchanged: Unchanged
) -> None:
    source = make_clip(frames=10, sound="aac")
    transform_video(source, tmp_path / "out.avi", unchanged)
    assert shown_at(tmp_path / "out.avi") == shown_at(source)


@pytest.mark.parametrize("suffix", [".h264", ".hevc"])
def test_a_raw_stream_has_the_rate_of_its_header(make_clip: MakeClip, suffix: str) -> None:
    codec = {".h264": "libx264", ".hevc": "libx265"}[suffix]
    options = {"x265-params": "log-level=none"} if codec == "libx265" else {}
    source = make_clip(f"in{suffix}", 10, rate=50, codec=codec, options=options)
    with VideoReader(source, cuts=False) as reader:
        assert reader.info.rate == 50
        assert [f.seconds for f in reader.frames()] == pytest.approx([i / 50 for i in range(10)])


def test_a_part_at_another_rate_goes_on_after_a_stop(make_clip: MakeClip, tmp_path: Path) -> None:
    """What was done is not done again, the rest is as without the stop; another part is another job."""
    source, out, whole = make_clip(frames=300), tmp_path / "out.mkv", tmp_path / "whole.mkv"
    part = {"start": 1, "end": 9, "fps": 20}

    transform_video(source, whole, Unchanged(), encoding=Encoding("ffv1"), **part)
    with pytest.raises(KeyboardInterrupt):
        transform_video(source, out, Stops(), encoding=Encoding("ffv1"), **part)
    with pytest.raises(VideoError, match=r"another job \(fps was 20, now 10; codec was ffv1"):
        transform_video(source, out, Unchanged(), encoding=Encoding("ffv1"), resume=True, start=1, end=9, fps=10)
    assert transform_video(source, out, Unchanged(), encoding=Encoding("ffv1"), resume=True, **part).resumed == 80
    assert shown_at(out) == shown_at(whole) and torch.equal(rgb(out), rgb(whole))
