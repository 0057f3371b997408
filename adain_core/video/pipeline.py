"""A video from beginning to end: reading, network and writing at the same time, in segments that outlive a stop."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor
from typing_extensions import Unpack

from ..errors import AdaINError
from ..model import AdaIN
from .encoding import Encoding, choose
from .frames import FrameStylizer, VideoKeywords, VideoStyle
from .joining import check_container, join
from .overlap import Ahead, Behind
from .pyav import av
from .reading import Frame, VideoError, VideoReader
from .segments import Segments, folder_of, job_in, known
from .writing import Finished, SegmentWriter

SEGMENT_FRAMES = 64
"""Frames a segment, rounded up to whole batches: what a kill can cost."""

WAITING = 2
"""Batches that may wait before and after the network."""

VideoProgress = Callable[[int, int | None], object]
"""Called with frames done and frames in all (None if the file does not tell); raise from it to stop."""


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
    encoding: Encoding | None = None,
    sound: bool = True,
    subtitles: bool = True,
    force: bool = False,
    resume: bool = False,
    progress: VideoProgress | None = None,
    **options: Unpack[VideoKeywords],
) -> VideoResult:
    """Repaint a video in a style. Times, rotation, sound, subtitles, chapters and colour range stay as they are.

    A stop (Ctrl-C) leaves the frames done as a playable video in :func:`partial_path`, and segments beside the output
    that `resume` goes on from; after a kill the segments are there.

    Args:
        model: encoder and decoder.
        source: any file FFmpeg reads.
        output: the result; its suffix chooses the file format.
        style: one style, (style, weight) pairs, or regions; see :class:`FrameStylizer`.
        size: shorter side to resize frames to, in pixels.
        batch: frames to compute at once; None chooses.
        encoding: codec, quality and their options.
        sound: keep the sound, bit by bit where the file can hold it.
        subtitles: keep the subtitles, converted where the file cannot hold them.
        force: replace a result that exists, and segments of an earlier run.
        resume: go on where an earlier run of the same job stopped; the model must be of :func:`resumed_dtype`.
        progress: called after each batch.
        **options: as for :class:`FrameStylizer`.

    Raises:
        AdaINError: what was wrong, the value and what to do.
        OSError: the disk is full, or not writable; segments that are finished stay.
        KeyboardInterrupt: stopped.
    """
    stylizer = FrameStylizer(model, style, **options)
    try:
        return transform_video(
            source, output, stylizer, size=size, batch=batch, encoding=encoding, sound=sound, subtitles=subtitles,
            cuts=stylizer.options.steady > 0 or stylizer.options.follow > 0, force=force, resume=resume,
            progress=progress, job=stylizer.job(),
        )  # fmt: skip
    finally:
        stylizer.close()


def transform_video(
    source: str | Path,
    output: str | Path,
    process: Process,
    *,
    size: int | None = None,
    batch: int | None = None,
    encoding: Encoding | None = None,
    sound: bool = True,
    subtitles: bool = True,
    cuts: bool = False,
    force: bool = False,
    resume: bool = False,
    progress: VideoProgress | None = None,
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
    if output.exists() and source.exists() and os.path.samefile(source, output):
        raise VideoError(f"{output} is the source: write the result to another file")
    if output.exists() and not force:
        raise VideoError(f"{output} exists: add --force to replace it")
    if not output.parent.is_dir():
        raise VideoError(f"no folder {str(output.parent)!r} to write {output.name} into: make it first")
    kinds = [*(["audio"] if sound else []), *(["subtitle", "attachment"] if subtitles else [])]
    with VideoReader(source, size=size, cuts=cuts, hardware=encoding.hardware) as reader:
        info = reader.info
        encoder, notes = choose(info, output, encoding)
        tracks, told = check_container(info, encoder, output, kinds)
        count = batch or process.batch_size(info.height, info.width)
        status = source.stat()
        segments = Segments(output, {
            "source": f"{source.resolve()} of {status.st_size} bytes, changed at {status.st_mtime_ns / 1e9:.9f}",
            "size": f"{info.width}x{info.height}" if size is None else size,
            "cuts": cuts,
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
            with Ahead(_batches(reader.frames(done), count, process.device), WAITING) as batches:
                for x, frames in batches:
                    behind.put(_process(process, x, frames, eight_bits))
                    done += len(frames)
                    if progress is not None:
                        progress(done, None if info.frames is None else max(info.frames, done))
            _finish(behind, writer)
        except BaseException:
            with contextlib.suppress(AdaINError, OSError, av.error.FFmpegError):  # what happened first is raised
                _finish(behind, writer)
                join(list(segments.all()), info, partial_path(output), tracks, whole=False)
            raise
        problems = join(list(segments.all()), info, output, tracks, whole=True)
        segments.remove()
        partial_path(output).unlink(missing_ok=True)
        return VideoResult(output, done, resumed, [*notes, *reader.notes, *told], [*reader.problems, *problems])


def partial_path(output: str | Path) -> Path:
    """Where a stopped run leaves the frames that are done, as a video."""
    output = Path(output)
    return output.with_name(f"{output.stem}.partial{output.suffix}")


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
