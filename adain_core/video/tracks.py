"""What becomes of a video's other streams: copied, converted where the file cannot hold them, or left out."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from .pyav import av
from .pyav import create as open_to_write
from .reading import VideoError, VideoInfo, video_stream

SOUND = ("aac", "libopus", "libmp3lame", "ac3", "mp2", "flac")
"""Encoders of sound that cannot be copied: the first that the file holds."""

SOUND_BY_CONTAINER = {".avi": ("libmp3lame", *SOUND)}
"""Where another is played by more programs."""

SUBTITLES = ("mov_text", "srt", "webvtt", "ass")
"""Likewise of subtitles that are text."""

WORDS = {"audio": "sound", "subtitle": "subtitles", "attachment": "an attached file", "video": "another video"}
"""What kinds of streams are called."""


@dataclass(frozen=True)
class Track:
    """One of the source's streams in the result.

    Attributes:
        index: its number in the source.
        encoder: FFmpeg's name of what it is converted with; None copies its packets.
        layout: of the channels of converted sound.
    """

    index: int
    encoder: str | None = None
    layout: str = ""


def plan(
    source: av.container.InputContainer, info: VideoInfo, output: Path, kinds: Mapping[str, bool]
) -> tuple[list[Track], list[str]]:
    """The tracks of the result, and what is worth knowing of them.

    Args:
        source: the video.
        info: what is known of it.
        output: its suffix chooses the file format.
        kinds: of streams that are wanted, "audio", "subtitle" or "attachment", and whether one that the file cannot
            hold is refused; else it is left out.

    Raises:
        VideoError: the file format cannot hold a stream that must be there: names it, and what to do.
    """
    tracks, notes, lost = [], [], []
    painted = video_stream(source, info.path)
    for stream in source.streams:
        if stream.index == painted.index or (stream.type in ("audio", "subtitle") and stream.type not in kinds):
            continue
        if _is_of_chapters(stream):
            continue
        track = _track(source, stream, output, kinds)
        if track is None:
            lost.append(_called(stream))
            continue
        tracks.append(track)
        if track.encoder is not None:
            notes.append(
                f"{output.suffix} files hold no {_codec(stream)} {WORDS[stream.type]}: converted to "
                f"{av.Codec(track.encoder, 'w').canonical_name}"
            )
    if lost:
        notes.append(f"left out of {output.name}: {', '.join(lost)}")
    return tracks, notes


def converted(tracks: Sequence[Track], source: av.container.InputContainer, output: Path) -> list[Track]:
    """The same, with all sound that would be copied converted: what it takes when packets are not what they say."""
    return [
        _conversion(source, source.streams[t.index], output) or t
        if t.encoder is None and source.streams[t.index].type == "audio"
        else t
        for t in tracks
    ]


def add(container: av.container.OutputContainer, source: av.container.InputContainer, track: Track) -> av.stream.Stream:
    """A track's stream in a result.

    Raises:
        ValueError, av.error.FFmpegError: the container holds no such stream.
    """
    stream = source.streams[track.index]
    if track.encoder is None:
        made = container.add_stream_from_template(stream, opaque=True)
    elif isinstance(stream, av.AudioStream):
        made = container.add_stream(track.encoder, rate=_rate(track.encoder, stream.rate))
        assert isinstance(made, av.AudioStream)
        made.codec_context.layout = track.layout
        made.codec_context.bit_rate = 96_000 * made.codec_context.layout.nb_channels
    else:
        assert isinstance(stream, av.subtitles.stream.SubtitleStream)
        made = container.add_stream(track.encoder)
        assert isinstance(made, av.subtitles.stream.SubtitleStream)
        stream.codec_context.open(strict=False)
        made.codec_context.subtitle_header = stream.codec_context.subtitle_header
        made.codec_context.time_base = Fraction(stream.time_base or 1)
    made.disposition = stream.disposition
    return made


class Nowhere(io.BytesIO):
    """A file for a trial; FFmpeg takes the format from its name."""

    def __init__(self, output: Path) -> None:
        super().__init__()
        self.name = output.name


def create(file: Path | Nowhere, output: Path) -> av.container.OutputContainer:
    """A file of the output's format to write into.

    Raises:
        VideoError: FFmpeg does not know the format.
        OSError: the file is not writable.
    """
    suffix = output.suffix.lower()
    options = {"movflags": "+faststart"} if suffix in (".mp4", ".m4v", ".mov") else {}
    if suffix == ".avi":  # counts frames: sound that begins a little before would move all but the first by one
        options = {"avoid_negative_ts": "disabled"}
    try:
        if isinstance(file, Nowhere):
            return av.open(file, "w")
        return open_to_write(file, options=options)
    except (ValueError, av.error.FFmpegError) as e:
        if isinstance(e, OSError):
            raise
        raise VideoError(
            f"{output.name}: FFmpeg writes no {output.suffix or 'nameless'} files; try .mp4, .mkv, .webm or .mov"
        ) from e


def _track(
    source: av.container.InputContainer, stream: av.stream.Stream, output: Path, kinds: Mapping[str, bool]
) -> Track | None:
    """What becomes of a stream; None if it is left out."""
    if stream.type not in kinds and not _is_cover(stream):
        return None
    if _holds(source, stream, output, Track(stream.index)):
        return Track(stream.index)
    if stream.type not in ("audio", "subtitle"):
        return None
    track = _conversion(source, stream, output)
    if track is None and kinds[stream.type]:
        word, mkv = WORDS[stream.type], output.with_suffix(".mkv")
        other = (
            "write .mkv, which does, or " if mkv != output and _holds(source, stream, mkv, Track(stream.index)) else ""
        )
        raise VideoError(
            f"{output.suffix} files hold no {_codec(stream)} {word}, and it cannot be converted: {other}leave the "
            f"{word} out (--no-{word})"
        )
    return track


def _conversion(source: av.container.InputContainer, stream: av.stream.Stream, output: Path) -> Track | None:
    """How a stream can be converted for the file, if it can."""
    for track in _conversions(stream, output):
        if _holds(source, stream, output, track):
            return track
    return None


def _conversions(stream: av.stream.Stream, output: Path) -> Iterator[Track]:
    context = stream.codec_context
    if isinstance(stream, av.AudioStream) and context is not None and context.codec.is_decoder:
        for encoder in SOUND_BY_CONTAINER.get(output.suffix.lower(), SOUND):
            for layout in dict.fromkeys((stream.layout.name, "stereo")):
                yield Track(stream.index, encoder, layout)
    elif stream.type == "subtitle" and context is not None and context.codec.text_sub:
        yield from (Track(stream.index, encoder) for encoder in SUBTITLES)


def _holds(source: av.container.InputContainer, stream: av.stream.Stream, output: Path, track: Track) -> bool:
    """Whether a file of the format can begin with a stream."""
    try:
        with create(Nowhere(output), output) as container:
            add(container, source, track)
            container.start_encoding()
    except VideoError:
        raise
    except (ValueError, RuntimeError, OSError, av.error.FFmpegError):
        return False
    return not _is_cover(stream) or output.suffix.lower() in (".mp4", ".m4v", ".mov")


def _rate(encoder: str, rate: int) -> int:
    """The sample rate that an encoder takes, not below the sound's own if there is one."""
    rates = sorted(av.Codec(encoder, "w").audio_rates or [rate])
    return next((known for known in rates if known >= rate), rates[-1])


def _is_cover(stream: av.stream.Stream) -> bool:
    return stream.type == "video" and bool(stream.disposition & av.stream.Disposition.attached_pic)


def _is_of_chapters(stream: av.stream.Stream) -> bool:
    """Whether a stream holds the titles of MP4's chapters, which FFmpeg reads as chapters and not as a stream."""
    discard = getattr(stream, "discard", None)  # PyAV 17 does not tell
    return stream.type == "data" and discard is not None and discard == av.stream.Discard.all


def _codec(stream: av.stream.Stream) -> str:
    return stream.codec_context.name if stream.codec_context else "unknown"


def _called(stream: av.stream.Stream) -> str:
    """What a stream that is left out is called."""
    if _is_cover(stream):
        return "the cover picture"
    if isinstance(stream, av.VideoStream) and stream.codec_context:
        return f"another video ({_codec(stream)} {stream.codec_context.width}x{stream.codec_context.height})"
    if stream.type in ("audio", "subtitle"):
        return f"{WORDS[stream.type]} ({_codec(stream)})"
    return (
        stream.metadata.get("filename") or stream.metadata.get("handler_name") or f"{stream.type} stream {stream.index}"
    )
