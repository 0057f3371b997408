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
from .pixels import Colors, display_matrix, is_turned, to_rgb, upright
from .pyav import av

CONVERTERS = min(4, os.cpu_count() or 1)
"""Frames converted to RGB at once: one thread manages about 60 of 1920x1080 a second."""

PICTURES = ("_pipe", "image2")
"""Ends of the names of FFmpeg's formats that are one picture."""


JUMPING_CLOCK = 0x200
"""FFmpeg's AVFMT_TS_DISCONT: a format whose clock may begin anew within a file."""

NO_TIMES = 0x80
"""FFmpeg's AVFMT_NOTIMESTAMPS: a format that does not say when a frame is shown."""


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
    """Reads a video from beginning to end. Broken places are left out and noted.

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
        self._open(path, hardware)
        self._threads = threading.local()
        self.notes: list[str] = []
        self.problems: list[str] = []
        self._broken = 0
        self._corrupt = 0
        self._cuts = SceneCuts() if cuts else None
        self._decoded = self._decode()
        first = next(self._decoded, None)
        if first is None:
            self._container.close()
            why = f" ({self.problems[0]})" if self.problems else ""
            raise VideoError(f"{path} has no frame that can be read{why}: give another video")
        self._first: av.VideoFrame | None = first
        self._matrix = display_matrix(first)
        self._stored = stored_size(first.width, first.height, size)  # as decoded, before rotation
        self.info = self._describe(str(path), first)
        self._start = first.pts if start > 0 else None
        if self._start is not None and not self._seek(self._start + int(start / self.info.time_base)):
            self._container.close()
            self._open(path, hardware)
            self._decoded = self._decode()
            self._first = next(self._decoded, None)

    def _open(self, path: str | Path, hardware: bool) -> None:
        self._container = open_video(path, hardware)
        self._stream = video_stream(self._container, path)
        self._stream.thread_type = "AUTO"

    def _seek(self, pts: int) -> bool:
        """Go on at a key frame before a moment; whether that was found."""
        if self._container.format.flags & JUMPING_CLOCK:
            return False  # a moment may be there twice
        try:
            self._container.seek(pts, stream=self._stream)
            self._decoded = self._decode()
            self._first = next(self._decoded, None)
        except (av.error.FFmpegError, OSError):
            return False
        return self._first is not None and self._first.pts is not None and self._first.pts <= pts

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
            self._note_problems()

    def _frames(self, skip: int) -> Iterator[Frame]:
        info, number, last, start = self.info, 0, None, self._start
        small = av.video.reformatter.VideoReformatter()
        waiting: deque[Future[Frame]] = deque()
        with ThreadPoolExecutor(CONVERTERS) as pool:
            while True:
                decoded = self._first if number == 0 else next(self._decoded, None)
                if decoded is None:
                    break
                self._first = None
                pts = decoded.pts if decoded.pts is not None else decoded.dts
                if decoded.time_base is not None and pts is not None and decoded.time_base != info.time_base:
                    pts = round(pts * decoded.time_base / info.time_base)
                if last is not None and (pts is None or pts <= last):  # a file that does not tell, or counts backwards
                    pts = last + max(round(1 / info.rate / info.time_base), 1)
                last = pts = pts or 0
                start = pts if start is None else start
                cut = False if self._cuts is None else self._cuts(small_bgr(decoded, small))
                if number >= skip:
                    seconds = float((pts - start) * info.time_base)
                    waiting.append(pool.submit(self._converted, decoded, number, pts, seconds, cut or number == 0))
                while len(waiting) > CONVERTERS:
                    yield waiting.popleft().result()
                number += 1
            for future in waiting:
                yield future.result()

    def _converted(self, decoded: av.VideoFrame, number: int, pts: int, seconds: float, cut: bool) -> Frame:
        """A decoded frame as RGB; called in several threads, each with a converter of its own."""
        if not hasattr(self._threads, "reformatter"):
            self._threads.reformatter = av.video.reformatter.VideoReformatter()
        pixels = upright(to_rgb(decoded, *self._stored, self._threads.reformatter), self._matrix)
        return Frame(pixels, number, pts, seconds, decoded.duration or 0, cut)

    def _decode(self) -> Iterator[av.VideoFrame]:
        """Decoded frames; packets that cannot be decoded or read are counted and passed over."""
        failures = 0  # one after the other
        packets = self._container.demux(self._stream)
        while failures < 100:
            try:
                packet = next(packets, None)
                if packet is None:
                    return
                decoded = packet.decode()
                failures = 0
            except av.error.EOFError:
                return
            except (av.error.FFmpegError, OSError) as e:
                failures += 1
                self._broken += 1
                if self._broken == 1:
                    self.problems.append(f"first at packet {e.strerror or e}")
                packets = self._container.demux(self._stream)  # goes on after the broken place
                continue
            for frame in decoded:
                self._corrupt += bool(frame.is_corrupt)
                yield frame

    def _note_problems(self) -> None:
        first, self.problems = self.problems, []
        if self._broken:
            self.problems.append(
                f"{counted(self._broken, 'broken packet')} in {self.info.path} passed over "
                f"({first[0].removeprefix('first at packet ')}): what they held is missing"
            )
        if self._corrupt:
            self.problems.append(
                f"{counted(self._corrupt, 'damaged frame')} of {self.info.path} stylized as it is decoded"
            )

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
        container = av.open(str(path), hwaccel=device)
        rate = _rate_of_raw(container)
        if rate is not None:
            container.close()
            container = av.open(str(path), hwaccel=device, options={"framerate": str(rate)})
        return container
    except (av.error.FFmpegError, OSError, ValueError) as e:
        if device is not None:
            return open_video(path)
        raise VideoError(f"{path} is not a video that can be read ({getattr(e, 'strerror', None) or e})") from e


def _rate_of_raw(container: av.container.InputContainer) -> Fraction | None:
    """The frame rate that a stream without a container tells in its own header, where FFmpeg would take another."""
    if not container.format.flags & NO_TIMES or not container.streams.video:
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


def small_bgr(frame: av.VideoFrame, reformatter: av.video.reformatter.VideoReformatter) -> np.ndarray:
    """A frame as scene cuts are looked for in: (h, w, 3) uint8, blue, green, red."""
    scale = min(1.0, SIDE / max(frame.width, frame.height))
    width, height = (max(1, round(side * scale)) for side in (frame.width, frame.height))
    return reformatter.reformat(frame, width, height, "bgr24", threads=1).to_ndarray()
