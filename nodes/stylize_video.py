"""AdaIN Stylize Video."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import comfy.model_management as mm
import torch
from comfy_api.latest import io, ui
from torch import Tensor

from ..adain_core.errors import AdaINError, StyleError
from ..adain_core.options import GRAIN_PRESETS, STYLE_COLORS, ColorMode, VideoOptions, about
from ..adain_core.styles.style import Style
from ..adain_core.subject.words import WORDS
from ..adain_core.tiles.memory import PAINTED_BYTES
from . import film_files, sockets
from .engine.features import Encoded
from .engine.pictures import Frames, check_images, check_masks
from .engine.style_names import find_style
from .engine.styles import PictureStyle, StyleValue, style_for
from .host import PREVIEW_SIDE, ComfyHost, errors_by_their_names, tell
from .model import AdaINModel, bundled_model
from .options import Settings
from .style_choice import known, style_name_input

if TYPE_CHECKING:
    from ..adain_core.video.frames import VideoKeywords
    from ..adain_core.video.pipeline import VideoResult

EVERYWHERE = "everywhere"

RESULT = "stylized.mp4"
"""Browsers play it, Save Video copies it, and it holds sound and subtitles of every kind, converted if need be."""

BATCH = 16
"""Frames that are computed at once at most."""


class AdaINStylizeVideo(io.ComfyNode):
    """A film from file to file."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Inputs and outputs."""
        return io.Schema(
            node_id="AdaINStylizeVideo",
            display_name="AdaIN Stylize Video (Style Transfer)",
            category=sockets.CATEGORY,
            description=(
                "Repaints a film of any length in a style. It goes from file to file, a few frames at a time: an hour "
                "takes no more memory than a minute. Sound, times and subtitles stay."
            ),
            search_aliases=[
                "adain",
                "style transfer",
                "video style transfer",
                "stylize video",
                "film",
                "movie",
                "temporal consistency",
                "flicker",
            ],
            inputs=[
                io.Video.Input("video", tooltip="From Load Video, Trim Video, Create Video or any other node."),
                style_name_input(),
                io.Float.Input(
                    "strength",
                    display_mode=io.NumberDisplay.slider,
                    **sockets.declared(
                        "alpha",
                        max=2.0,
                        tooltip="1 is the full style, more exaggerates it. strength_over_time goes before it.",
                    ),
                ),
                sockets.color_input("film's"),
                io.Combo.Input(
                    "area",
                    optional=True,
                    options=[EVERYWHERE, *WORDS],
                    default=EVERYWHERE,
                    tooltip=(
                        "What is painted: all, or only the subject or the background, found anew in each frame; the "
                        "rest stays as it is."
                    ),
                ),
                io.Float.Input(
                    "steady",
                    optional=True,
                    default=VideoOptions.steady,
                    min=0.0,
                    max=10.0,
                    step=0.1,
                    tooltip=(
                        "Seconds over which brightness and colours are averaged, so that they do not flicker. 0 takes "
                        "every frame by itself. Nothing is averaged across a cut."
                    ),
                ),
                io.Float.Input(
                    "follow",
                    optional=True,
                    default=VideoOptions.follow,
                    min=0.0,
                    max=about("follow", VideoOptions).highest,
                    step=0.05,
                    tooltip=(
                        "How much of the frame before goes on along the motion, so that strokes follow what they are "
                        "painted on. 0 paints every frame anew, which is faster."
                    ),
                ),
                io.String.Input(
                    "strength_over_time",
                    optional=True,
                    default="",
                    tooltip=(
                        "The strength as a curve: SECONDS:STRENGTH, comma between. 0:0,5s:1 fades the style in over "
                        "five seconds. Empty: the strength above, all the time."
                    ),
                    advanced=True,
                ),
                io.Int.Input(
                    "size",
                    optional=True,
                    default=0,
                    min=0,
                    max=8192,
                    step=8,
                    tooltip="Shorter side of the result, in pixels. 0 keeps the film's.",
                    advanced=True,
                ),
                io.Image.Input(
                    "style_image",
                    optional=True,
                    tooltip="A picture whose style is taken. Of a batch the mean of all is one style.",
                ),
                sockets.Style.Input(
                    "style",
                    optional=True,
                    tooltip="A style from AdaIN Load Style, Mix Styles or Encode, instead of a picture.",
                ),
                io.Mask.Input(
                    "mask",
                    optional=True,
                    tooltip="White where frames are painted; elsewhere they stay as they are. One for the whole film.",
                ),
                sockets.Model.Input(
                    "model",
                    optional=True,
                    tooltip="Another model than vgg19: lite is several times faster.",
                ),
                sockets.Settings.Input(
                    "options",
                    optional=True,
                    tooltip=(
                        "Of AdaIN Options style_size, grain, feather and tile count. Leave refine at 0: films are not "
                        "refined."
                    ),
                ),
            ],
            outputs=[
                io.Video.Output(
                    "stylized",
                    display_name="video",
                    tooltip="The painted film with its sound, for Save Video or any node that takes one.",
                )
            ],
            **sockets.SHOWS_ITS_RESULT,
        )

    @classmethod
    def validate_inputs(cls, style_name: str | None = None) -> bool | str:
        """The name of a style may be that of before."""
        return known(style_name)

    @classmethod
    def execute(
        cls,
        video: Any,
        style_name: str,
        strength: float = VideoOptions.alpha,
        color: str = STYLE_COLORS,
        area: str = EVERYWHERE,
        steady: float = VideoOptions.steady,
        follow: float = VideoOptions.follow,
        strength_over_time: str = "",
        size: int = 0,
        style_image: Tensor | None = None,
        style: StyleValue | None = None,
        mask: Tensor | None = None,
        model: AdaINModel | None = None,
        options: Settings | None = None,
    ) -> io.NodeOutput:
        """From the video's file to another one among ComfyUI's temporary files."""
        from ..adain_core.video import KeyFrames  # needs PyAV

        errors_by_their_names()
        settings = options or Settings()
        if settings.refine:
            raise AdaINError(f"options have refine {settings.refine}, and films are not refined: set it to 0")
        if mask is not None and area != EVERYWHERE:
            raise AdaINError(f"a mask is connected and area is {area!r}: disconnect it, or choose {EVERYWHERE!r}")
        if style_image is not None and style is not None:
            raise StyleError("style_image and style are both connected: disconnect one, or use AdaIN Mix Styles")
        model = model or bundled_model()
        if style_image is not None:
            pictures = Frames(check_images(style_image, "style_image"))
            style = PictureStyle(Encoded(model, pictures, keep=False), size=settings.style_size)
            style = style.mixed() if len(pictures) > 1 else style
        where = area if mask is None else check_masks(mask, 1)[0]
        curve = strength_over_time.strip()
        wanted: VideoKeywords = {
            "alpha": KeyFrames.parse(curve) if curve else strength,
            "color": None if color == STYLE_COLORS else cast(ColorMode, color),
            "steady": steady,
            "follow": follow,
            "feather": settings.feather,
            "tile": settings.tile or "auto",
            "grain": GRAIN_PRESETS[settings.grain],
        }
        [target] = style_for(find_style(style_name) if style is None else style, model.encoder_id, 1).unbatch()
        folder = film_files.work_folder()
        try:
            result = _paint(model, video, folder, target, where, size or None, wanted)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        for note in [*result.notes, *result.problems]:
            logging.warning("AdaIN Stylize Video: %s", note)
        tell("; ".join([f"{result.frames} frames", *result.notes, *result.problems]))
        seen = ui.SavedResult(result.output.name, folder.name, io.FolderType.temp)
        return io.NodeOutput(film_files.as_video(result.output), ui=ui.PreviewVideo([seen]))


