"""Films that are joined, cut off, interlaced or change midway: read to the end, in ascending times, with a word."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from video.clips import MakeClip, Unchanged, av, decoded, packets, rgb, shown_at

from adain_core.video import Encoding, VideoReader, VideoResult, transform_video
from adain_core.video.pyav import address

FAST = Encoding(preset="ultrafast")


def stream_from(clip: Path, name: str, begin: float = 0) -> Path:
    """The same as a transport stream whose clock begins later."""
    path = clip.with_name(name)
    with av.open(str(clip)) as source, av.open(str(path), "w") as out:
        made = [out.add_stream_from_template(stream, opaque=True) for stream in source.streams]
        for packet in source.demux():
            if packet.size:
                packet.pts += round(begin / packet.time_base)
                packet.dts += round(begin / packet.time_base)
                packet.stream = made[packet.stream_index]
                out.mux(packet)
    return path


def joined(*parts: Path) -> Path:
    path = parts[0].with_name("joined.ts")
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    return path


def steps(times: Iterable[Fraction]) -> list[float]:
    return [float(b - a) for a, b in pairwise(times)]


def painted(source: Path, name: str = "out.mp4", **options: object) -> VideoResult:
    return transform_video(source, source.with_name(name), Unchanged(), encoding=FAST, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("begins", [(0, 0), (0, 0, 0), (98, 0), (0, 98), (95400, 0), (0, 95400)])
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_clocks_that_jump_go_on(make_clip: MakeClip, begins: tuple[float, ...], suffix: str) -> None:
    """Joined streams follow each other, with their sound: nothing is lost, nothing stands still or goes back."""
    clip = make_clip(frames=50, sound="aac", options={"bf": "2", "preset": "ultrafast"})
    source = joined(*(stream_from(clip, f"{i}.ts", begin) for i, begin in enumerate(begins)))
    result = painted(source, f"out{suffix}")
    shown, heard = shown_at(result.output), [at for at, _ in packets(result.output, "audio")]
    assert result.frames == len(shown) == 50 * len(begins) and not result.problems
    assert min(steps(shown)) > 0 and max(steps(shown)) < 0.25 and shown[0] < 0.1
    assert min(steps(heard)) >= 0 and max(steps(heard)) < 0.25 and abs(heard[0]) < 0.1
    assert len(heard) == len(packets(source, "audio"))
    assert any(f"jumps ({len(begins) - 1}x)" in note for note in result.notes)


@pytest.mark.parametrize("begin", [98.2, 95442.5])
def test_a_film_begins_at_0(make_clip: MakeClip, begin: float) -> None:
    """Whatever its clock shows first, and if that runs over on the way: sound and picture stay together."""
    clip = make_clip(frames=50, sound="aac", options={"bf": "0", "preset": "ultrafast"})
    result = painted(stream_from(clip, "late.ts", begin))
    shown, heard = shown_at(result.output), [at for at, _ in packets(result.output, "audio")]
    assert result.notes == [] and 0 <= shown[0] < 0.1 and 1.9 < shown[-1] < 2.1 and len(shown) == 50
    apart = packets(clip, "audio")[0][0] - shown_at(clip)[0]
    assert float(heard[0] - shown[0]) == pytest.approx(float(apart), abs=0.002)


def test_a_still_that_is_shown_for_long_is_no_jump(make_clip: MakeClip) -> None:
    source = make_clip("slides.mkv", frames=4, pts=[0, 20_000, 20_040, 95_000], time_base=Fraction(1, 1000))
    assert shown_at(painted(source).output) == shown_at(source)


def test_a_change_of_size_and_of_bits(make_clip: MakeClip) -> None:
    """All frames come in the first one's size and depth; said once, with the place."""
    small = make_clip("a.ts", frames=5)
    large = make_clip("b.ts", frames=5, size=(96, 80))
    deep = make_clip("c.ts", frames=5, pix_fmt="yuv420p10le")
    result = painted(joined(small, large, deep, large), cuts=True)
    assert {(f.width, f.height, f.format.name) for f in decoded(result.output)} == {(64, 48, "yuv420p")}
    assert result.frames == 20
    [note] = [note for note in result.notes if "scaled to 64x48" in note]
    assert "change to 96x80 at 0." in note


