"""Segments and the source's sound, subtitles and chapters into one file, packet by packet, in ascending times."""

from __future__ import annotations

import contextlib
import heapq
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from ..errors import counted
from ..system.atomic_files import replacing
from .converting import Convert, converter
from .encoding import Encoder
from .packets import Packets
from .pyav import address, av
from .reading import VideoError, VideoInfo, open_video, video_stream
from .segments import Segment
from .tracks import Nowhere, Track, add, converted, create, plan
from .trimming import Trim

NOT_COPIED = {"encoder", "major_brand", "minor_version", "compatible_brands", "creation_time", "rotate", "DURATION"}
"""Labels that are about the source's file, not about the video."""


def check_container(
    info: VideoInfo, encoder: Encoder, output: Path, kinds: Mapping[str, bool]
) -> tuple[list[Track], list[str]]:
    """What goes into the result beside the video, tried out before any work, and what is worth knowing of it.

    Raises:
        VideoError: the file format cannot hold it: names the stream, and what to do.
    """
    with _beside(info) as source, create(Nowhere(output), output) as container:
        try:
            stream = container.add_stream(encoder.name, rate=encoder.rate, options=dict(encoder.options))
        except (ValueError, av.error.FFmpegError) as e:
            raise VideoError(f"{output.suffix} files hold no {encoder.name} video: write .mkv, or another codec") from e
        assert isinstance(stream, av.VideoStream)
        encoder.configure(stream.codec_context)
        tracks: list[Track] = []
        notes: list[str] = []
        if source is not None:
            tracks, notes = plan(source, info, output, kinds)
            for track in tracks:
                add(container, source, track)
        try:
            container.start_encoding()
        except (ValueError, av.error.FFmpegError) as e:
            raise VideoError(
                f"{output.suffix} files cannot hold what is in {info.path} ({e}): write .mkv, or leave "
                "sound and subtitles out"
            ) from e
        return tracks, notes


def join(
    segments: Sequence[Segment],
    info: VideoInfo,
    output: Path,
    tracks: Sequence[Track],
    *,
    whole: bool,
    from_zero: bool = False,
) -> list[str]:
    """Write the result, whole or not at all.

    Sound that cannot be copied after all, because its packets are not what the source says, is converted; what cannot
    be converted either is left out.

    Args:
        segments: the stylized frames.
        info: the source.
        output: where to.
        tracks: what of the source goes with them.
        whole: whether these are all frames; otherwise what is copied ends with them.
        from_zero: whether the result's clock begins with the first of these frames, and what is copied, too.

    Returns:
        What went wrong with the tracks, one sentence each.

    Raises:
        VideoError: no segment, or segments that different encoders made.
        OSError: the disk is full, or not writable.
    """
    if not segments:
        raise VideoError(f"no frame of {info.path} is finished: nothing to write")
    trim = Trim(
        segments[0].pts[0] * info.time_base if from_zero else None,
        None if whole else (segments[-1].pts[-1] + _duration(segments[-1], info)) * info.time_base,
    )
    with _beside(info) as source:
        others = [] if source is None else converted(tracks, source, output)
    problems: list[str] = []
    for attempt, said in (
        (tracks, ""),
        (others, f"the sound of {info.path} is damaged: it could not be copied and was converted"),
        ([], f"{output} has no sound and no subtitles: those of {info.path} are damaged"),
    ):
        try:
            _write(segments, info, output, attempt, trim)
            return [f"{said} ({problems[0]})"] if said else []
        except av.error.FFmpegError as e:
            if isinstance(e, OSError):
                raise
            problems.append(str(e.strerror or e))
    raise VideoError(
        f"{output} could not be written ({problems[-1]}): its frames are kept as videos in {segments[0].path.parent}"
    )


def _beside(info: VideoInfo) -> contextlib.AbstractContextManager[av.container.InputContainer | None]:
    """The source, where it may hold more than frames."""
    return open_video(info.path) if info.streams else contextlib.nullcontext()


