"""A video's frames, one after the other: upright RGB, when each is shown, and whether a new scene begins."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import numpy as np
from torch import Tensor

from ..errors import AdaINError, counted
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
        streams: whether the file may hold sound, subtitles and chapters beside the frames.
        alpha: whether frames come with an alpha.
        plays: how often an animation is played; 0 is for ever.
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
    streams: bool = True
    alpha: bool = False
    plays: int = 0


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
        alpha: (H, W) of the kind of `pixels`, 0 = transparent; None where all is opaque.
    """

    pixels: Tensor
    number: int
    pts: int
    seconds: float
    duration: int
    cut: bool
    alpha: Tensor | None = None


class VideoReader:
    """Reads a video from beginning to end: its times ascend, interlaced frames are made whole, all have one size.

    Broken places are left out and noted.

    Args:
        path: any file FFmpeg reads.
        size: shorter side to resize frames to, in pixels; sides become even numbers then. None keeps the size.
        cuts: whether to look for scene cuts.
        hardware: decode on a device when FFmpeg finds one.
        start: seconds from which frames are wanted: where the file allows it, reading begins at a key frame before.

    Attributes:
        info: what the video is like.
        notes: what of the video is not kept as it is, one sentence each; complete after the last frame.
        problems: what went wrong while reading, likewise.

    Raises:
        VideoError: no such file, not a video, or a video without a frame.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        size: int | None = None,
        cuts: bool = True,
        hardware: bool = False,
        start: float = 0.0,
    ) -> None:
        self._threads = threading.local()
        self.notes: list[str] = []
        self.problems: list[str] = []
        self._cuts = SceneCuts() if cuts else None
        self._resized = self._ended = False
        self._read = 0
        first = self._open(path, hardware)
        if first is None:
            self._container.close()
            reason = self._reason or self._packets.reason
            raise VideoError(f"{path} has no frame that can be read{reason and f' ({reason})'}: give another video")
        self._first: av.VideoFrame | None = first
        self._matrix = display_matrix(first)
        self._deep = is_deep(first)
        self._stored = stored_size(first.width, first.height, size)  # as decoded, before rotation
        self.info = self._describe(str(path), first)
        self.notes += lost(self._stream, first)
        self._whole = self._declared()
        self._start = self._shown(first) if start > 0 else None
        self._midway = self._start is not None and self._seek(Fraction(start) + self._start * self.info.time_base)
        if self._start is not None and not self._midway:
            self._container.close()
            self._first = self._open(path, hardware)

    def _open(self, path: str | Path, hardware: bool) -> av.VideoFrame | None:
        """Read from the beginning; the first frame."""
        self._container = open_video(path, hardware)
        self._stream = video_stream(self._container, path)
        self._stream.thread_type = "AUTO"
        return self._begin(Fraction(0))

    def _seek(self, at: Fraction) -> bool:
        """Go on at a key frame before a moment, in seconds of the packets' clock; whether that was found."""
        if self._container.format.flags & CLOCK_JUMPS:
            return False  # a moment may be there twice
        written = at + Fraction(self._container.start_time or 0, av.time_base)
        try:
            self._container.seek(int(written / self.info.time_base), stream=self._stream)
            self._first = self._begin(at)
        except (av.error.FFmpegError, OSError):
            return False
        shown = None if self._first is None else self._shown(self._first)
        return shown is not None and shown * self.info.time_base <= at

    def _begin(self, at: Fraction) -> av.VideoFrame | None:
        """Decode from where the container is, with clocks, filters and counts made anew; the first frame.

        Args:
            at: seconds of the packets' clock there.
        """
        self._packets, self._deinterlacer = Packets(self._container, at), Deinterlacer()
        self._broken = self._corrupt = 0
        self._reason = ""
        self._decoded = self._deinterlacer(self._decode(), self._stream.time_base or Fraction(1, av.time_base))
        return next(self._decoded, None)

    def __enter__(self) -> VideoReader:
        return self

    def __exit__(self, kind: type[BaseException] | None, e: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._container.close()

    def frames(self, skip: int = 0) -> Generator[Frame, None, None]:
        """The frames in the order they are shown; to be called once.

        Args:
            skip: how many to leave out at the beginning; they are decoded, as what follows depends on them.
        """
        try:
            yield from self._frames(skip)
        finally:
            self._note_what_was_left_out()

    def _frames(self, skip: int) -> Iterator[Frame]:
        info, number, last, start = self.info, 0, None, self._start
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
                pts = self._shown(decoded)
                if last is not None and (pts is None or pts <= last):  # a file that does not tell, or counts backwards
                    pts = last + max(round(1 / info.rate / info.time_base), 1)
                last = pts = pts or 0
                start = pts if start is None else start
                seconds = float((pts - start) * info.time_base)
                if shape is not None and (decoded.width, decoded.height) != shape:
                    self._note_size(decoded, seconds)
                shape = decoded.width, decoded.height
                cut = False if self._cuts is None else self._cuts(small_bgr(decoded, *self._stored, small))
                if number >= skip:
                    waiting.append(pool.submit(self._converted, decoded, number, pts, seconds, cut or number == 0))
                while len(waiting) > CONVERTERS:
                    yield waiting.popleft().result()
                self._read = number = number + 1
            for future in waiting:
                yield future.result()

    def _shown(self, frame: av.VideoFrame) -> int | None:
        """When a decoded frame is shown, in units of the video's time base, if it tells."""
        pts = frame.pts if frame.pts is not None else frame.dts
        if pts is None or frame.time_base is None or frame.time_base == self.info.time_base:
            return pts
        return round(pts * frame.time_base / self.info.time_base)

    def _converted(self, decoded: av.VideoFrame, number: int, pts: int, seconds: float, cut: bool) -> Frame:
        """A decoded frame as RGB; called in several threads, each with a converter of its own."""
        if not hasattr(self._threads, "reformatter"):
            self._threads.reformatter = av.video.reformatter.VideoReformatter()
        pixels = upright(to_rgb(decoded, *self._stored, self._deep, self._threads.reformatter), self._matrix)
        duration = (decoded.duration or 0) * (decoded.time_base or self.info.time_base)
        return Frame(pixels, number, pts, seconds, round(duration / self.info.time_base), cut)

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

    def _note_what_was_left_out(self) -> None:
        """What reading has shown; only after the last frame, that the file ends early."""
        packets, info = self._packets, self.info
        broken = self._broken + packets.broken
        if self._ended and self._whole - packets.end > EARLY:
            whole = f"{float(self._whole):.1f} s" + (f" ({counted(info.frames, 'frame')})" if info.frames else "")
            read = "could be read" if self._midway else f"{counted(self._read, 'frame')} could be read,"
            self.problems.append(
                f"{info.path} ends early: it should hold {whole}, and {read} until "
                f"{float(packets.end):.1f} s; the result ends there"
            )
        else:
            broken += packets.failed
        if broken:
            self.problems.append(
                f"{counted(broken, 'broken packet')} in {info.path} passed over ({self._reason or packets.reason}): "
                "what they held is missing"
            )
        if self._corrupt:
            self.problems.append(f"{counted(self._corrupt, 'damaged frame')} of {info.path} stylized as decoded")
        if packets.jumps:
            self.notes.append(
                f"the clock of {info.path} jumps ({packets.jumps}x): times were made to go on from each place"
            )
        if self._deinterlacer.count:
            self.notes.append(f"{counted(self._deinterlacer.count, 'frame')} of {info.path} deinterlaced (bwdif)")

    def _declared(self) -> Fraction:
        """Seconds that the file's head tells; 0 in formats without such a head."""
        if self._container.format.flags & (CLOCK_JUMPS | NO_CLOCK):
            return Fraction(0)
        if self._container.format.name == "avi":  # FFmpeg reckons the duration of the bytes that are there
            return self._stream.frames / self.info.rate
        return self._told()

    def _told(self) -> Fraction:
        """Seconds of the file as its head tells; Matroska and MP4 count them from where the clock is 0."""
        whole = Fraction(self._container.duration or 0, av.time_base)
        late = 0 if self._container.format.flags & CLOCK_JUMPS else self._container.start_time or 0
        before = Fraction(max(late, 0), av.time_base)
        return whole - before if whole > before else whole

    def _describe(self, path: str, first: av.VideoFrame) -> VideoInfo:
        stream, container = self._stream, self._container
        rate = stream.average_rate or stream.guessed_rate or stream.base_rate or Fraction(25)
        time_base = stream.time_base or 1 / Fraction(rate)
        seconds = None
        if stream.duration:
            seconds = float(stream.duration * time_base)
        elif container.duration:
            seconds = float(self._told())
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
        container = av.open(address(path), hwaccel=device)
        rate = _rate_of_raw(container)
        if rate is not None:
            container.close()
            container = av.open(address(path), hwaccel=device, options={"framerate": str(rate)})
        return container
    except (av.error.FFmpegError, OSError, ValueError) as e:
        if device is not None:
            return open_video(path)
        raise VideoError(f"{path} is not a video that can be read ({getattr(e, 'strerror', None) or e})") from e


def _rate_of_raw(container: av.container.InputContainer) -> Fraction | None:
    """The frame rate that a stream without a container tells in its own header, where FFmpeg would take another."""
    if not container.format.flags & NO_CLOCK or not container.streams.video:
        return None
    stream = container.streams.video[0]
    told = stream.codec_context.framerate if stream.codec_context else None
    return told if told and told != stream.average_rate else None


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
    kinds = ", ".join(sorted({s.type for s in container.streams}))
    container.close()
    raise VideoError(f"{path} holds {f'no video, only {kinds}' if kinds else 'nothing'}: give a video")


def probe(path: str | Path) -> VideoInfo:
    """What a video is like.

    Raises:
        VideoError: not a video.
    """
    with VideoReader(path, cuts=False) as reader:
        return reader.info


def stored_size(width: int, height: int, size: int | None) -> tuple[int, int]:
    """Width and height of frames that are resized to a shorter side; both are even then. None keeps them."""
    if size is None:
        return width, height
    scale = check_side(size, "size") / min(width, height)
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


def small_bgr(
    frame: av.VideoFrame, width: int, height: int, reformatter: av.video.reformatter.VideoReformatter
) -> np.ndarray:
    """A frame as scene cuts are looked for in: (h, w, 3) uint8, blue, green, red.

    Args:
        frame: of any size.
        width: of the result that frames are scaled to, so that all become alike; it is made smaller in proportion.
        height: likewise.
        reformatter: keeps its tables from frame to frame.
    """
    scale = min(1.0, SIDE / max(width, height))
    width, height = (max(1, round(side * scale)) for side in (width, height))
    return reformatter.reformat(frame, width, height, "bgr24", threads=1).to_ndarray()