@pytest.mark.parametrize("name", ["film.mp4", "film.mkv", "film.avi"])
def test_a_film_that_ends_early(make_clip: MakeClip, name: str) -> None:
    """What is there is kept; how much that is, and should be, is said. The whole film says nothing."""
    made = make_clip(name, 60, sound="libmp3lame", codec="mpeg4", options={"g": "10"})
    whole = made.with_name(f"front-{name}")
    front = {"movflags": "faststart"} if "mp4" in name else {}
    with av.open(str(made)) as a, av.open(str(whole), "w", options=front) as b:
        copies = [b.add_stream_from_template(stream, opaque=True) for stream in a.streams]
        for packet in a.demux():
            if packet.size:
                packet.stream = copies[packet.stream_index]
                b.mux(packet)
    assert painted(whole, "whole.mp4").problems == []
    half = whole.with_name(f"half-{name}")
    half.write_bytes(whole.read_bytes()[: whole.stat().st_size * 6 // 10])
    result = painted(half)
    assert 20 < result.frames == len(decoded(result.output)) < 55
    [problem] = result.problems
    assert f"half-{name} ends early: it should hold 2.4 s (6" in problem and f"{result.frames} frames" in problem


def test_interlaced_frames_are_made_whole(make_clip: MakeClip, photo: np.ndarray) -> None:
    """Two moments woven into one picture would be painted as a comb. Frames and times are as many as before."""
    fields = [np.roll(photo[100:148, 100:164], 5 * i, axis=1) for i in range(20)]
    pictures = [np.stack([a[::2], b[1::2]], 1).reshape(a.shape) for a, b in zip(fields[::2], fields[1::2], strict=True)]
    source = make_clip(pictures=pictures, pix_fmt="yuv444p", options={"crf": "4", "x264-params": "tff=1"})
    assert all(frame.interlaced_frame for frame in decoded(source))
    result = painted(source)
    assert shown_at(result.output) == shown_at(source)
    assert any("10 frames" in note and "deinterlaced" in note for note in result.notes)
    combed = np.stack([frame.to_ndarray(format="rgb24") for frame in decoded(source)])

    def comb(x: np.ndarray) -> float:
        x = x.astype(float)
        return float(np.abs(2 * x[:, 1:-1] - x[:, :-2] - x[:, 2:])[2:-2].mean())

    assert comb(rgb(source).numpy()) < 0.6 * comb(combed)
    assert not any(frame.interlaced_frame for frame in decoded(result.output))


def test_what_is_lost_of_the_frames_is_said(make_clip: MakeClip) -> None:
    clear = make_clip("clear.mkv", 2, codec="ffv1", pix_fmt="yuva420p", options={"level": "3"})
    assert any("transparent" in note and "opaque" in note for note in painted(clear, "a.mp4").notes)
    screen = "master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1):max-cll=1000,400"
    bright = make_clip(
        "bright.mp4", 2, codec="libx265", pix_fmt="yuv420p10le", matrix=9,
        options={"x265-params": f"{screen}:transfer=smpte2084:colorprim=bt2020:log-level=error"},
    )  # fmt: skip
    result = painted(bright, "b.mp4")
    assert any("HDR metadata" in note for note in result.notes)
    first, before = decoded(result.output)[0], decoded(bright)[0]
    assert (first.color_trc, first.color_primaries) == (before.color_trc, before.color_primaries) == (16, 9)
    assert painted(make_clip("plain.mp4", 2), "c.mp4").notes == []


def test_names_with_a_colon(make_clip: MakeClip, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """FFmpeg takes what stands before it for a protocol."""
    clip = make_clip(frames=3, sound="aac")
    monkeypatch.chdir(tmp_path)
    try:
        clip.rename("12:30.mp4")
    except OSError:
        pytest.skip("files of this system have no colons in their names")
    result = transform_video("12:30.mp4", "out:x.mp4", Unchanged(), encoding=FAST)
    with av.open(address(result.output)) as written, VideoReader("12:30.mp4") as reader:
        assert [s.type for s in written.streams] == ["video", "audio"] and len(list(reader.frames())) == 3
