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
from .waiting import Waiting
from .words import say

if TYPE_CHECKING:
    from numpy import ndarray
    from torch import Tensor

    from adain_core.video import VideoInfo

    from .request import Request, Service

MAX_PIXELS = 4096 * 2304
"""Pixels of a frame of an uploaded clip."""

KINDS = ("mp4", "gif", "webp")
"""What a clip becomes: the file's suffix."""

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
    """The first frame of a clip, (H, W, 3) uint8; the same painted; how many frames there are, if the file tells."""

    before: ndarray
    after: ndarray
    frames: int | None


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
            raise AdaINError(say("clip-more", most_frames=self.most, frames=self.frames))
        if self.progress is not None:
            self.progress(done, total or self.most)


class Clips:
    """Looks at clips, tries and paints them.

    Args:
        service: has limits and models.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._pace: dict[tuple[str | None, bool], float] = {}  # seconds a pixel, by model and steadiness

    def look(self, path: str | None) -> VideoInfo:
        """What a clip is like.

        Raises:
            AdaINError: no clip, too long, too large, or damaged.
        """
        from adain_core.video.opening import open_source

        if path is None:
            raise AdaINError(say("no-clip"))
        source, limits = Path(path), self._service.limits
        if not source.exists():
            raise AdaINError(say("gone"))
        try:
            with contextlib.closing(open_source(source, cuts=False)) as reader:
                info = reader.info
        except AdaINError as e:
            raise AdaINError(say("cannot-use", what=say("what.clip"), why=_plain(e, source))) from e
        if info.width * info.height > MAX_PIXELS:
            raise AdaINError(say("clip-4k", width=info.width, height=info.height))
        if (info.seconds or 0) > limits.video_seconds + 0.5 or (info.frames or 0) > limits.video_frames:
            raise AdaINError(say(
                "clip-long", seconds=f"{info.seconds or 0:.0f}", frames=info.frames,
                clip_seconds=f"{limits.video_seconds:.0f}", clip_frames=limits.video_frames,
            ))  # fmt: skip
        return info

    def first(self, request: Request, *, steady: bool = True) -> First:
        """Paint the first frame as the whole result will have it; arguments and errors as for :meth:`paint`."""
        info, request = self.look(request.photo), self._service.checked(request)
        styles, options = self._asked(request, info, steady)
        return First(
            *_first_frame(self._service.engine, request.model, str(request.photo), styles, options), info.frames
        )

    def seconds(self, request: Request, *, steady: bool = True) -> float | None:
        """How long a clip will take: as those took that were painted here, or else as the first few frames do.

        Args:
            request: as for :meth:`paint`.
            steady: likewise.

        Returns:
            Seconds; None if the file does not tell how many frames it has.

        Raises:
            AdaINError: as there.
        """
        from adain_core.video.reading import stored_size

        info, request = self.look(request.photo), self._service.checked(request)
        if not info.frames:
            return None
        styles, options = self._asked(request, info, steady)
        width, height = stored_size(info.width, info.height, options["size"])
        kind = request.model, steady
        if kind not in self._pace:
            taken = _frame_seconds(self._service.engine, request.model, str(request.photo), styles, options)
            self._pace[kind] = taken / (width * height)
        return info.frames * width * height * self._pace[kind]

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
    engine: Engine, name: str | None, source: str, styles: Any, options: dict[str, Any]
) -> tuple[ndarray, ndarray]:
    from adain_core.video import preview_frame
    from adain_core.video.opening import open_source

    with contextlib.closing(open_source(Path(source), size=options["size"], cuts=False)) as reader:
        before = next(reader.frames()).pixels
    after = preview_frame(engine.model(name), source, 0, styles, **options)
    return _bytes(before), _bytes(after)


@on_gpu(seconds=30)
def _frame_seconds(engine: Engine, name: str | None, source: str, styles: Any, options: dict[str, Any]) -> float:
    """What a frame takes, of the first two batches: the first one may find everything cold."""
    from adain_core.video import FrameStylizer
    from adain_core.video.opening import open_source
    from adain_core.video.pipeline import needs_cuts, painted

    size, options = options["size"], {key: value for key, value in options.items() if key != "size"}
    with contextlib.ExitStack() as stack:
        stylizer = FrameStylizer(engine.model(name), styles, **options)
        stack.callback(stylizer.close)
        reader = open_source(Path(source), size=size, cuts=needs_cuts(stylizer))
        stack.callback(reader.close)
        count = stylizer.batch_size(reader.info.height, reader.info.width)
        batches = stack.enter_context(contextlib.closing(painted(reader, stylizer, 0, count, True, 2 * count)))
        times = [(time.perf_counter(), 0), *((time.perf_counter(), len(batch.pts)) for batch in batches)]
    (before, _), (after, frames) = times[-2:]
    return (after - before) / frames


@on_gpu(seconds=120)
def _paint(
    engine: Engine, name: str | None, source: str, target: str, styles: Any, options: dict[str, Any], tell: Tell
) -> int:
    from adain_core.video import stylize_video

    model = engine.model(name)
    return stylize_video(model, source, target, styles, progress=tell, force=True, strict=False, **options).frames


def _bytes(frame: Tensor) -> ndarray:
    """A frame's pixels as (H, W, 3) uint8."""
    return (frame * 255 if frame.is_floating_point() else frame).round().byte().numpy()


def _plain(error: AdaINError, source: Path) -> str:
    """The library's message in the words of a web page: no paths, no commands."""
    said = str(error).replace(str(source), "it").rstrip(".")
    return say("still") if "use `adain stylize`" in said else said
