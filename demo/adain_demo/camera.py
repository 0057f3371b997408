"""The tab that repaints a camera while one moves, with the small network: others are too slow for it."""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import gradio as gr
from gradio.data_classes import ImageData

from adain_core.errors import AdaINError, ImageError

from .catalogue import choices
from .handlers import messages
from .photos import plain
from .request import Service
from .sliders import strength_slider
from .uploads import ShownAs
from .words import label, say

if TYPE_CHECKING:
    from adain_core.live import LivePainter

FAST = "lite"
FRAME_BYTES = 2 * 2**20
"""Length of one frame as the page sends it; a camera's have some hundred kilobytes."""
EVERY, AT_MOST = 0.1, 120.0
"""Seconds between frames that are asked for; seconds after which a camera must be started again."""
STILL = 3.0
"""Seconds without a frame after which a camera's place is free."""
MINUTES = f"{AT_MOST / 60:.0f}"
"""How long a camera may run, in words."""
SIDE = 360
"""Shorter side of the frames, in pixels."""


class CameraFrame(ShownAs, gr.Image):
    """Frames of a camera as the bytes of their files: Gradio decodes nothing, the library does, within the limits."""

    shown_as = gr.Image

    def preprocess(self, payload: ImageData | None) -> bytes | None:  # type: ignore[override]
        """The frame's file; None if there is none."""
        if payload is None:
            return None
        kind, _, text = (payload.url or "").partition(",")
        if not kind.startswith("data:image/") or not kind.endswith(";base64") or len(text) > FRAME_BYTES:
            raise gr.Error("Frames come from the camera of this page.", print_exception=False)
        try:
            return base64.b64decode(text, validate=True)
        except binascii.Error as e:
            raise gr.Error("The frame is damaged.", print_exception=False) from e


class Camera:
    """One visitor's camera: what was learned of the scene, and since when.

    Args:
        service: has the models.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._started = time.monotonic()
        self._painters: dict[str, LivePainter] = {}

    def paint(self, frame: bytes, style: str, strength: float) -> tuple[Any, float]:
        """A frame's file to pixels (H, W, 3) uint8 in the style, and the seconds it took.

        Raises:
            ImageError: no picture, damaged or too large; the size is told from the header, before memory is taken.
            AdaINError: larger than this page draws, or what else was wrong.
        """
        from adain_core import open_picture

        start, limits = time.perf_counter(), self._service.limits
        try:
            picture = open_picture(frame, max_pixels=limits.result_pixels)
        except ImageError as e:
            raise ImageError(f"The frame cannot be used: {plain(e)}.") from e
        limits.check_result(picture.height, picture.width)
        if min(picture.height, picture.width) > SIDE:
            picture = picture.resized(SIDE)
        painter = self._painter(style)
        painter.alpha = float(strength)
        pixels = painter((picture.tensor()[0].permute(1, 2, 0) * 255).round().byte().numpy(), self.seconds())
        return pixels, time.perf_counter() - start

    def seconds(self) -> float:
        """Since the camera was started."""
        return time.monotonic() - self._started

    def forget(self) -> None:
        """What was learned of the scene: memory that nobody needs once the camera is off."""
        self._painters.clear()

    def _painter(self, style: str) -> LivePainter:
        if style not in self._painters:
            from adain_core.live import LivePainter
            from adain_core.styles.builtin import find_builtin

            model = self._service.engine.model(FAST)
            self.forget()
            self._painters[style] = LivePainter(model, [find_builtin(style, model.encoder_id)])
        return self._painters[style]


class Cameras:
    """All cameras that are painted now: so many, and one frame at a time.

    Gradio's own line would let one visitor look for as long as a camera may run, and the next one wait as long.

    Args:
        most: how many.
    """

    def __init__(self, most: int) -> None:
        self._most, self._lock, self._turn = most, Lock(), Lock()
        self._seen: WeakKeyDictionary[Camera, float] = WeakKeyDictionary()

    @contextmanager
    def turn(self, camera: Camera) -> Iterator[None]:
        """A camera's turn, after those of the others that came before.

        Raises:
            AdaINError: there is no place free.
        """
        now = time.monotonic()
        with self._lock:
            for other, seen in list(self._seen.items()):
                if now - seen > STILL and other is not camera:
                    del self._seen[other]
                    other.forget()
            if camera not in self._seen and len(self._seen) >= self._most:
                raise AdaINError(say("cameras-full", cameras=self._most, camera_minutes=MINUTES))
            self._seen[camera] = now
        with self._turn:
            yield


def camera_tab(service: Service) -> None:
    """Everything to do with the camera."""
    with gr.Row(equal_height=False):
        with gr.Column(scale=5, min_width=320):
            camera = CameraFrame(
                label=label("camera"), sources=["webcam"], streaming=True, height=320, elem_id="camera", buttons=[]
            )
            gr.Markdown(
                label("camera-info"),
                elem_classes="facts",
            )
            rows = choices()
            style = gr.Dropdown(rows, value=rows[0][1], label=label("style"), elem_id="camera-style")
            strength = strength_slider(service.limits)
        with gr.Column(scale=6, min_width=320):
            result = gr.Image(
                label=label("result"), interactive=False, streaming=True, height=420, elem_id="camera-result",
                buttons=["fullscreen"],
            )  # fmt: skip
            facts = gr.Markdown("", elem_classes="facts", elem_id="camera-facts")
    cameras = Cameras(service.limits.cameras)
    mine = gr.State(None, time_to_live=service.limits.keep_seconds)

    def paint_frame(frame: bytes | None, style: str, strength: float, mine: Camera | None) -> tuple[Any, str, Camera]:
        mine = mine or Camera(service)
        if frame is None:
            return None, "", mine
        with messages(), cameras.turn(mine):
            pixels, seconds = mine.paint(frame, style, strength)
        return (
            pixels,
            say("camera-facts", width=pixels.shape[1], height=pixels.shape[0], time=f"{seconds * 1000:.0f}"),
            mine,
        )

    camera.stream(
        paint_frame, [camera, style, strength, mine], [result, facts, mine], stream_every=EVERY, time_limit=AT_MOST,
        concurrency_id="camera", concurrency_limit=None, api_visibility="private", show_progress="hidden",
    )  # fmt: skip
