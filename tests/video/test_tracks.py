"""Sound, subtitles, covers and more videos: kept where the file can hold them, else converted or left out."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from video.clips import MakeClip, Unchanged, av, decoded

from adain_core.video import Encoding, VideoError, VideoResult, transform_video

FAST = Encoding(preset="ultrafast")


def painted(source: Path, name: str) -> VideoResult:
    encoding = Encoding() if name.endswith((".webm", ".avi")) else FAST
    return transform_video(source, source.with_name(name), Unchanged(), encoding=encoding)


def heard(path: Path) -> np.ndarray:
    """The sound at 8000 samples a second from time 0, as players give it."""
    resampler = av.AudioResampler("flt", "mono", 8000)
    with av.open(str(path)) as container:
        frames = [piece for frame in container.decode(audio=0) for piece in resampler.resample(frame)]
    frames += resampler.resample(None)
    wave = np.zeros(32_000)
    start = 0
    for frame in frames:
        start = start if frame.pts is None else round(float(frame.pts * frame.time_base) * 8000)
        part = frame.to_ndarray()[0][max(-start, 0) :]
        wave[max(start, 0) :][: len(part)] = part[: len(wave) - max(start, 0)]
        start += frame.samples
    return wave


def texts(path: Path) -> list[tuple[float, str]]:
    """What is shown as subtitles, and when."""
    with av.open(str(path)) as container:
        stream = container.streams.subtitles[0]
        read = [(packet, stream.codec_context.decode2(packet)) for packet in container.demux(stream) if packet.size]
    return [(round(float(p.pts * p.time_base), 2), s[0].dialogue.decode()) for p, s in read if s is not None and len(s)]


@pytest.mark.parametrize(
    ("before", "codec", "sound", "after", "becomes"),
    [
        ("in.mp4", "libx264", "aac", "out.webm", "opus"),
        ("in.wmv", "wmv2", "wmav2", "out.mp4", "aac"),
        ("in.mkv", "libx264", "libopus", "out.avi", "mp3"),
    ],
)
def test_sound_is_converted_where_the_file_cannot_hold_it(
    make_clip: MakeClip, before: str, codec: str, sound: str, after: str, becomes: str
) -> None:
    """Said in a line; what is heard is the same, at the same time."""
    source = make_clip(before, 50, codec=codec, sound=sound, options={})
    result = painted(source, after)
    assert [n for n in result.notes if "converted to" in n] == [
        f"{result.output.suffix} files hold no {_codec(source)} sound: converted to {becomes}"
    ]
    a, b = (heard(path) for path in (source, result.output))
    begins, ends = zip(
        *((loud[0], loud[-1]) for loud in (np.flatnonzero(np.abs(x) > 0.1) for x in (a, b))), strict=True
    )
    assert np.ptp(begins) < 240 and np.ptp(ends) < 400  # 30 ms: AVI cannot tell an encoder's delay; 50 ms
    moved = [np.corrcoef(a[3000:14_000], b[3000 + lag : 14_000 + lag])[0, 1] for lag in range(-9, 10)]
    assert max(moved) > 0.9


def _codec(path: Path) -> str:
    with av.open(str(path)) as container:
        return container.streams.audio[0].codec_context.name


def test_subtitles_become_what_the_file_can_hold(make_clip: MakeClip) -> None:
    """There and back: the same words at the same times."""
    source = make_clip("in.mkv", 20, subtitles=True)
    first = painted(source, "out.mp4")
    assert ".mp4 files hold no srt subtitles: converted to mov_text" in first.notes
    second = painted(first.output, "back.mkv")
    assert ".mkv files hold no mov_text subtitles: converted to subrip" in second.notes
    assert texts(source) == texts(first.output) == texts(second.output) == [(0.1, "Hello")]


def test_subtitles_that_are_pictures_are_refused_with_a_way_out(make_clip: MakeClip, tmp_path: Path) -> None:
    """Or left out with a note where the caller says that they need not be there."""
    plain, source = make_clip(), tmp_path / "pictures.mkv"
    with av.open(str(plain)) as a, av.open(str(source), "w") as b:
        video = b.add_stream_from_template(a.streams.video[0], opaque=True)
        b.add_mux_stream("hdmv_pgs_subtitle")
        for packet in a.demux():
            if packet.size:
                packet.stream = video
                b.mux(packet)
    with pytest.raises(VideoError, match=r"\.mp4 files hold no pgssub subtitles.*: write \.mkv, which does, or leave"):
        painted(source, "out.mp4")
    assert painted(source, "out.mkv").frames == 12
    lenient = transform_video(source, tmp_path / "out.mp4", Unchanged(), encoding=FAST, strict=False)
    assert lenient.notes == ["left out of out.mp4: subtitles (pgssub)"]


def test_bits_that_a_codec_cannot_hold_are_told(make_clip: MakeClip) -> None:
    source = make_clip("in.mkv", 3, pix_fmt="yuv420p10le", options={})
    told = [note for note in painted(source, "out.avi").notes if "bits" in note]
    assert told == ["mpeg4 stores 8 of the 10 bits of a colour: codec ffv1 keeps all"]
    assert not any("bits" in note for note in painted(source, "out.mp4").notes)


def test_flags_of_streams_are_kept(make_clip: MakeClip, tmp_path: Path) -> None:
    """Which sound is the default, which subtitles are forced."""
    plain, source = make_clip("in.mkv", sound="aac", subtitles=True), tmp_path / "flags.mkv"
    kinds = av.stream.Disposition
    wanted = [kinds.default, kinds.default | kinds.comment, kinds.forced]
    with av.open(str(plain)) as a, av.open(str(source), "w") as b:
        copies = [b.add_stream_from_template(stream, opaque=True) for stream in a.streams]
        for copy, flags in zip(copies, wanted, strict=True):
            copy.disposition = flags
        for packet in a.demux():
            if packet.size:
                packet.stream = copies[packet.stream_index]
                b.mux(packet)
    with av.open(str(painted(source, "out.mkv").output)) as container:
        assert [stream.disposition for stream in container.streams] == wanted


@pytest.mark.parametrize(("suffix", "begin"), [(".mp4", 0), (".mkv", 10)])
def test_chapters_keep_their_place(make_clip: MakeClip, tmp_path: Path, suffix: str, begin: int) -> None:
    """Beside the frames, whatever the file's clock begins with; their titles are no stream that is left out."""
    plain = make_clip("plain.mkv", 25, pts=[1000 * begin + 40 * i for i in range(25)], time_base=Fraction(1, 1000))
    source = tmp_path / f"in{suffix}"
    with av.open(str(plain)) as a, av.open(str(source), "w") as b:
        stream = b.add_stream_from_template(a.streams.video[0])
        b.set_chapters([
            {"id": at, "start": 1000 * begin + at, "end": 1000 * begin + at + 400, "time_base": Fraction(1, 1000),
             "metadata": {"title": f"from {at}"}}
            for at in (0, 400)
        ])  # fmt: skip
        for packet in a.demux():
            if packet.size:
                packet.stream = stream
                b.mux(packet)
    result = painted(source, "out.mkv")
    with av.open(str(result.output)) as container:
        chapters = [(c["metadata"]["title"], c["start"] * c["time_base"]) for c in container.chapters()]
    assert chapters == [("from 0", 0), ("from 400", Fraction(4, 10))] and result.notes == []


