"""A camera or a video repainted while one looks, or into a file. Needs the `live` extra (PyAV, OpenCV, pygame-ce)."""

from .painter import LivePainter
from .recorder import Recorder
from .sources import Camera, Film, newest
from .window import Window

__all__ = ["Camera", "Film", "LivePainter", "Recorder", "Window", "newest"]
