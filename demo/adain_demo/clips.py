"""Short clips: checked as soon as they are there, tried on the first frame, then painted with their sound."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adain_core.errors import AdaINError
from adain_core.options import STYLE_COLORS

from .engine import Engine
from .gpu import on_gpu
from .photos import GONE
from .waiting import Waiting

if TYPE_CHECKING:
    from numpy import ndarray
    from torch import Tensor

    from adain_core.video import VideoInfo

    from .request import Request, Service

MAX_PIXELS = 4096 * 2304
"""Pixels of a frame of an uploaded clip."""

KINDS = {"mp4": "Video (MP4), with its sound", "gif": "GIF, that plays by itself", "webp": "WebP, that plays by itself"}
"""What a clip becomes: the file's suffix, and what the page says."""

TAKEN = ("video", ".gif", ".webp", ".apng")
"""What may be uploaded, as Gradio's file inputs name it."""


def clips_possible() -> bool:
    """Whether the `video` extra is installed."""
    return find_spec("av") is not None and find_spec("scenedetect") is not None


@dataclass(frozen=True)
class Painted:
    """A painted clip: the file, how many frames, and how long it took."""

    path: str
    frames: int
    seconds: float


@dataclass(frozen=True)
class First:
    """A clip before it is painted.

    Attributes:
        before: its first frame in the size of the result, (H, W, 3) uint8.
        after: the same, painted.
        frames: how many there are; None if the file does not tell.
        seconds: what all of them will take.
    """

    before: ndarray
    after: ndarray
    frames: int | None
    seconds: float | None


@dataclass
class Tell:
    """Called with frames done and in all. It goes to another process on ZeroGPU: no closures.

    Attributes:
        waiting: whoever waits for the clip.
        most: frames that are painted at most.
        frames: what the file says.
        progress: is told.
    """

    waiting: Waiting
    most: int
    frames: int | None
    progress: Callable[[int, int], object] | None

    def __call__(self, done: int, total: int | None) -> None:
        """Raise what ends the work."""
        self.waiting.check()
        if done > self.most + 16:  # the file's own count was wrong; batches are of up to 16
            raise AdaINError(f"The clip has more than {self.most} frames, although it says {self.frames}: cut it.")
        if self.progress is not None:
            self.progress(done, total or self.most)


