"""A video's frames, one after the other: upright RGB, when each is shown, and whether a new scene begins."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import numpy as np
from torch import Tensor

from ..errors import AdaINError
from ..options import check_side
from .cuts import SIDE, SceneCuts
from .deinterlacing import Deinterlacer
from .notices import lost
from .packets import CLOCK_JUMPS, NO_CLOCK, Packets
from .pixels import Colors, display_matrix, is_deep, is_turned, to_rgb, upright
from .pyav import address, av

CONVERTERS = min(4, os.cpu_count() or 1)
"""Frames converted to RGB at once: one thread manages about 60 of 1920x1080 a second."""

EARLY = 0.5
"""Seconds that may be missing at the end of a file before it is said: streams end at different times."""

PICTURES = ("_pipe", "image2")
"""Ends of the names of FFmpeg's formats that are one picture."""


class VideoError(AdaINError):
    """A video that cannot be read or written."""


@dataclass(frozen=True)
class VideoInfo:
    """What is known of a video before it is read.

    Attributes:
        path: the file.
        width: as shown, after rotation, in pixels.
        height: likewise.
        rate: frames a second on average.
        frames: how many, as far as the file tells; an estimate.
        seconds: how long, likewise.
        time_base: seconds of one unit of the frames' times.
        codec: FFmpeg's name of the codec it is stored in.
        pix_fmt: FFmpeg's name of its pixel format.
        colors: how colours are stored.
        aspect: width by height of a pixel, as shown.
    """

    path: str
    width: int
    height: int
    rate: Fraction
    frames: int | None
    seconds: float | None
    time_base: Fraction
    codec: str
    pix_fmt: str
    colors: Colors
    aspect: Fraction


@dataclass(frozen=True, eq=False)
class Frame:
    """One frame.

    Attributes:
        pixels: (H, W, 3) RGB, uint8, or float32 in [0, 1] for videos of more than 8 bits.
        number: counted from 0.
        pts: when it is shown, in units of the video's time base.
        seconds: when it is shown, counted from the first frame.
        duration: how long, in units of the time base; 0 if the file does not tell.
        cut: whether a new scene begins here.
    """

    pixels: Tensor
    number: int
    pts: int
    seconds: float
    duration: int
    cut: bool


