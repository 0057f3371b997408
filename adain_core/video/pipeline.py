"""A video from beginning to end: reading, network and writing at the same time, in segments that outlive a stop."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor
from typing_extensions import Unpack

from ..errors import AdaINError, counted
from ..model import AdaIN
from ..system.file_names import fitting
from .encoding import Encoding
from .frames import FrameStylizer, VideoKeywords, VideoStyle
from .opening import open_source, source_files
from .overlap import Ahead, Behind
from .pyav import av
from .reading import Frame, VideoError
from .retiming import parse_rate
from .segments import Segments, folder_of, job_in, known
from .sequences import is_pattern
from .sinks import choose_sink, counts_frames, existing
from .sources import Source
from .span import Moment, Span
from .writing import Finished, SegmentWriter

SEGMENT_FRAMES = 64
"""Frames a segment, rounded up to whole batches: what a kill can cost."""

WAITING = 2
"""Batches that may wait before and after the network."""

VideoProgress = Callable[[int, int | None], object]
"""Called with frames done and frames in all (None if the file does not tell); raise from it to stop."""


VideoWatch = Callable[[Tensor], object]
"""Called after each batch with its frames, (B, H, W, 3), of 8 bits or float in [0, 1]: for a look at what comes out."""


class Process(Protocol):
    """What is done to the frames; :class:`FrameStylizer` is one.

    Attributes:
        device: where frames are wanted, and come out.
    """

    device: torch.device

    def __call__(self, frames: Tensor, seconds: Sequence[float], fresh: Sequence[bool]) -> Tensor:
        """(B, 3, H, W) float32 in [0, 1] to the same."""
        ...

    def batch_size(self, height: int, width: int) -> int:
        """Frames a batch."""
        ...

    def state(self) -> dict[str, Tensor]:
        """What must be known to go on after a stop."""
        ...

    def restore(self, state: dict[str, Tensor]) -> None:
        """Go on."""
        ...


@dataclass(frozen=True)
class VideoResult:
    """What was written.

    Attributes:
        output: the file.
        frames: how many.
        resumed: how many of them an earlier run had done.
        notes: what is worth knowing, one sentence each.
        problems: what of the source could not be read; empty if all was.
    """

    output: Path
    frames: int
    resumed: int = 0
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def stylize_video(
    model: AdaIN,
    source: str | Path,
    output: str | Path,
    style: VideoStyle,
    *,
    size: int | None = None,
    batch: int | None = None,
    start: Moment | None = None,
    end: Moment | None = None,
    fps: float | str | None = None,
    encoding: Encoding | None = None,
    sound: bool = True,
    subtitles: bool = True,
    strict: bool = True,
    force: bool = False,
    resume: bool = False,
    progress: VideoProgress | None = None,
    watch: VideoWatch | None = None,
    **options: Unpack[VideoKeywords],
) -> VideoResult:
    """Repaint a video in a style. Times, rotation, sound, subtitles, chapters and colour range stay as they are.

    Source and output may also be animated pictures (GIF, WebP, APNG), whose durations, alpha and number of plays are
    kept, or numbered pictures ("frame_%04d.png"; as a source a folder of pictures, too).

    A stop (Ctrl-C) leaves the frames done as a playable video in :func:`partial_path`, and segments beside the output
    that `resume` goes on from; after a kill the segments are there.

    Args:
        model: encoder and decoder.
        source: any file FFmpeg reads, an animated picture, or numbered pictures.
        output: the result; its suffix chooses the file format. A name such as "frame_%04d.png" makes a picture of
            each frame, counted from 0.
        style: one style, (style, weight) pairs, or regions; see :class:`FrameStylizer`.
        size: shorter side to resize frames to, in pixels.
        batch: frames to compute at once; None chooses.
        start: the result begins here: seconds, or "h:mm:ss"; sound and subtitles are cut likewise. Times of key
            frames and of masks that move stay those of the whole source.
        end: the result ends here.
        fps: frames a second. Frames are left out or repeated by their time; numbered pictures are shown at it (25
            when None).
        encoding: codec, quality and their options.
        sound: keep the sound, bit by bit where the file can hold it.
        subtitles: keep the subtitles, converted where the file cannot hold them.
        strict: refuse a file that cannot hold one of these in any form (subtitles that are pictures in an MP4); else
            it is left out, and a note says so.
        force: replace a result that exists, and segments of an earlier run.
        resume: go on where an earlier run of the same job stopped; the model must be of :func:`resumed_dtype`.
        progress: called after each batch.
        watch: shown each batch.
        **options: as for :class:`FrameStylizer`.

    Raises:
        AdaINError: what was wrong, the value and what to do.
        OSError: the disk is full, or not writable; segments that are finished stay.
        KeyboardInterrupt: stopped.
    """
    stylizer = FrameStylizer(model, style, **options)
    try:
        result = transform_video(
            source, output, stylizer, size=size, batch=batch, start=start, end=end, fps=fps, encoding=encoding,
            sound=sound, subtitles=subtitles, strict=strict, cuts=needs_cuts(stylizer), force=force, resume=resume,
            progress=progress, watch=watch, job=stylizer.job(),
        )  # fmt: skip
        result.notes.extend(stylizer.notes)
        return result
    finally:
        stylizer.close()


def transform_video(
    source: str | Path,
    output: str | Path,
    process: Process,
    *,
    size: int | None = None,
    batch: int | None = None,
    start: Moment | None = None,
    end: Moment | None = None,
    fps: float | str | None = None,
    encoding: Encoding | None = None,
    sound: bool = True,
    subtitles: bool = True,
    strict: bool = True,
    cuts: bool = False,
    force: bool = False,
    resume: bool = False,
    progress: VideoProgress | None = None,
    watch: VideoWatch | None = None,
    job: dict[str, object] | None = None,
) -> VideoResult:
    """:func:`stylize_video` with anything in the network's place.

    Args:
        process: what is done to the frames.
        cuts: whether to look for scene cuts.
        job: what the frames depend on besides source and encoding: segments of another job are not gone on with.
    """
    source, output = Path(source), Path(output)
    encoding = encoding or Encoding()
    span, rate = Span.of(start, end), None if fps is None else parse_rate(fps)
    files = source_files(source)
    _check_place(files, output, force)
    kinds = dict.fromkeys([*(["audio"] if sound else []), *(["subtitle", "attachment"] if subtitles else [])], strict)
    opened = partial(
        open_source, source, size=size, hardware=encoding.hardware, span=span, rate=rate, counted=counts_frames(output)
    )
    with contextlib.closing(opened(cuts=cuts)) as reader:
        info = reader.info
        sink = choose_sink(info, output, encoding, kinds, span, partial(opened, cuts=False))
        encoder = sink.encoder
        count = batch or process.batch_size(info.height, info.width)
        segments = Segments(output, {
            "source": _identity(files),
            "size": f"{info.width}x{info.height}" if size is None else size,
            "cuts": cuts,
            "start": span.start and str(span.start),
            "end": span.end and str(span.end),
            "fps": rate and str(rate),
            "codec": known(encoder.called(), *asdict(encoder).values()),
            **(job or {}),
        })  # fmt: skip
        eight_bits = max(c.bits for c in av.VideoFormat(encoder.pix_fmt, 16, 16).components) <= 8
        segments.open(resume=resume, force=force)
        before = list(segments.all())
        done = resumed = sum(len(segment.pts) for segment in before)
        if before:
            process.restore(segments.state(len(before) - 1))
        writer = SegmentWriter(segments, encoder, len(before), -(-SEGMENT_FRAMES // count) * count)
        behind = Behind(writer.write, WAITING)
        try:
            with contextlib.closing(painted(reader, process, done, count, eight_bits)) as batches:
                for finished in batches:
                    behind.put(finished)
                    done += len(finished.pts)
                    if watch is not None:
                        watch(finished.pixels)
                    if progress is not None:
                        progress(done, None if info.frames is None else max(info.frames, done))
            _finish(behind, writer)
        except BaseException:
            with contextlib.suppress(AdaINError, OSError, av.error.FFmpegError):  # what happened first is raised
                _finish(behind, writer)
                done_so_far = list(segments.all())
                if done_so_far:
                    sink.write(done_so_far, partial_path(output), whole=False)
            raise
        try:
            lost = sink.write(list(segments.all()), output, whole=True)
        except av.error.FFmpegError as e:
            if isinstance(e, OSError):
                raise
            raise VideoError(f"{output} could not be written ({e}): its frames are kept, try another suffix") from e
        segments.remove()
        for file in existing(partial_path(output)):
            file.unlink(missing_ok=True)
        return VideoResult(output, done, resumed, [*sink.notes, *reader.notes], [*reader.problems, *lost])


def painted(
    source: Source, process: Process, skip: int, count: int, eight_bits: bool, most: int | None = None
) -> Generator[Finished, None, None]:
    """The source's frames through the network, in batches, read ahead.

    Args:
        source: of the frames.
        process: what is done to them.
        skip: how many are left out at the beginning.
        count: frames a batch.
        eight_bits: whether they are rounded to bytes.
        most: how many are wanted; None is all.
    """
    wanted = islice(source.frames(skip), most)
    with Ahead(_batches(wanted, count, process.device), WAITING) as batches:
        for x, frames in batches:
            yield _process(process, x, frames, eight_bits)


def needs_cuts(stylizer: FrameStylizer) -> bool:
    """Whether a stylizer is to be told where scenes begin."""
    return stylizer.options.steady > 0 or stylizer.options.follow > 0


def _check_place(files: Sequence[Path], output: Path, force: bool) -> None:
    """Refuse an output that is in the way of something, or of which there is no folder."""
    there, read = ({(s.st_dev, s.st_ino) for s in map(Path.stat, some)} for some in (existing(output), files))
    if there & read:
        raise VideoError(f"{output} is the source: write the result to another file")
    if is_pattern(output) and len(files) > 1 and output.parent.resolve() == files[0].parent.resolve():
        raise VideoError(f"{output.parent} is the source's folder: write the pictures into another one")
    if there and not force:
        raise VideoError(f"{output} exists: add --force to replace it")
    folder = output.parent.parent if is_pattern(output) else output.parent
    if not folder.is_dir():
        raise VideoError(f"no folder {str(folder)!r} to write {output.name} into: make it first")


def _identity(files: Sequence[Path]) -> object:
    """What tells a source from another, in words."""
    stats = [(str(file.resolve()), (status := file.stat()).st_size, status.st_mtime_ns) for file in files]
    if len(stats) == 1:
        path, size, changed = stats[0]
        return f"{path} of {size} bytes, changed at {changed / 1e9:.9f}"
    return known(f"{counted(len(files), 'picture')} in {files[0].resolve().parent}", *stats)


def partial_path(output: str | Path) -> Path:
    """Where a stopped run leaves the frames that are done, as a video."""
    output = Path(output)
    return output.with_name(fitting(output.stem, f".partial{output.suffix}"))


def finished_frames(output: str | Path) -> int:
    """How many frames a stopped run has finished."""
    finished = Segments(Path(output), {}).all() if folder_of(Path(output)).exists() else ()
    return sum(len(segment.pts) for segment in finished)


def resumed_dtype(output: str | Path) -> str | None:
    """The number format in which a stopped run has computed: a model that goes on with it must have the same."""
    found = job_in(folder_of(Path(output))).get("dtype")
    return None if found is None else str(found)


def _process(process: Process, x: Tensor, frames: list[Frame], eight_bits: bool) -> Finished:
    """One batch (B, 3, H, W) through the network, rounded to bytes where the video takes no more."""
    x = x.float() / 255 if x.dtype == torch.uint8 else x.clamp(0, 1)
    y = process(x, [f.seconds for f in frames], [f.cut for f in frames])
    y = (y * 255).round_().to(torch.uint8) if eight_bits else y
    pixels = y.permute(0, 2, 3, 1).contiguous()  # (B, H, W, 3)
    return Finished(pixels, [f.pts for f in frames], [f.duration for f in frames], process.state())


def _finish(behind: Behind[Finished], writer: SegmentWriter) -> None:
    """Let the writer finish what it has; where it failed, leave the open segment."""
    try:
        behind.finish()
        writer.close()
    except BaseException:
        writer.abandon()
        raise


def _batches(frames: Iterator[Frame], count: int, device: torch.device) -> Iterator[tuple[Tensor, list[Frame]]]:
    """Frames by `count`, counted from the beginning whatever was skipped, and as (B, 3, H, W) on the device."""
    batch: list[Frame] = []

    def stacked() -> Tensor:
        return torch.stack([f.pixels for f in batch]).to(device).permute(0, 3, 1, 2)

    for frame in frames:
        batch.append(frame)
        if (frame.number + 1) % count == 0:
            yield stacked(), batch
            batch = []
    if batch:
        yield stacked(), batch
