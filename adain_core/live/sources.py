"""Where frames come from: a camera, or a video at its own pace; the newest one when there is no time for all."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import AdaINError
from ..video.reading import VideoReader, probe

LiveFrame = tuple[np.ndarray, float]
"""Pixels (H, W, 3) uint8 RGB, and when: seconds since the first frame."""


class Camera:
    """A camera of this machine.

    Args:
        number: 0 for the first.
        size: shorter side to shrink frames to, in pixels.
        mirror: left and right exchanged, as in a mirror.

    Raises:
        AdaINError: no such camera, it gives no picture, or OpenCV is missing.
    """

    def __init__(self, number: int, size: int | None = None, mirror: bool = True) -> None:
        try:
            import cv2
        except ImportError as e:
            raise AdaINError(f"cameras need OpenCV ({e}): pip install 'adain-style-transfer[live]'") from e
        self._cv2, self._size, self._mirror = cv2, size, mirror
        self._device: Any = cv2.VideoCapture(number)
        if not self._device.isOpened() or not self._device.read()[0]:
            self._device.release()
            raise AdaINError(f"camera {number} gives no picture: check that it is connected and not in use, or try 1")

    def frames(self) -> Iterator[LiveFrame]:
        """Frames as they come, until the camera stops."""
        cv2, start = self._cv2, time.monotonic()
        try:
            while True:
                there, bgr = self._device.read()
                if not there:
                    return
                seconds = time.monotonic() - start
                height, width = bgr.shape[:2]
                if self._size is not None and min(height, width) > self._size:
                    scale = self._size / min(height, width)
                    bgr = cv2.resize(bgr, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)
                rgb = cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)
                yield np.ascontiguousarray(rgb[:, ::-1] if self._mirror else rgb), seconds
        finally:
            self._device.release()


class Film:
    """A video file.

    Args:
        path: any file FFmpeg reads.
        size: shorter side to reduce frames to, in pixels; smaller ones stay.
        pace: give each frame when its time has come; else as fast as they are taken.

    Raises:
        VideoError: not a video that can be read.
    """

    def __init__(self, path: str | Path, size: int | None = None, pace: bool = True) -> None:
        info = probe(path)
        smaller = size is not None and size < min(info.width, info.height)
        self._reader, self._pace = VideoReader(path, size=size if smaller else None, cuts=False), pace

    def frames(self) -> Iterator[LiveFrame]:
        """Frames in their order."""
        start = time.monotonic()
        with self._reader as reader:
            for frame in reader.frames():
                pixels = frame.pixels.numpy()
                if pixels.dtype != np.uint8:
                    pixels = (pixels * 255).round().clip(0, 255).astype(np.uint8)
                if self._pace:
                    time.sleep(max(0.0, start + frame.seconds - time.monotonic()))
                yield pixels, frame.seconds


def newest(frames: Iterator[LiveFrame]) -> Iterator[LiveFrame]:
    """Of frames that come at their own pace, always the newest: who is slow misses some, and is never behind.

    A thread reads them. An error in it is raised here.
    """
    there = threading.Condition()
    latest: list[LiveFrame] = []
    ended, failed = False, []

    def read() -> None:
        nonlocal ended
        try:
            for frame in frames:
                with there:
                    if ended:
                        return
                    latest[:] = [frame]
                    there.notify()
        except Exception as e:
            failed.append(e)
        finally:
            with there:
                ended = True
                there.notify()

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    try:
        while True:
            with there:
                while not latest and not ended:
                    there.wait()
                if not latest:
                    break
                frame = latest.pop()
            yield frame
    finally:
        ended = True
    if failed:
        raise failed[0]