def _write(segments: Sequence[Segment], info: VideoInfo, output: Path, tracks: Sequence[Track], trim: Trim) -> None:
    """Write the result with these tracks."""
    with (
        replacing(output) as temporary,
        _beside(info) as source,
        av.open(address(segments[0].path)) as first,
    ):
        container = create(temporary, output)
        template = first.streams.video[0]
        video = container.add_stream_from_template(template, opaque=True)
        video.time_base = info.time_base
        extradata = bytes(template.codec_context.extradata or b"")
        streams = [_video_packets(segments, info, video, extradata)]
        if source is not None:
            made = {track.index: add(container, source, track) for track in tracks}
            _copy_labels(source, container, video_stream(source, info.path), video, trim)
            for index, stream in made.items():
                _copy_names(source.streams[index], stream)
            converters = {t.index: converter(source.streams[t.index], made[t.index]) for t in tracks if t.encoder}
            if made:
                streams.append(_other_packets(source, made, converters, trim))
        try:
            container.start_encoding()  # sets the streams' time bases
            for _, _, packet in heapq.merge(*streams, key=lambda entry: entry[:2]):
                trim.move(packet)
                container.mux_one(packet)
            container.close()
        except BaseException:
            _drop(container)
            raise


def _drop(container: av.container.OutputContainer) -> None:
    with contextlib.suppress(av.error.FFmpegError, OSError, ValueError):
        container.close()


def _copy_labels(
    source: av.container.InputContainer,
    container: av.container.OutputContainer,
    stream: av.VideoStream,
    video: av.VideoStream,
    trim: Trim,
) -> None:
    video.disposition = stream.disposition
    container.metadata.update({k: v for k, v in source.metadata.items() if k not in NOT_COPIED})
    _copy_names(stream, video)
    chapters = trim.chapters(_chapters(source))
    if chapters:
        container.set_chapters(chapters)


def _chapters(source: av.container.InputContainer) -> list[Any]:
    """The source's, by the clock of its :class:`Packets`."""
    zero = Fraction(source.start_time or 0, av.time_base)
    found = []
    for chapter in source.chapters():
        shift = round(zero / Fraction(chapter["time_base"] or 1))
        found.append({**chapter, "start": max(chapter["start"] - shift, 0), "end": max(chapter["end"] - shift, 0)})
    return found


def _copy_names(stream: av.stream.Stream, made: av.stream.Stream) -> None:
    made.metadata.update({k: v for k, v in stream.metadata.items() if k not in NOT_COPIED})


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
        with av.open(address(segment.path)) as container_in:
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
                f"{segment.path} holds {counted(len(packets), 'frame')}, not {len(segment.pts)}: begin anew with force"
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
    with av.open(address(path)) as container:
        shown = [packet.pts for packet in container.demux(container.streams.video[0]) if packet.size]
    order = {pts: i for i, pts in enumerate(sorted(shown))}
    return max((i - order[pts] for i, pts in enumerate(shown)), default=0)


def _other_packets(
    source: av.container.InputContainer,
    made: dict[int, av.stream.Stream],
    converters: dict[int, Convert],
    trim: Trim,
) -> Iterator[Entry]:
    """The packets of the source's other streams, as they are or converted."""
    count = 0
    last = Fraction(-(10**6))
    ascending = {index: _Ascending(stream) for index, stream in made.items()}
    for packet in Packets(source):
        index = packet.stream_index
        if index not in made:
            continue
        if not trim.keeps(packet, packet.stream.type):
            continue
        at = packet.dts if packet.dts is not None else packet.pts
        if at is not None:
            last = max(last, at * packet.time_base)
        for each in converters[index](packet) if index in converters else [packet]:
            count += 1
            yield last, count, ascending[index](each)
    for index, convert in converters.items():
        for each in convert(None):
            count += 1
            yield last, count, ascending[index](each)


class _Ascending:
    """Gives packets to a stream of the result: in its units of time, each later than the one before."""

    def __init__(self, stream: av.stream.Stream) -> None:
        self._stream = stream
        self._last: int | None = None

    def __call__(self, packet: av.Packet) -> av.Packet:
        base = Fraction(self._stream.time_base or 1)
        scale = packet.time_base / base
        pts, dts = (None if at is None else round(at * scale) for at in (packet.pts, packet.dts))
        if dts is None:
            dts = pts if pts is not None else (self._last or 0)
        if self._last is not None:
            dts = max(dts, self._last + 1)
        packet.pts, packet.dts = max(dts if pts is None else pts, dts), dts
        packet.duration = round((packet.duration or 0) * scale)
        packet.time_base, packet.stream, self._last = base, self._stream, dts
        return packet
