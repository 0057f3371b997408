"""Videos: frames in, frames out, with all that belongs to them. Needs the `video` extra (PyAV, PySceneDetect).

from adain_core.video import stylize_video
stylize_video(AdaIN.from_pretrained(), "clip.mp4", "out.mp4", "starry-night")
"""

from .encoding import Encoding
from .frames import FrameStylizer, stylize_frames
from .keyframes import KeyFrames
from .pipeline import VideoResult, finished_frames, partial_path, resumed_dtype, stylize_video, transform_video
from .preview import preview_frame
from .reading import Frame, VideoError, VideoInfo, VideoReader, probe

__all__ = [
    "Encoding",
    "Frame",
    "FrameStylizer",
    "KeyFrames",
    "VideoError",
    "VideoInfo",
    "VideoReader",
    "VideoResult",
    "finished_frames",
    "partial_path",
    "preview_frame",
    "probe",
    "resumed_dtype",
    "stylize_frames",
    "stylize_video",
    "transform_video",
]