def _paint(
    model: AdaINModel,
    video: Any,
    folder: Path,
    style: Style,
    where: Tensor | str,
    size: int | None,
    wanted: VideoKeywords,
) -> VideoResult:
    """As `adain video` does it, with ComfyUI's progress bar and stop button."""
    from ..adain_core.model import AdaIN
    from ..adain_core.request import Region
    from ..adain_core.video import stylize_video

    show, seen = ComfyHost().progress(), torch.zeros(1, 1, 3)

    def watch(frames: Tensor) -> None:
        nonlocal seen
        seen = frames[-1]

    def progress(done: int, total: int | None) -> None:
        text = f"frame {done} of {total}" if total else f"frame {done}"
        show(done / total if total else 0.0, _small(seen), text)

    source = film_files.source_file(video, folder)
    start, end = film_files.span(video)
    width, height = video.get_dimensions()
    mm.free_memory(BATCH * width * height * PAINTED_BYTES, model.device)
    what = style if isinstance(where, str) and where == EVERYWHERE else [Region(style, where)]
    # Frames come from one thread and go to another: tensors of ComfyUI's inference mode may not be changed there.
    with torch.inference_mode(False):
        loaded = AdaIN.from_pretrained(model.ref, device=model.device, dtype=model.dtype)
        return stylize_video(
            loaded, source, folder / RESULT, what, size=size, start=start, end=end, strict=False,
            progress=progress, watch=watch, **wanted,
        )  # fmt: skip


def _small(frame: Tensor) -> Tensor:
    """A frame (h, w, 3) for a look at it, in [0, 1]."""
    every = max(1, max(frame.shape[:2]) // PREVIEW_SIDE)
    small = frame[::every, ::every]
    return small / 255 if small.dtype == torch.uint8 else small
