"""A video that goes through unchanged comes out as it went in: pixels, times, sound, subtitles, rotation."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from video.clips import MakeClip, Unchanged, av, decoded, packets, planes, rgb, shown_at

from adain_core.video import Encoding, VideoReader, probe, transform_video

LOSSLESS = Encoding("ffv1")


@pytest.mark.parametrize(
    ("pix_fmt", "matrix", "full"),
    [
        ("yuv420p", 1, False), ("yuv420p", 5, False), ("yuv420p", 1, True), ("yuv420p", 2, False),
        ("yuv444p", 1, False), ("yuv422p10le", 9, False),
    ],
)  # fmt: skip
def test_colours_survive(
    make_clip: MakeClip, unchanged: Unchanged, tmp_path: Path, pix_fmt: str, matrix: int, full: bool
) -> None:
    """Stored numbers there and back differ by rounding only, and matrix, range and bit depth are labelled as before."""
    source = make_clip("in.mkv", 3, codec="ffv1", pix_fmt=pix_fmt, matrix=matrix, full=full, options={"level": "3"})
    transform_video(source, tmp_path / "out.mkv", unchanged, encoding=LOSSLESS)
    before, after = decoded(source), decoded(tmp_path / "out.mkv")
    step = 4 if "10" in pix_fmt else 1
    for a, b in zip(before, after, strict=True):
        assert (a.format.name, a.colorspace, a.color_range) == (b.format.name, b.colorspace, b.color_range)
        off = [np.abs(x - y).mean() / step for x, y in zip(planes(a), planes(b), strict=True)]
        assert off[0] < 0.05 and max(off) < 0.6


def test_the_network_sees_the_colours_of_the_photo(make_clip: MakeClip, photo: np.ndarray) -> None:
    """Whatever the matrix and range, RGB is that of the picture the video was made of."""
    for matrix, full in ((1, False), (5, False), (1, True)):
        source = make_clip("in.mkv", 1, codec="ffv1", pix_fmt="yuv444p", matrix=matrix, full=full, options={})
        off = np.abs(rgb(source)[0].numpy().astype(int) - photo[20:68, :64])
        assert off.mean() < 0.9 and off.max() <= 3


def test_times_and_rate(make_clip: MakeClip, unchanged: Unchanged, tmp_path: Path) -> None:
    source = make_clip(frames=30, rate=Fraction(30000, 1001))
    result = transform_video(source, tmp_path / "out.mp4", unchanged)
    assert result.frames == 30 and result.problems == []
    assert shown_at(tmp_path / "out.mp4") == shown_at(source)
    before, after = probe(source), probe(tmp_path / "out.mp4")
    assert (before.rate, before.seconds, before.frames) == (after.rate, after.seconds, after.frames)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov"])
def test_variable_frame_rate(make_clip: MakeClip, unchanged: Unchanged, tmp_path: Path, suffix: str) -> None:
    """Each frame is shown when it was, counted from the first, over several segments, with reordered frames."""
    unchanged.batch = 3
    times = np.cumsum(np.random.default_rng(0).integers(10, 200, 140)).tolist()
    source = make_clip(frames=140, pts=times, time_base=Fraction(1, 1000))
    out = tmp_path / f"out{suffix}"
    transform_video(source, out, unchanged, encoding=Encoding(preset="ultrafast", options={"bf": "3"}))
    before = shown_at(source)
    assert shown_at(out) == [at - before[0] for at in before]


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov"])
def test_sound_is_copied_bit_by_bit(make_clip: MakeClip, unchanged: Unchanged, tmp_path: Path, suffix: str) -> None:
    source = make_clip(f"in{suffix}", sound="aac")
    out = tmp_path / f"out{suffix}"
    transform_video(source, out, unchanged)
    assert packets(out, "audio") == packets(source, "audio")
    with av.open(str(source)) as a, av.open(str(out)) as b:
        heard = [np.concatenate([f.to_ndarray() for f in c.decode(audio=0)], 1) for c in (a, b)]
    assert np.array_equal(*heard)


def test_sound_can_be_left_out(make_clip: MakeClip, unchanged: Unchanged, tmp_path: Path) -> None:
    source = make_clip(sound="aac")
    transform_video(source, tmp_path / "out.mp4", unchanged, sound=False)
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert [s.type for s in container.streams] == ["video"]


def test_a_video_without_sound(make_clip: MakeClip, unchanged: Unchanged, tmp_path: Path) -> None:
    transform_video(make_clip(), tmp_path / "out.mp4", unchanged)
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert [s.type for s in container.streams] == ["video"]


def test_subtitles_and_labels_are_copied(make_clip: MakeClip, unchanged: Unchanged, tmp_path: Path) -> None:
    source = make_clip("in.mkv", subtitles=True, sound="aac")
    transform_video(source, tmp_path / "out.mkv", unchanged)
    assert packets(tmp_path / "out.mkv", "subtitle") == packets(source, "subtitle")


def test_chapters_and_titles(make_clip: MakeClip, unchanged: Unchanged, tmp_path: Path) -> None:
    """Copied into each container that has them, also where a video carries its chapters as a track of texts."""
    plain, source = make_clip(sound="aac"), tmp_path / "titled.mkv"
    chapter = {"id": 1, "start": 0, "end": 400, "time_base": Fraction(1, 1000), "metadata": {"title": "One"}}
    with av.open(str(plain)) as a, av.open(str(source), "w") as b:
        copies = {s.index: b.add_stream_from_template(s, opaque=True) for s in a.streams}
        b.metadata["title"], copies[1].metadata["language"] = "A video", "deu"
        b.set_chapters([chapter])
        for packet in a.demux():
            if packet.size:
                packet.stream = copies[packet.stream.index]
                b.mux(packet)
    for suffix in (".mkv", ".mp4", ".mov", ".mp4"):
        out = tmp_path / f"{source.stem}x{suffix}"
        transform_video(source, out, unchanged)
        with av.open(str(out)) as container:
            assert container.metadata["title"] == "A video"
            assert [c["metadata"]["title"] for c in container.chapters()] == ["One"]
            if suffix != ".mov":
                assert container.streams.audio[0].metadata["language"] == "deu"
                source = out


@pytest.mark.parametrize("degrees", [90, 180, -90])
def test_rotation(make_clip: MakeClip, unchanged: Unchanged, tmp_path: Path, photo: np.ndarray, degrees: int) -> None:
    """A video that players turn is turned before the network sees it, and is shown as before."""
    source = make_clip(rotation=degrees, size=(64, 48))
    turned = np.rot90(photo[20:68, :64], degrees // 90)
    seen = rgb(source)[0].numpy()
    assert seen.shape == turned.shape and np.abs(seen.astype(int) - turned).mean() < 8
    transform_video(source, tmp_path / "out.mp4", unchanged, encoding=Encoding(crf=5))
    first = decoded(tmp_path / "out.mp4")[0]
    assert first.rotation == 0
    assert np.abs(rgb(tmp_path / "out.mp4")[0].numpy().astype(int) - turned).mean() < 8


def test_size(make_clip: MakeClip, unchanged: Unchanged, tmp_path: Path) -> None:
    """The shorter side as asked for, sides even, the picture the same."""
    source = make_clip(size=(150, 100))
    transform_video(source, tmp_path / "out.mp4", unchanged, size=50)
    info = probe(tmp_path / "out.mp4")
    assert (info.width, info.height) == (76, 50)


@pytest.mark.parametrize(
    ("codec", "suffix"),
    [("h264", ".mp4"), ("hevc", ".mp4"), ("vp9", ".webm"), ("av1", ".mkv"), ("prores", ".mov"), ("mpeg4", ".avi")],
)
def test_codecs(make_clip: MakeClip, unchanged: Unchanged, tmp_path: Path, codec: str, suffix: str) -> None:
    """Each common codec stores all frames at their times, over segments, and what is seen is near the source."""
    unchanged.batch = 50
    source = make_clip(frames=70, size=(64, 64))
    out = tmp_path / f"out{suffix}"
    slow = {"av1": "12", "hevc": "ultrafast", "h264": "ultrafast"}
    transform_video(source, out, unchanged, encoding=Encoding(codec, preset=slow.get(codec)))
    assert [round(float(t), 3) for t in shown_at(out)] == [round(float(t), 3) for t in shown_at(source)]
    assert (rgb(out).float() - rgb(source).float()).abs().mean() < 6


@pytest.mark.parametrize(("codec", "suffix"), [("h264", ".mp4"), ("vp9", ".webm"), ("ffv1", ".mkv")])
def test_odd_sizes_stay(make_clip: MakeClip, unchanged: Unchanged, tmp_path: Path, codec: str, suffix: str) -> None:
    """An odd side is kept, with a note where that needs a rarer pixel format."""
    source = make_clip("in.mkv", 3, (51, 37), codec="ffv1", pix_fmt="yuv444p", options={})
    result = transform_video(source, tmp_path / f"out{suffix}", unchanged, encoding=Encoding(codec))
    assert (probe(result.output).width, probe(result.output).height) == (51, 37)
    small = make_clip("in.webm", 3, (51, 37), codec="libvpx-vp9", options={})
    result = transform_video(small, tmp_path / f"out2{suffix}", unchanged, encoding=Encoding(codec))
    assert (probe(result.output).width, probe(result.output).height) == (51, 37)
    assert [("odd" in note) for note in result.notes] == ([True] if codec == "h264" else [])


def test_cuts_are_found(make_clip: MakeClip) -> None:
    with VideoReader(make_clip(frames=12, cut_at=7)) as reader:
        assert [frame.number for frame in reader.frames() if frame.cut] == [0, 7]