class Clips:
    """Looks at clips, tries and paints them.

    Args:
        service: has limits and models.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._pace: dict[tuple[str | None, bool], float] = {}

    def look(self, path: str | None) -> VideoInfo:
        """What a clip is like.

        Raises:
            AdaINError: no clip, too long, too large, or damaged.
        """
        from adain_core.video.opening import open_source

        if path is None:
            raise AdaINError("There is no clip yet: upload one.")
        source, limits = Path(path), self._service.limits
        if not source.exists():
            raise AdaINError(GONE)
        try:
            with contextlib.closing(open_source(source, cuts=False)) as reader:
                info = reader.info
        except AdaINError as e:
            raise AdaINError(f"The clip cannot be used: {_plain(e, source)}.") from e
        if info.width * info.height > MAX_PIXELS:
            raise AdaINError(f"The clip has frames of {info.width} x {info.height}: reduce it to 4K or less.")
        if (info.seconds or 0) > limits.video_seconds + 0.5 or (info.frames or 0) > limits.video_frames:
            raise AdaINError(
                f"The clip has {info.seconds or 0:.0f} s and {info.frames} frames. This page takes up to"
                f" {limits.video_seconds:.0f} s and {limits.video_frames} frames: cut it. `adain video` has no such"
                " limit."
            )
        return info

    def first(self, request: Request, *, steady: bool = True) -> First:
        """Paint the first frame, and tell how long all of them will take: as those took that were painted here before,
        or the next few of this one.

        Args:
            request: as for :meth:`paint`.
            steady: likewise.

        Raises:
            AdaINError: as there.
        """
        info, request = self.look(request.photo), self._service.checked(request)
        known = self._pace.get((request.model, steady))
        before, after, taken = _first_frame(
            self._service.engine, request.model, str(request.photo), *self._asked(request, info, steady), known is None
        )
        pace = taken if known is None else known * after.shape[0] * after.shape[1]
        return First(before, after, info.frames, None if info.frames is None else info.frames * pace)

    def paint(
        self,
        request: Request,
        folder: str,
        *,
        steady: bool = True,
        kind: str = "mp4",
        progress: Callable[[int, int], object] | None = None,
    ) -> Painted:
        """Paint a clip.

        Args:
            request: `photo` is the clip; styles, strength, colour, size and model count.
            folder: where Gradio keeps files of this app; the result goes there.
            steady: whether statistics are averaged over time and strokes follow the motion, against flicker; else every
                frame is painted by itself.
            kind: of :data:`KINDS`.
            progress: called with frames done and frames in all.

        Raises:
            AdaINError: no clip, too long, too large, damaged, or what else was wrong.
        """
        from adain_core.video.reading import stored_size

        if kind not in KINDS:
            raise AdaINError(f"There is no format {kind!r}: take one of {', '.join(KINDS)}.")
        info, request = self.look(request.photo), self._service.checked(request)
        limits = self._service.limits
        waiting = Waiting()
        waiting.check()
        most = min(limits.video_frames, round(limits.video_seconds * float(info.rate)) + 1)
        start = time.perf_counter()
        styles, options = self._asked(request, info, steady)
        home = Path(folder) / secrets.token_hex(16)
        home.mkdir(parents=True)
        target = home / f"adain.{kind}"
        try:
            frames = _paint(
                self._service.engine, request.model, str(request.photo), str(target), styles, options,
                Tell(waiting, most, info.frames, progress),
            )  # fmt: skip
        except BaseException:
            # Gradio deletes only what it has shown. The library leaves segments to go on from: nobody comes back.
            shutil.rmtree(home, ignore_errors=True)
            raise
        seconds = time.perf_counter() - start
        width, height = stored_size(info.width, info.height, options["size"])
        self._pace[request.model, steady] = seconds / (max(1, frames) * width * height)
        return Painted(str(target), frames, seconds)

    def _asked(self, request: Request, info: VideoInfo, steady: bool) -> tuple[list[Any], dict[str, Any]]:
        """Styles with their weights, and the library's options."""
        most = self._service.limits.video_side
        options = {
            "alpha": float(request.strength),
            "color": None if request.color == STYLE_COLORS else request.color,
            "style_size": request.stroke,
            "size": int(min(request.size or most, most, info.width, info.height)),
        }
        if not steady:
            options |= {"steady": 0.0, "follow": 0.0}
        return [(self._service.style(ref, request), weight) for ref, weight in request.styles], options


@on_gpu(seconds=30)
def _first_frame(
    engine: Engine, name: str | None, source: str, styles: Any, options: dict[str, Any], measure: bool
) -> tuple[ndarray, ndarray, float]:
    """The first frame, the same painted, and seconds a frame: of the next few, if they are to be measured."""
    from adain_core.video import FrameStylizer
    from adain_core.video.opening import open_source
    from adain_core.video.pipeline import needs_cuts, painted

    size, options = options["size"], {key: value for key, value in options.items() if key != "size"}
    with contextlib.closing(open_source(Path(source), size=size, cuts=False)) as reader:
        frame = next(reader.frames()).pixels
    stylizer = FrameStylizer(engine.model(name), styles, **options)
    with (
        contextlib.closing(stylizer),
        contextlib.closing(open_source(Path(source), size=size, cuts=needs_cuts(stylizer))) as reader,
    ):
        count = stylizer.batch_size(reader.info.height, reader.info.width) if measure else 1
        with contextlib.closing(painted(reader, stylizer, 0, count, True, 2 * count if measure else 1)) as batches:
            times = [time.perf_counter()]
            done = []
            for batch in batches:
                done.append(batch)
                times.append(time.perf_counter())
    # The first batch found everything cold: it counts only where it is the only one.
    return _bytes(frame), done[0].pixels[0].cpu().numpy(), (times[-1] - times[-2]) / len(done[-1].pts)


@on_gpu(seconds=120)
def _paint(
    engine: Engine, name: str | None, source: str, target: str, styles: Any, options: dict[str, Any], tell: Tell
) -> int:
    from adain_core.video import stylize_video

    return stylize_video(engine.model(name), source, target, styles, progress=tell, force=True, **options).frames


def _bytes(frame: Tensor) -> ndarray:
    """A frame's pixels as (H, W, 3) uint8."""
    return (frame * 255 if frame.is_floating_point() else frame).round().byte().numpy()


def _plain(error: AdaINError, source: Path) -> str:
    """The library's message in the words of a web page: no paths, no commands."""
    said = str(error).replace(str(source), "it").replace("use `adain stylize`", "take it on the tab Picture")
    return said.rstrip(".")
