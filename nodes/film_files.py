"""ComfyUI's VIDEO values as files: what is read, which part of it, and what is given on."""

from __future__ import annotations

import inspect
import shutil
import tempfile
from pathlib import Path
from typing import Any

import folder_paths

LOSSLESS = 0
"""The H.264 rate factor that loses nothing of frames that a node has made."""


def work_folder() -> Path:
    """A fresh folder among ComfyUI's temporary files, which it clears when it starts and when it ends."""
    temporary = Path(folder_paths.get_temp_directory())
    temporary.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix="adain-", dir=temporary))


def source_file(video: Any, folder: Path) -> Path:
    """The file behind a VIDEO; of one that was made of frames, a file that is written for it.

    Args:
        video: a VIDEO.
        folder: where to write.
    """
    path = folder / "source.mp4"
    if _made_of_frames(video):
        given = {"crf": LOSSLESS} if "crf" in inspect.signature(video.save_to).parameters else {}
        video.save_to(str(path), **given)
        return path
    source = video.get_stream_source()
    if isinstance(source, str):
        return Path(source)
    with path.open("wb") as file:
        shutil.copyfileobj(source, file)
    return path


def span(video: Any) -> tuple[float | None, float | None]:
    """Which part of its file a VIDEO is: from and to, in seconds; None is its beginning or its end."""
    window = getattr(video, "get_active_trim_window", None)  # before it ComfyUI trimmed no files
    if window is None or _made_of_frames(video):
        return None, None
    start, duration = window()
    return start or None, start + duration if duration else None


def as_video(path: Path) -> Any:
    """A file as a VIDEO."""
    from comfy_api.latest import InputImpl

    return InputImpl.VideoFromFile(str(path))


def _made_of_frames(video: Any) -> bool:
    from comfy_api.latest import InputImpl

    return isinstance(video, InputImpl.VideoFromComponents)
