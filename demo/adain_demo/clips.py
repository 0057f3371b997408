"""Short clips: checked, then painted frame by frame by the library, with their sound."""

from __future__ import annotations

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

from .gpu import on_gpu
from .photos import GONE
from .waiting import Waiting

if TYPE_CHECKING:
    from .request import Request, Service

MAX_PIXELS = 4096 * 2304
"""Pixels of a frame of an uploaded clip."""


def clips_possible() -> bool:
    """Whether the `video` extra is installed."""
    return find_spec("av") is not None and find_spec("scenedetect") is not None


@dataclass(frozen=True)
class Painted:
    """A painted clip: the file, how many frames, and how long it took."""

    path: str
    frames: int
    seconds: float


def paint_clip(
    service: Service,
    request: Request,
    folder: str,
    *,
    steady: bool = True,
    progress: Callable[[int, int], object] | None = None,
) -> Painted:
    """Paint a clip.

    Args:
        service: has limits and models.
        request: `photo` is the clip; styles, strength, colour, size and model count.
        folder: where Gradio keeps files of this app; the result goes there.
        steady: whether statistics are averaged over time and strokes follow the motion, against flicker; else every
            frame is painted by itself.
        progress: called with frames done and frames in all.

    Raises:
        AdaINError: no clip, too long, too large, damaged, or what else was wrong.
    """
    from adain_core.video import probe

    if request.photo is None:
        raise AdaINError("There is no clip yet: upload one.")
    request = service.checked(request)
    limits, source = service.limits, Path(str(request.photo))
    if not source.exists():
        raise AdaINError(GONE)
    try:
        info = probe(source)
    except AdaINError as e:
        raise AdaINError(f"The clip cannot be used: {str(e).replace(str(source), 'it').rstrip('.')}.") from e
    if info.width * info.height > MAX_PIXELS:
        raise AdaINError(f"The clip has frames of {info.width} x {info.height}: reduce it to 4K or less.")
    side = min(request.size or limits.video_side, limits.video_side, info.width, info.height)
    most = min(limits.video_frames, round(limits.video_seconds * float(info.rate)) + 1)
    if (info.seconds or 0) > limits.video_seconds + 0.5 or (info.frames or 0) > limits.video_frames:
        raise AdaINError(
            f"The clip has {info.seconds or 0:.0f} s and {info.frames} frames. This page takes up to"
            f" {limits.video_seconds:.0f} s and {limits.video_frames} frames: cut it. `adain video` has no such limit."
        )

    waiting = Waiting()
    waiting.check()

    def tell(done: int, total: int | None) -> None:
        waiting.check()
        if done > most + 16:  # the file's own count was wrong; batches are of up to 16
            raise AdaINError(f"The clip has more than {most} frames, although it says {info.frames}: cut it.")
        if progress is not None:
            progress(done, total or most)

    start = time.perf_counter()
    styles = [(service.style(ref, request), weight) for ref, weight in request.styles]
    color = None if request.color == STYLE_COLORS else request.color
    options = {
        "alpha": float(request.strength),
        "color": color,
        "style_size": request.stroke,
        "size": side,
        "force": True,
    }
    if not steady:
        options |= {"steady": 0.0, "follow": 0.0}
    home = Path(folder) / secrets.token_hex(16)
    home.mkdir(parents=True)
    try:
        frames = _on_device(service, request.model, source, home / "adain.mp4", styles, options, tell)
    except BaseException:
        # Gradio deletes only what it has shown. The library leaves segments to go on from: nobody comes back.
        shutil.rmtree(home, ignore_errors=True)
        raise
    return Painted(str(home / "adain.mp4"), frames, time.perf_counter() - start)


@on_gpu(seconds=120)
def _on_device(
    service: Service, name: str | None, source: Path, target: Path, styles: Any, options: dict[str, Any], tell: Any
) -> int:
    from adain_core.video import stylize_video

    model = service.engine.model(name)
    return stylize_video(model, source, target, styles, progress=tell, **options).frames