class VideoReader:
    """Reads a video from beginning to end: its times ascend, interlaced frames are made whole, all have one size.

    Broken places are left out and noted.

    Args:
        path: any file FFmpeg reads.
        size: shorter side to resize frames to, in pixels; sides become even numbers then. None keeps the size.
        cuts: whether to look for scene cuts.
        hardware: decode on a device when FFmpeg finds one.

    Attributes:
        info: what the video is like.
        notes: what of the video is not kept as it is, one sentence each; complete after the last frame.
        problems: what went wrong while reading, likewise.

    Raises:
        VideoError: no such file, not a video, or a video without a frame.
    """

    def __init__(self, path: str | Path, *, size: int | None = None, cuts: bool = True, hardware: bool = False) -> None:
        self._container = open_video(path, hardware)
        self._stream = video_stream(self._container, path)
        self._stream.thread_type = "AUTO"
        self._threads = threading.local()
        self.notes: list[str] = []
        self.problems: list[str] = []
        self._packets = Packets(self._container)
        self._deinterlacer = Deinterlacer()
        self._broken = 0
        self._reason = ""
        self._corrupt = 0
        self._resized = self._ended = False
        self._cuts = SceneCuts() if cuts else None
        self._decoded = self._deinterlacer(self._decode(), self._stream.time_base or Fraction(1, av.time_base))
        first = next(self._decoded, None)
        if first is None:
            self._container.close()
            reason = self._reason or self._packets.reason
            raise VideoError(f"{path} has no frame that can be read{reason and f' ({reason})'}: give another video")
        self._first: av.VideoFrame | None = first
        self._matrix = display_matrix(first)
        self._deep = is_deep(first)
        self._stored = _stored_size(first, self._matrix, size)  # as decoded, before rotation
        self.info = self._describe(str(path), first)
        self.notes += lost(self._stream, first)

    def __enter__(self) -> VideoReader:
        return self

    def __exit__(self, kind: type[BaseException] | None, e: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._container.close()

    def frames(self, skip: int = 0) -> Iterator[Frame]:
        """The frames in the order they are shown; to be called once.

        Args:
            skip: how many to leave out at the beginning; they are decoded, as what follows depends on them.
        """
        info, number, last, start = self.info, 0, None, None
        shape: tuple[int, int] | None = None
        small = av.video.reformatter.VideoReformatter()
        waiting: deque[Future[Frame]] = deque()
        with ThreadPoolExecutor(CONVERTERS) as pool:
            while True:
                decoded = self._first if number == 0 else next(self._decoded, None)
                if decoded is None:
                    self._ended = True
                    break
                self._first = None
                pts = decoded.pts if decoded.pts is not None else decoded.dts
                if decoded.time_base is not None and pts is not None and decoded.time_base != info.time_base:
                    pts = round(pts * decoded.time_base / info.time_base)
                if last is not None and (pts is None or pts <= last):  # a file that does not tell, or counts backwards
                    pts = last + max(round(1 / info.rate / info.time_base), 1)
                last = pts = pts or 0
                start = pts if start is None else start
                seconds = float((pts - start) * info.time_base)
                if shape is not None and (decoded.width, decoded.height) != shape:
                    self._note_size(decoded, seconds)
                shape = decoded.width, decoded.height
                cut = False if self._cuts is None else self._cuts(self._small(decoded, small))
                if number >= skip:
                    waiting.append(pool.submit(self._converted, decoded, number, pts, seconds, cut or number == 0))
                while len(waiting) > CONVERTERS:
                    yield waiting.popleft().result()
                number += 1
            for future in waiting:
                yield future.result()
        self._note_what_was_left_out(number)

    def _converted(self, decoded: av.VideoFrame, number: int, pts: int, seconds: float, cut: bool) -> Frame:
        """A decoded frame as RGB; called in several threads, each with a converter of its own."""
        if not hasattr(self._threads, "reformatter"):
            self._threads.reformatter = av.video.reformatter.VideoReformatter()
        pixels = upright(to_rgb(decoded, *self._stored, self._deep, self._threads.reformatter), self._matrix)
        duration = (decoded.duration or 0) * (decoded.time_base or self.info.time_base)
        return Frame(pixels, number, pts, seconds, round(duration / self.info.time_base), cut)

    def _small(self, frame: av.VideoFrame, reformatter: av.video.reformatter.VideoReformatter) -> np.ndarray:
        """A frame as cuts are looked for in it."""
        scale = min(1.0, SIDE / max(self._stored))
        width, height = (max(1, round(side * scale)) for side in self._stored)
        return reformatter.reformat(frame, width, height, "bgr24", threads=1).to_ndarray()

    def _decode(self) -> Iterator[av.VideoFrame]:
        """Decoded frames; packets that cannot be decoded are counted and passed over."""
        for packet in self._packets:
            if packet.stream_index == self._stream.index:
                yield from self._decoded_from(packet)
        yield from self._decoded_from(None)

    def _decoded_from(self, packet: av.Packet | None) -> Iterator[av.VideoFrame]:
        """The frames that a packet completes, or that are left at the end."""
        try:
            decoded = self._stream.decode(packet)
        except av.error.EOFError:
            return
        except (av.error.FFmpegError, OSError) as e:
            self._broken += 1
            self._reason = self._reason or str(e.strerror or e)
            return
        for frame in decoded:
            self._corrupt += bool(frame.is_corrupt)
            yield frame

    def _note_size(self, frame: av.VideoFrame, seconds: float) -> None:
        """Say once that frames change their size."""
        if not self._resized:
            self._resized = True
            width, height = self._stored
            self.notes.append(
                f"frames of {self.info.path} change to {frame.width}x{frame.height} at {seconds:.2f} s: all are "
                f"scaled to {width}x{height}"
            )

    def _note_what_was_left_out(self, frames: int) -> None:
        """What reading has shown; only after the last frame, that the file ends early."""
        packets, info = self._packets, self.info
        broken, declared = self._broken + packets.broken, self._declared()
        if self._ended and declared - packets.end > EARLY:
            whole = f"{float(declared):.1f} s" + (f" ({info.frames} frames)" if info.frames else "")
            self.problems.append(
                f"{info.path} ends early: it should hold {whole}, and {frames} frames could be read, until "
                f"{float(packets.end):.1f} s; the result ends with them"
            )
        else:
            broken += packets.failed
        if broken:
            self.problems.append(
                f"{broken} broken packets in {info.path} were passed over ({self._reason or packets.reason}): what "
                "they held is missing"
            )
        if self._corrupt:
            self.problems.append(f"{self._corrupt} frames of {info.path} are damaged and were stylized as they are")
        if packets.jumps:
            self.notes.append(
                f"the clock of {info.path} jumps ({packets.jumps}x): times were made to go on from each place"
            )
        if self._deinterlacer.count:
            self.notes.append(
                f"{self._deinterlacer.count} frames of {info.path} are interlaced: they were deinterlaced (bwdif)"
            )

    def _declared(self) -> Fraction:
        """Seconds that the file's head tells; 0 in formats without such a head."""
        if self._container.format.flags & (CLOCK_JUMPS | NO_CLOCK):
            return Fraction(0)
        if self._container.format.name == "avi":  # FFmpeg reckons the duration of the bytes that are there
            return self._stream.frames / self.info.rate
        return Fraction(self._container.duration or 0, av.time_base)

    def _describe(self, path: str, first: av.VideoFrame) -> VideoInfo:
        stream, container = self._stream, self._container
        rate = stream.average_rate or stream.guessed_rate or stream.base_rate or Fraction(25)
        time_base = stream.time_base or 1 / Fraction(rate)
        seconds = None
        if stream.duration:
            seconds = float(stream.duration * time_base)
        elif container.duration:
            seconds = container.duration / 1e6
        aspect = Fraction(stream.sample_aspect_ratio or 1)
        width, height = self._stored
        if is_turned(self._matrix):
            width, height, aspect = height, width, 1 / aspect
        return VideoInfo(
            path, width, height, Fraction(rate), stream.frames or (round(seconds * rate) if seconds else None),
            seconds, time_base, stream.codec_context.name, first.format.name, Colors.of(first), aspect,
        )  # fmt: skip


def open_video(path: str | Path, hardware: bool = False) -> av.container.InputContainer:
    """Open a file with FFmpeg.

    Raises:
        VideoError: no such file, or nothing FFmpeg reads.
    """
    if not Path(path).is_file():
        raise VideoError(f"no video {str(path)!r}: check the path")
    if not Path(path).stat().st_size:
        raise VideoError(f"{path} is empty (0 bytes): give a video")
    device = None
    if hardware:
        from av.codec.hwaccel import HWAccel, hwdevices_available

        found = hwdevices_available()
        if found:
            device = HWAccel(found[0], allow_software_fallback=True)
    try:
        return av.open(address(path), hwaccel=device)
    except (av.error.FFmpegError, OSError, ValueError) as e:
        if device is not None:
            return open_video(path)
        raise VideoError(f"{path} is not a video that can be read ({getattr(e, 'strerror', None) or e})") from e


def video_stream(container: av.container.InputContainer, path: str | Path) -> av.VideoStream:
    """The video in a file; covers of music files do not count.

    Raises:
        VideoError: there is none.
    """
    if container.format.name.endswith(PICTURES):
        container.close()
        raise VideoError(f"{path} is a picture: use `adain stylize`")
    cover = av.stream.Disposition.attached_pic
    for stream in container.streams.video:
        if not stream.disposition & cover:
            if stream.codec_context is None:
                container.close()
                raise VideoError(f"{path}: this FFmpeg cannot decode its video; convert it to another codec first")
            return stream
    kinds = ", ".join(sorted({s.type for s in container.streams})) or "nothing"
    container.close()
    raise VideoError(f"{path} holds no video, only {kinds}: give a video")


def probe(path: str | Path) -> VideoInfo:
    """What a video is like.

    Raises:
        VideoError: not a video.
    """
    with VideoReader(path, cuts=False) as reader:
        return reader.info


def _stored_size(first: av.VideoFrame, matrix: np.ndarray | None, size: int | None) -> tuple[int, int]:
    if size is None:
        return first.width, first.height
    scale = check_side(size, "size") / min(first.width, first.height)
    width, height = (max(2, round(side * scale / 2) * 2) for side in (first.width, first.height))
    return width, height