def test_covers_and_further_videos(make_clip: MakeClip, tmp_path: Path) -> None:
    """A cover stays where it can, what is left out is listed in one line."""
    plain, other, source = make_clip(sound="aac"), make_clip("other.mp4", 3, (32, 32)), tmp_path / "more.mp4"
    picture = make_clip("cover.mkv", 1, (40, 40), codec="mjpeg", pix_fmt="yuvj420p", full=True)
    with av.open(str(source), "w") as b:
        for path, flags in ((plain, None), (other, 0), (picture, av.stream.Disposition.attached_pic)):
            with av.open(str(path)) as a:
                copies = [b.add_stream_from_template(stream, opaque=True) for stream in a.streams]
                for copy in copies if flags is not None else []:
                    copy.disposition = flags
                if path == plain:
                    first = copies, [packet for packet in a.demux() if packet.size]
                    continue
                if path == other:
                    second = copies, [packet for packet in a.demux() if packet.size]
                    continue
                for copies, found in (first, second, (copies, [packet for packet in a.demux() if packet.size])):  # noqa: B020
                    for packet in found:
                        packet.stream = copies[packet.stream_index]
                        b.mux(packet)
    for name, kept, left in (
        ("out.mp4", ["video", "audio", "video"], ["another video (h264 32x32)"]),
        ("out.mkv", ["video", "audio"], ["another video (h264 32x32)", "the cover picture"]),
    ):
        result = painted(source, name)
        assert result.notes == [f"left out of {name}: {', '.join(left)}"]
        with av.open(str(result.output)) as container:
            assert [stream.type for stream in container.streams] == kept
        assert len(decoded(result.output)) == 12


@pytest.mark.parametrize("name", ["out.mp4", "out.mkv"])
def test_sound_that_cannot_be_copied_after_all_is_converted(make_clip: MakeClip, name: str) -> None:
    """The frames are painted by then: there is a result, and it says what became of the sound."""
    source = make_clip("film.ts", 50, sound="aac", options={"preset": "ultrafast"})
    data, chance = bytearray(source.read_bytes()), np.random.default_rng(1)
    sound = [at for at in range(0, len(data), 188) if ((data[at + 1] & 31) << 8) + data[at + 2] == 0x101]
    for at in sound[len(sound) // 2 :]:
        data[at + 20 : at + 188] = chance.bytes(168)
    source.write_bytes(data)
    result = painted(source, name)
    assert result.frames == len(decoded(result.output)) == 50
    [problem] = [problem for problem in result.problems if "sound" in problem]
    assert "damaged: it could not be copied and was converted" in problem
    loud = np.flatnonzero(np.abs(heard(result.output)) > 0.1)
    assert loud[-1] - loud[0] > 8000 * 0.7  # the half that is whole
