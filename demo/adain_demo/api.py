"""The named endpoints: typed parameters for programs (gradio_client, HTTP, MCP)."""

from __future__ import annotations

import time
from typing import Any

import gradio as gr

from adain_core.options import GRAIN_PRESETS, STYLE_COLORS, STYLE_SIZE, Options

from .areas import AREAS
from .catalogue import catalogue
from .engine import model_names
from .handlers import messages
from .limits import Limits
from .request import COLORS, Own, Request, Service, parse_styles
from .results import full_file
from .uploads import PictureFile


def add_api(limits: Limits, service: Service) -> None:
    """Add the endpoints to the app that is being built."""

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
    ) -> tuple[str, dict[str, Any]]:
        """Repaint a photo in a style.

        Args:
            photo: the picture file to repaint.
            styles: names of built-in styles (see /styles), several with weights: "starry-night:0.3, scream:0.7".
            style_picture: a picture file to take a style from, besides or instead of built-in ones.
            style_picture_weight: its weight in the blend.
            strength: 0 keeps the photo, 1 is the style, above 1 exaggerates; up to {strength:g}.
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
            grain: noise that flat places take so that strokes come there: "auto" in drawings only, "drawing" wherever
                the picture is smooth, "off" nowhere.

        Returns:
            The result as PNG file, and its width, height and the seconds it took; a note where no subject was found.
        """
        start = time.perf_counter()
        with messages():
            chosen: list[tuple[str | Own, float]] = [*parse_styles(styles)]
            if style_picture is not None:
                chosen.append((Own(style_picture), style_picture_weight))
            request = Request(
                photo, tuple(chosen), strength, color, "blend" if area == "everywhere" else "area", area=area,
                mask=None if mask is None else service.photos.mask(mask), soft_edge=soft_edge,
                size=size or None, stroke=stroke, refine=refine, texture=texture, grain=grain, model=model or None,
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
    }
    result, about = gr.File(label="result", **hidden), gr.JSON(label="about", **hidden)
    button = gr.Button(**hidden)
    button.click(
        stylize, list(inputs.values()), [result, about], api_name="stylize", concurrency_id="network",
        concurrency_limit=1,
    )  # fmt: skip
    gr.api(list_styles, api_name="styles", queue=False)
