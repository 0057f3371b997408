"""What an encoder does not take is refused in one line before the first frame, by what this FFmpeg says of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from video.clips import MakeClip, Unchanged, av

from adain_core.video import Encoding, VideoError, transform_video

NEEDS_DESCRIPTIONS = pytest.mark.skipif(
    not hasattr(av.CodecContext, "supported_options"), reason="PyAV before 18 hands on no descriptions of options"
)


def refused(encoding: Encoding, source: Path, name: str = "out.mkv") -> str:
    output = source.with_name(name)
    with pytest.raises(VideoError) as caught:
        transform_video(source, output, Unchanged(), encoding=encoding)
    assert "\n" not in str(caught.value) and not output.exists()
    assert not [p for p in source.parent.iterdir() if p.name.endswith(".parts")]
    return str(caught.value)


def test_an_option_that_the_encoder_does_not_know(make_clip: MakeClip) -> None:
    clip = make_clip()
    assert "libx264: no option 'foo'" in refused(Encoding(options={"foo": "bar"}), clip)
    assert "mpeg4: no option 'foo'" in refused(Encoding("mpeg4", options={"foo": "1"}), clip)


@NEEDS_DESCRIPTIONS
def test_near_names_are_suggested(make_clip: MakeClip) -> None:
    assert "no option 'tuns'; near ones are tune" in refused(Encoding(options={"tuns": "grain"}), make_clip())


def test_an_option_within_an_option(make_clip: MakeClip) -> None:
    """FFmpeg warns of it and goes on without."""
    assert "Error parsing option 'foo" in refused(Encoding(options={"x264-params": "foo=1"}), make_clip())


@NEEDS_DESCRIPTIONS
@pytest.mark.parametrize(
    ("encoding", "sentence"),
    [
        (Encoding(crf=99), "crf is 99, but libx264 takes -1 to 51"),
        (Encoding(options={"crf": "99"}), "crf is 99, but libx264 takes -1 to 51"),
        (Encoding("vp9", crf=99), "crf is 99, but libvpx-vp9 takes -1 to 63"),
        (Encoding(options={"bf": "-7"}), "bf is -7, but libx264 takes -1 or more"),
    ],
)
def test_a_number_out_of_range(make_clip: MakeClip, encoding: Encoding, sentence: str) -> None:
    assert sentence in refused(encoding, make_clip())


def test_what_encoders_say_themselves_is_the_reason_and_not_on_stderr(
    make_clip: MakeClip, capfd: pytest.CaptureFixture[str]
) -> None:
    assert "invalid tune 'warp'" in refused(Encoding(options={"tune": "warp"}), make_clip())
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("codec", ["av1", "hevc"])
def test_encoders_write_no_log(
    make_clip: MakeClip, tmp_path: Path, unchanged: Unchanged, capfd: pytest.CaptureFixture[str], codec: str
) -> None:
    encoder = {"av1": "libsvtav1", "hevc": "libx265"}[codec]
    if encoder not in av.codecs_available:
        pytest.skip(f"this FFmpeg has no {encoder}: its log was NOT looked at")
    options = {"x265-params": "aq-mode=1"} if codec == "hevc" else {}
    source = make_clip(frames=4, size=(128, 96))
    transform_video(source, tmp_path / "out.mkv", unchanged, encoding=Encoding(codec, options=options))
    assert capfd.readouterr().err == ""
