"""The named endpoints: typed parameters for programs (gradio_client, HTTP, MCP)."""

from __future__ import annotations

import time
from typing import Any

import gradio as gr

from adain_core.options import GRAIN_PRESETS, STYLE_COLORS, STYLE_SIZE, Options

from .areas import AREAS
from .catalogue import catalogue, choices
from .clips import KINDS, Clips, clips_possible
from .engine import model_names
from .handlers import messages
from .limits import Limits
from .progress import Bar
from .request import COLORS, Own, Request, Service, parse_styles
from .results import full_file
from .uploads import ClipUpload, PictureFile


def wanted(styles: str, picture: str | None, weight: float) -> tuple[tuple[str | Own, float], ...]:
    """Built-in styles by their names, and a picture with its weight."""
    return (*parse_styles(styles), *([] if picture is None else [(Own(picture), weight)]))


def add_api(limits: Limits, service: Service, clips: Clips) -> None:
    """Add the endpoints to the app that is being built."""
    add_pictures(limits, service)
    if clips_possible():
        add_clips(limits, clips)


def add_pictures(limits: Limits, service: Service) -> None:
    """/stylize and /styles."""

    def stylize(
        photo: str | None,
        styles: str = "",
        style_picture: str | None = None,
        style_picture_weight: float = 1.0,
        strength: float = Options.alpha,
        color: str = STYLE_COLORS,
        area: str = "everywhere",
        mask: str | None = None,
        soft_edge: float = Options.feather,
        size: float = 512,
        stroke: float = STYLE_SIZE,
        model: str = "",
        refine: float = Options.refine,
        texture: float = Options.texture,
        grain: str = "auto",
        keep: float = Options.keep,
    ) -> tuple[str, dict[str, Any]]:
        """Repaint a photo in a style.

        Args:
            photo: the picture file to repaint.
            styles: names of built-in styles (see /styles), several with weights: "starry-night:0.3, scream:0.7".
            style_picture: a picture file to take a style from, besides or instead of built-in ones.
            style_picture_weight: its weight in the blend.
            strength: 0 is the photo as the decoder paints it, 1 the style, above 1 exaggerates; up to {strength:g}.
            color: "style", or the photo's colours by "cholesky", "eigen", "monge-kantorovich", "luminance",
                "luminance-matched".
            area: "everywhere", or where the first style goes; a second one takes the rest. The "subject" and the
                "background" are found in the photo.
            mask: instead of an area: a picture file, white where the first style goes.
            soft_edge: softness of the edges of area or mask, in pixels; up to {soft_edge:g}.
            size: shorter side of the result in pixels, up to {size:g}; 0 keeps the photo's size.
            stroke: shorter side the style picture is reduced to: the scale of its strokes; up to {stroke:g}.
            model: which network.
            refine: steps that bring more strokes and detail, each three times the work; up to {refine:g}, with vgg19
                only.
            texture: how much these steps also bring the finest strokes of the style: 1 is a good choice; up to
                {texture:g}.
            grain: noise that flat places take so that strokes come there: "auto" where a picture is truly flat (lite:
                nowhere), "drawing" wherever it is smooth, "off" nowhere.
            keep: how much the steps of refinement also keep the photo's structure: 1 with texture 1 is a good choice;
                up to {keep:g}.

        Returns:
            The result as PNG file, and its width, height and the seconds it took; a note where no subject was found.
        """
        start = time.perf_counter()
        with messages():
            request = Request(
                photo, wanted(styles, style_picture, style_picture_weight), strength, color,
                "blend" if area == "everywhere" else "area", area=area,
                mask=None if mask is None else service.photos.mask(mask), soft_edge=soft_edge,
                size=size or None, stroke=stroke, refine=refine, texture=texture, keep=keep, grain=grain,
                model=model or None,
            )  # fmt: skip
            painted = service.fulfil(request)
        file = full_file(painted.image, "adain", result.GRADIO_CACHE)
        width, height = painted.image.size
        about = {"width": width, "height": height, "seconds": round(time.perf_counter() - start, 3)}
        return file, {**about, "note": painted.note} if painted.note else about

    stylize.__doc__ = str(stylize.__doc__).format(**{name: taken.highest for name, taken in limits.ranges.items()})

    def list_styles() -> list[dict[str, str]]:
        """The built-in styles.

        Returns:
            One row a style: key (its name), title, by (painter and year).
        """
        return [{part: row[part] for part in ("key", "title", "by")} for row in catalogue()]

    hidden: dict[str, Any] = {"visible": False}
    names = model_names()
    inputs = {
        "photo": PictureFile(label="photo", **hidden),
        "styles": gr.Textbox("", label="styles", **hidden),
        "style_picture": PictureFile(label="style_picture", **hidden),
        "style_picture_weight": gr.Number(1.0, label="style_picture_weight", **hidden),
        "strength": gr.Number(Options.alpha, label="strength", **hidden),
        "color": gr.Dropdown(list(COLORS), value=STYLE_COLORS, label="color", **hidden),
        "area": gr.Dropdown(["everywhere", *AREAS], value="everywhere", label="area", **hidden),
        "mask": PictureFile(label="mask", **hidden),
        "soft_edge": gr.Number(Options.feather, label="soft_edge", **hidden),
        "size": gr.Number(512, label="size", **hidden),
        "stroke": gr.Number(STYLE_SIZE, label="stroke", **hidden),
        "model": gr.Dropdown(names, value=names[0], label="model", **hidden),
        "refine": gr.Number(Options.refine, label="refine", **hidden),
        "texture": gr.Number(Options.texture, label="texture", **hidden),
        "grain": gr.Dropdown(list(GRAIN_PRESETS), value="auto", label="grain", **hidden),
        "keep": gr.Number(Options.keep, label="keep", **hidden),
    }
    result, about = gr.File(label="result", **hidden), gr.JSON(label="about", **hidden)
    button = gr.Button(**hidden)
    button.click(
        stylize, list(inputs.values()), [result, about], api_name="stylize", concurrency_id="network",
        concurrency_limit=1,
    )  # fmt: skip
    gr.api(list_styles, api_name="styles", queue=False)


