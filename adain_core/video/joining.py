"""Segments and the source's sound, subtitles and chapters into one file, packet by packet: nothing is encoded again."""

from __future__ import annotations

import contextlib
import heapq
import io
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

from ..system.atomic_files import replacing
from .encoding import Encoder
from .pyav import av
from .reading import VideoError, VideoInfo, open_video, video_stream
from .segments import Segment
from .trimming import Trim

NOT_COPIED = {"encoder", "major_brand", "minor_version", "compatible_brands", "creation_time", "rotate", "DURATION"}
"""Labels that are about the source's file, not about the video."""


def check_container(info: VideoInfo, encoder: Encoder, output: Path, kinds: Sequence[str]) -> None:
    """Refuse a file format that cannot hold what is to go into it, before any work.

    Raises:
        VideoError: names the stream, and what to do.
    """
    with _beside(info) as source, _create(Nowhere(output), output) as container:
        try:
            stream = container.add_stream(encoder.name, rate=encoder.rate, options=dict(encoder.options))
        except (ValueError, av.error.FFmpegError) as e:
            raise VideoError(f"{output.suffix} files hold no {encoder.name} video: write .mkv, or another codec") from e
        assert isinstance(stream, av.VideoStream)
        encoder.configure(stream.codec_context)
        _add_copies(container, source, info, output, kinds)
        try:
            container.start_encoding()
        except (ValueError, av.error.FFmpegError) as e:
            raise VideoError(
                f"{output.suffix} files cannot hold what is in {info.path} ({e}): write .mkv, or leave "
                "sound and subtitles out"
            ) from e


def join(
    segments: Sequence[Segment],
    info: VideoInfo,
    output: Path,
    kinds: Sequence[str],
    *,
    whole: bool,
    from_zero: bool = False,
) -> None:
    """Write the result, whole or not at all.

    Args:
        segments: the stylized frames.
        info: the source.
        output: where to.
        kinds: which streams of the source to copy: "audio", "subtitle", "attachment".
        whole: whether these are all frames; otherwise what is copied ends with them.
        from_zero: whether the result's clock begins with the first of these frames, and what is copied, too.

    Raises:
        VideoError: no segment, or segments that different encoders made.
        OSError: the disk is full, or not writable.
    """
    if not segments:
        raise VideoError(f"no frame of {info.path} is finished: nothing to write")
    with replacing(output) as temporary, _beside(info) as source, av.open(str(segments[0].path)) as first:
        container = _create(str(temporary), output)
        template = first.streams.video[0]
        video = container.add_stream_from_template(template, opaque=True)
        video.time_base = info.time_base
        copies = _add_copies(container, source, info, output, kinds)
        trim = Trim(
            segments[0].pts[0] * info.time_base if from_zero else None,
            None if whole else (segments[-1].pts[-1] + _duration(segments[-1], info)) * info.time_base,
        )
        if source is not None:
            _copy_labels(source, container, info, video, trim)
        extradata = bytes(template.codec_context.extradata or b"")
        streams = [_video_packets(segments, info, video, extradata, container)]
        if source is not None and copies:
            streams.append(_copied_packets(source, copies, trim))
        try:
            for _, _, packet in heapq.merge(*streams, key=lambda entry: entry[:2]):
                trim.move(packet)
                container.mux_one(packet)
        except BaseException:
            _drop(container)
            raise
        container.close()


class Nowhere(io.BytesIO):
    """A file for a trial; FFmpeg takes the format from its name."""

    def __init__(self, output: Path) -> None:
        super().__init__()
        self.name = output.name


def _beside(info: VideoInfo) -> contextlib.AbstractContextManager[av.container.InputContainer | None]:
    """The source, where it may hold more than frames."""
    return open_video(info.path) if info.streams else contextlib.nullcontext()


def _create(file: str | io.BytesIO, output: Path) -> av.container.OutputContainer:
    suffix = output.suffix.lower()
    options = {"movflags": "+faststart"} if suffix in (".mp4", ".m4v", ".mov") else {}
    if suffix == ".avi":  # counts frames: sound that begins a little before would move all but the first by one
        options = {"avoid_negative_ts": "disabled"}
    try:
        return av.open(file, "w", options=options if isinstance(file, str) else {})
    except (ValueError, av.error.FFmpegError) as e:
        if isinstance(e, OSError):
            raise
        raise VideoError(
            f"{output.name}: FFmpeg writes no {output.suffix or 'nameless'} files; try .mp4, .mkv, .webm or .mov"
        ) from e


def _drop(container: av.container.OutputContainer) -> None:
    with contextlib.suppress(av.error.FFmpegError, OSError, ValueError):
        container.close()


