"""What of a video a painted one does not keep, in a sentence each."""

from __future__ import annotations

from .pyav import av

HDR = (
    "MASTERING_DISPLAY_METADATA",
    "CONTENT_LIGHT_LEVEL",
    "DYNAMIC_HDR_PLUS",
    "DOVI_METADATA",
)
"""FFmpeg's names of what frames tell of the screen that they were made for."""


def lost(stream: av.VideoStream, first: av.VideoFrame) -> list[str]:
    """What is lost of the frames.

    Args:
        stream: of the video.
        first: its first frame.
    """
    notes = []
    transparent = any(c.is_alpha for c in first.format.components) or stream.metadata.get("alpha_mode") == "1"
    if transparent:
        notes.append("the video is transparent in places: it is painted opaque")
    if any(first.side_data.get(name) is not None for name in HDR):
        notes.append(
            "HDR metadata (brightness of the screen and of scenes) is left out, as it is about what was there before "
            "painting; transfer curve and primaries stay"
        )
    return notes