def add_clips(limits: Limits, clips: Clips) -> None:
    """/stylize_video."""

    def stylize_video(
        clip: str | None,
        style: str,
        strength: float = Options.alpha,
        color: str = STYLE_COLORS,
        size: float = 256,
        steady: bool = True,
        style_picture: str | None = None,
        style_picture_weight: float = 1.0,
        model: str = "",
        kind: str = "mp4",
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - Gradio finds it by this default
    ) -> tuple[str, str]:
        """Repaint a short clip in a style; its sound stays.

        Args:
            clip: the video file or animated picture (GIF, WebP) to repaint.
            style: name of a built-in style (see /styles), several with weights: "starry-night:0.3, scream:0.7".
            strength: 0 is the clip as the decoder paints it, 1 the style, above 1 exaggerates.
            color: "style", or the clip's colours by one of the other modes.
            size: shorter side of the result in pixels, at most {side} and at most the clip's own.
            steady: whether statistics are averaged over time and strokes follow the motion, against flicker; else every
                frame is painted by itself.
            style_picture: a picture file to take a style from, besides or instead of built-in ones.
            style_picture_weight: its weight in the blend.
            model: which network: "vgg19", or the small "lite", which is quicker.
            kind: "mp4", with the sound; "gif" or "webp".

        Returns:
            The result's file, and a line on frames and time.
        """
        with messages():
            asked = Request(
                clip, wanted(style, style_picture, style_picture_weight), strength, color, size=size,
                model=model or None,
            )  # fmt: skip
            painted = clips.paint(asked, result.GRADIO_CACHE, steady=steady, kind=kind, progress=Bar(progress))
        rate = painted.frames / painted.seconds
        return painted.path, f"{painted.frames} frames in {painted.seconds:.1f} s ({rate:.1f} a second)"

    stylize_video.__doc__ = str(stylize_video.__doc__).format(side=limits.video_side)
    hidden: dict[str, Any] = {"visible": False}
    names, first = model_names(), choices()[0][1]
    inputs = [
        ClipUpload(label="clip", **hidden),
        gr.Textbox(first, label="style", **hidden),
        gr.Number(Options.alpha, label="strength", **hidden),
        gr.Dropdown(list(COLORS), value=STYLE_COLORS, label="color", **hidden),
        gr.Number(256, label="size", **hidden),
        gr.Checkbox(True, label="steady", **hidden),
        PictureFile(label="style_picture", **hidden),
        gr.Number(1.0, label="style_picture_weight", **hidden),
        gr.Dropdown(names, value=names[0], label="model", **hidden),
        gr.Dropdown(list(KINDS), value="mp4", label="kind", **hidden),
    ]
    result, facts = gr.File(label="result", **hidden), gr.Textbox(label="facts", **hidden)
    gr.Button(**hidden).click(
        stylize_video, inputs, [result, facts], api_name="stylize_video", concurrency_id="clips", concurrency_limit=1
    )