def _add_copies(
    container: av.container.OutputContainer,
    source: av.container.InputContainer | None,
    info: VideoInfo,
    output: Path,
    kinds: Sequence[str],
) -> dict[int, av.stream.Stream]:
    """A stream in the result for each one that is copied, by the source's number."""
    if source is None:
        return {}
    video = video_stream(source, info.path).index
    copies = {}
    for stream in source.streams:
        if stream.index == video or stream.type not in kinds or (stream.type == "video"):
            continue
        try:
            copy = container.add_stream_from_template(stream, opaque=True)
        except (ValueError, av.error.FFmpegError) as e:
            name = stream.codec_context.name if stream.codec_context else stream.type
            word = {"audio": "sound", "subtitle": "subtitles"}.get(stream.type, stream.type)
            if stream.type == "attachment":
                continue  # fonts of subtitles, which other containers cannot hold
            raise VideoError(
                f"{output.suffix} files hold no {name} {word}: write .mkv, which holds all, or leave the {word} out "
                f"(--no-{word})"
            ) from e
        copy.metadata.update({k: v for k, v in stream.metadata.items() if k not in NOT_COPIED})
        copies[stream.index] = copy
    return copies


def _copy_labels(
    source: av.container.InputContainer,
    container: av.container.OutputContainer,
    info: VideoInfo,
    video: av.VideoStream,
    trim: Trim,
) -> None:
    container.metadata.update({k: v for k, v in source.metadata.items() if k not in NOT_COPIED})
    stream = video_stream(source, info.path)
    video.metadata.update({k: v for k, v in stream.metadata.items() if k not in NOT_COPIED})
    chapters = trim.chapters(source.chapters())
    if chapters:
        container.set_chapters(chapters)


def _duration(segment: Segment, info: VideoInfo) -> int:
    """How long the last frame of a segment is shown."""
    return segment.durations[-1] or max(round(1 / info.rate / info.time_base), 1)


Entry = tuple[Fraction, int, av.Packet]
"""When to write (in seconds), a number that keeps ties apart, and what."""


def _video_packets(
    segments: Sequence[Segment],
    info: VideoInfo,
    video: av.VideoStream,
    extradata: bytes,
    container: av.container.OutputContainer,
) -> Iterator[Entry]:
    """The segments' packets with the video's own times."""
    # FFmpeg wants decoding times that ascend and never lie after the time a frame is shown. With frames reordered
    # by at most `depth`, the time of the frame `depth` places before does.
    depth = max(_depth(segment.path) for segment in segments)
    step = max(round(1 / info.rate / info.time_base), 1)
    start = segments[0].pts[0]
    waiting = [start - step * (depth - i) for i in range(depth)]
    for number, segment in enumerate(segments):
        following = segments[number + 1].pts[0] if number + 1 < len(segments) else None
        ends = [*segment.pts[1:], following if following is not None else segment.pts[-1] + _duration(segment, info)]
        with av.open(str(segment.path)) as container_in:
            stream = container_in.streams.video[0]
            if bytes(stream.codec_context.extradata or b"") != extradata:
                raise VideoError(
                    f"{segment.path.name} was encoded with other settings than the segments before it (another version "
                    "of FFmpeg?): begin anew with force"
                )
            packets = [packet for packet in container_in.demux(stream) if packet.size]
        rank = {packet: i for i, packet in enumerate(sorted(packets, key=lambda p: p.pts))}
        if len(packets) != len(segment.pts):
            raise VideoError(
                f"{segment.path} holds {len(packets)} frames, not {len(segment.pts)}: begin anew with force"
            )
        waiting += segment.pts
        for packet in packets:
            shown = segment.pts[rank[packet]]
            packet.time_base = info.time_base
            packet.pts, packet.dts = shown, waiting.pop(0)
            packet.duration = ends[rank[packet]] - shown
            packet.stream = video
            yield packet.dts * info.time_base, 0, packet


def _depth(path: Path) -> int:
    """By how many places frames are reordered at most: how many are decoded before one that is shown earlier."""
    with av.open(str(path)) as container:
        shown = [packet.pts for packet in container.demux(container.streams.video[0]) if packet.size]
    order = {pts: i for i, pts in enumerate(sorted(shown))}
    return max((i - order[pts] for i, pts in enumerate(shown)), default=0)


def _copied_packets(
    source: av.container.InputContainer, copies: dict[int, av.stream.Stream], trim: Trim
) -> Iterator[Entry]:
    """The source's other packets as they are."""
    streams = [source.streams[index] for index in copies]
    count = 0
    last = Fraction(-(10**6))
    packets = source.demux(*streams)
    while True:
        try:
            packet = next(packets, None)
        except (av.error.FFmpegError, OSError):  # a file that breaks off: what there is was copied
            return
        if packet is None:
            return
        if not packet.size:
            continue
        at = packet.dts if packet.dts is not None else packet.pts
        if not trim.keeps(packet, packet.stream.type):
            continue
        if at is not None:
            last = max(last, at * packet.time_base)
        packet.stream = copies[packet.stream.index]
        count += 1
        yield last, count, packet
