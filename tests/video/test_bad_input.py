"""What cannot be done is said in one sentence, before any work, and nothing is lost."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from video.clips import MakeClip, Unchanged, av, decoded, packets

from adain_core.video import Encoding, VideoError, VideoReader, probe, transform_video


def refuse(source: Path, output: Path, sentence: str, **options: object) -> None:
    """The call is refused with the sentence, and leaves no file."""
    before = sorted(output.parent.iterdir())
    with pytest.raises(VideoError, match=sentence) as caught:
        transform_video(source, output, Unchanged(), **options)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)
    assert sorted(output.parent.iterdir()) == before


def test_files_that_are_no_video(tmp_path: Path, make_clip: MakeClip) -> None:
    out = tmp_path / "out.mp4"
    refuse(tmp_path / "missing.mp4", out, "no video .*missing.mp4': check the path")
    (tmp_path / "empty.mp4").touch()
    refuse(tmp_path / "empty.mp4", out, r"is empty \(0 bytes\)")
    (tmp_path / "text.mp4").write_text("this is no video " * 200)
    refuse(tmp_path / "text.mp4", out, "is not a video that can be read")
    Image.new("RGB", (40, 40)).save(tmp_path / "photo.png")
    refuse(tmp_path / "photo.png", out, "is a picture: use `adain stylize`")
    with av.open(str(tmp_path / "tone.wav"), "w") as wav:
        stream = wav.add_stream("pcm_s16le", rate=8000)
        stream.layout = "mono"
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), "s16", "mono")
        sound.sample_rate = 8000
        wav.mux(stream.encode(sound))
    refuse(tmp_path / "tone.wav", out, "holds no video, only audio")
    whole = make_clip().read_bytes()
    (tmp_path / "half.mp4").write_bytes(whole[: len(whole) // 2])
    refuse(tmp_path / "half.mp4", out, "is not a video that can be read")


def test_a_video_without_a_frame(tmp_path: Path, make_clip: MakeClip) -> None:
    source = make_clip("none.avi", frames=0, codec="mpeg4")
    refuse(source, tmp_path / "out.mp4", "has no frame that can be read")


def test_broken_frames_in_the_middle(tmp_path: Path, make_clip: MakeClip, unchanged: Unchanged) -> None:
    """What can be read is stylized, at its times and with all of its sound; what is missing is told."""
    source = make_clip("in.mkv", 60, sound="aac", codec="mpeg4", options={"g": "10"})
    data = bytearray(source.read_bytes())
    with av.open(str(source)) as container:
        inside = [p for p in container.demux(video=0) if p.size][20:24]
        pieces = [(bytes(p), p.size) for p in inside]
    for piece, size in pieces:
        at = data.find(piece)
        assert at > 0
        data[at : at + size] = bytes(size)
    broken = tmp_path / "broken.mkv"
    broken.write_bytes(data)
    result = transform_video(broken, tmp_path / "out.mkv", unchanged, encoding=Encoding(preset="ultrafast"))
    assert 50 <= result.frames < 60 and len(result.problems) == 1 and "broken packets" in result.problems[0]
    assert packets(tmp_path / "out.mkv", "audio") == packets(source, "audio")
    assert float(decoded(tmp_path / "out.mkv")[-1].time) == pytest.approx(59 / 25, abs=0.01)


def test_a_file_that_breaks_off(tmp_path: Path, make_clip: MakeClip, unchanged: Unchanged) -> None:
    whole = make_clip("in.mkv", 60, codec="mpeg4", options={"g": "10"}).read_bytes()
    (tmp_path / "half.mkv").write_bytes(whole[: len(whole) * 2 // 3])
    result = transform_video(tmp_path / "half.mkv", tmp_path / "out.mp4", unchanged)
    assert 20 < result.frames < 60 and len(decoded(tmp_path / "out.mp4")) == result.frames
    [problem] = result.problems
    assert f"half.mkv ends early: it should hold 2.4 s (60 frames), and {result.frames} frames" in problem


def test_codecs_and_containers(tmp_path: Path, make_clip: MakeClip) -> None:
    source, out = make_clip(sound="aac"), tmp_path / "out.mp4"
    refuse(source, out, "unknown codec 'h266': give h264, hevc", encoding=Encoding("h266"))
    refuse(source, out, "codec 'h264' cannot store 64x48 with .*preset=warp", encoding=Encoding(preset="warp"))
    refuse(source, out, "prores_ks has no such scale", encoding=Encoding("prores", crf=20))
    refuse(source, tmp_path / "out.xyz", "FFmpeg writes no .xyz files; try .mp4")
    refuse(source, tmp_path / "out", "FFmpeg writes no nameless files")
    refuse(source, tmp_path / "out.webm", ".webm files hold no libx264 video: write .mkv", encoding=Encoding("h264"))


def test_where_to(tmp_path: Path, make_clip: MakeClip) -> None:
    source = make_clip()
    refuse(source, source, "is the source: write the result to another file", force=True)
    (tmp_path / "there.mp4").write_bytes(b"precious")
    refuse(source, tmp_path / "there.mp4", "exists: add --force")
    assert (tmp_path / "there.mp4").read_bytes() == b"precious"
    with pytest.raises(VideoError, match=r"no folder .*nowhere' to write out.mp4 into"):
        transform_video(source, tmp_path / "nowhere" / "out.mp4", Unchanged())


def test_no_hardware_is_no_obstacle(tmp_path: Path, make_clip: MakeClip, unchanged: Unchanged) -> None:
    """Where no device encodes, the processor does, and says so; where one does, it is used."""
    result = transform_video(make_clip(), tmp_path / "out.mp4", unchanged, encoding=Encoding(hardware=True))
    assert probe(result.output).codec == "h264" and result.frames == 12
    assert result.notes == [] or result.notes == ["no hardware encodes h264 here: libx264 does"]


def test_a_reader_tells_of_size_it_cannot_give(make_clip: MakeClip) -> None:
    with pytest.raises(ValueError, match="size is 0: give the shorter side"):
        VideoReader(make_clip(), size=0)
