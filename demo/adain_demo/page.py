"""The page: its controls from top to bottom, and which function each one calls."""

from __future__ import annotations

from typing import Any

import gradio as gr

from adain_core.options import STYLE_COLORS
from adain_core.weights.catalog import bundled_folder

from .api import add_api
from .areas import AREAS
from .camera import FAST, camera_tab
from .catalogue import COLUMNS, SPRITE, catalogue
from .clip_tab import clip_tab
from .clips import Clips, clips_possible
from .engine import Engine, model_names
from .fold import fold
from .handlers import Handlers, named
from .limits import Limits
from .request import COLORS, Service
from .sliders import Slider, slider, strength_slider
from .uploads import PictureButton, PictureFile
from .widgets import brush as brush_widget
from .widgets import corner_pad, style_picker

TITLE = "AdaIN style transfer"
NETWORK = "network"
"""Whatever paints waits in one line: two at once would only take turns on the processor."""

MIXES = {"Blend": "blend", "Corners": "corners", "Areas": "area", "Brush": "paint"}


def build(limits: Limits, engine: Engine) -> gr.Blocks:
    """The app, not yet running."""
    service = Service(limits, engine)
    clips = Clips(service)
    with gr.Blocks(
        title=TITLE, analytics_enabled=False, delete_cache=(600, limits.keep_seconds), fill_width=True
    ) as blocks:
        gr.HTML(
            f"<h1>{TITLE}</h1><p>Give a photo the look of a painting. Pictures stay on this server for an hour"
            " and are seen by nobody else.</p>",
            elem_classes="page-head",
            js_on_load=None,
        )
        with gr.Tabs():
            with gr.Tab("Picture"):
                picture_tab(limits, service)
            with gr.Tab("Video"):
                clip_tab(service, clips, NETWORK)
            if FAST in model_names() and clips_possible():
                with gr.Tab("Camera"):
                    camera_tab(service)
        add_api(limits, service, clips)
    blocks.queue(max_size=limits.waiting, default_concurrency_limit=4, api_open=False)
    return blocks


def picture_tab(limits: Limits, service: Service) -> None:
    """Everything to do with one picture."""
    own = gr.State({}, time_to_live=limits.keep_seconds)
    settled = gr.State(None, time_to_live=limits.keep_seconds)
    with gr.Row(equal_height=False):
        with gr.Column(scale=5, min_width=320):
            photo = PictureFile(
                label="Photo", sources=["upload", "clipboard", "webcam"], height=260, buttons=["fullscreen"],
                elem_id="photo", placeholder="Drop a photo here, or paste one",
            )  # fmt: skip
            folder = bundled_folder().parent / "examples"
            gr.Examples(
                [[str(folder / f"{name}.jpg")] for name in ("astronaut", "chelsea", "coffee")], [photo],
                label="Or take one of these", elem_id="examples",
            )  # fmt: skip
            gr.HTML("<h2 class='section'>Styles</h2>", js_on_load=None, elem_classes="section-head")
            picker = style_picker(
                value={"picked": [], "mix": False}, styles=list(catalogue()), own=[],
                sprite=f"gradio_api/file={SPRITE}", columns=COLUMNS, most=limits.styles, elem_id="styles",
            )  # fmt: skip
            add = PictureButton(
                "Add your own style picture",
                file_types=["image"],
                file_count="multiple",
                size="sm",
                elem_id="add-style",
            )
        with gr.Column(scale=6, min_width=320, elem_classes="beside"):
            result = gr.ImageSlider(
                label="Before and after", interactive=False, max_height=560, type="filepath", elem_id="result",
                buttons=["fullscreen"],
            )  # fmt: skip
            facts = gr.Markdown("Choose a photo and a style.", elem_classes="facts", elem_id="facts")
            strength = strength_slider(limits, elem_id="strength", info="Above 1 exaggerates.")
            with gr.Row():
                png = gr.DownloadButton("Download PNG", interactive=False, variant="primary", elem_id="download")
                jpeg = gr.DownloadButton("Download JPEG", interactive=False, elem_id="download-jpeg")
            mix = gr.Radio(
                list(MIXES.items()), value="blend", label="Several styles", elem_id="mix",
                info="By weights, by a point between corners, in areas of the photo, or where you paint.",
            )  # fmt: skip
            with gr.Column(elem_classes="box", elem_id="corner-box"):
                corner = corner_pad(value={"x": 0.5, "y": 0.5}, corners=[], elem_id="corner-pad")
            with gr.Column(elem_classes="box", elem_id="area-box"):
                area = gr.Dropdown(
                    [(label, key) for key, label in AREAS.items()], value="left", label="Area of the first style",
                    info="A second style takes the rest; without one the photo stays.", elem_id="area",
                )  # fmt: skip
            with gr.Column(elem_classes="box", elem_id="brush-box"):
                brush = brush_widget(value={"masks": {}}, layers=[], photo="", elem_id="brush")
            with gr.Column(elem_id="soft-box"):
                soft = slider(limits, "soft_edge", "feather", value=8, label="Soft edge (pixels)", elem_id="soft-edge")
            with fold("Colour, size and strokes"):
                color = gr.Dropdown(
                    [(label, key) for key, label in COLORS.items()],
                    value=STYLE_COLORS,
                    label="Colours",
                    elem_id="color",
                )
                size = Slider(
                    128, limits.side, 512, step=32, label="Size (shorter side, pixels)", elem_id="size",
                    info=f"Up to {limits.side}, and {limits.result_pixels / 1e6:.0f} megapixels.",
                )  # fmt: skip
                stroke = slider(
                    limits, "stroke", "style_size", lowest=128, step=32, label="Stroke size", interactive=False,
                    elem_id="stroke",
                    info="For your own style pictures. Built-in styles are known by their statistics at one size.",
                )  # fmt: skip
                refine = slider(
                    limits, "refine", "refine", label="Refinement", elem_id="refine",
                    info="Steps that bring more strokes and detail, each three times the work; vgg19 only.",
                )  # fmt: skip
                texture = slider(
                    limits, "texture", "texture", step=0.5, label="Texture", elem_id="texture",
                    info="How much refinement also brings the finest strokes of the style; 1 is a good choice.",
                )  # fmt: skip
                grain = gr.Dropdown(
                    [("In drawings", "auto"), ("Wherever it is smooth", "drawing"), ("Nowhere", "off")],
                    value="auto", label="Strokes in flat places", elem_id="grain",
                )  # fmt: skip
                names = model_names()
                model = gr.Dropdown(names, value=names[0], label="Model", visible=len(names) > 1, elem_id="model")

    controls = [photo, picker, own, strength, color, mix, corner, area, brush, soft, size, stroke, refine, texture,
                grain, model]  # fmt: skip
    handlers = Handlers(service, photo.GRADIO_CACHE)
    private: dict[str, Any] = {"api_visibility": "private"}
    network: dict[str, Any] = {"concurrency_id": NETWORK, "concurrency_limit": 1, **private}
    full_outputs = [result, facts, png, jpeg, settled]
    gr.on(
        [
            picker.release, strength.release, color.input, corner.release, area.input, brush.release,
            soft.release, size.release, stroke.release, refine.release, texture.release,
            grain.input, model.input, mix.input,
        ],
        named(handlers.auto, "auto"), [settled, *controls], full_outputs,
        trigger_mode="always_last", show_progress="minimal", show_progress_on=result, **network,
    )  # fmt: skip
    photo.change(
        named(handlers.arrived, "arrived"), [settled, *controls], full_outputs,
        trigger_mode="always_last", show_progress="minimal", show_progress_on=result, **network,
    )  # fmt: skip
    gr.on(
        [strength.input, picker.input, corner.input],
        named(handlers.preview, "preview"), [settled, *controls], [result, facts],
        trigger_mode="always_last", show_progress="hidden", **network,
    )  # fmt: skip
    photo.upload(named(handlers.accept, "accept"), photo, photo, show_progress="hidden", **private)
    add.upload(named(handlers.add_own, "add_own"), [add, own, picker], [picker, own], **private).then(
        named(handlers.follow, "follow"), [picker, own, mix], [corner, brush, stroke], show_progress="hidden", **private
    ).then(
        named(handlers.auto, "auto"), [settled, *controls], full_outputs, show_progress="minimal",
        show_progress_on=result, **network,
    )  # fmt: skip
    picker.release(
        named(handlers.follow, "follow"), [picker, own, mix], [corner, brush, stroke], show_progress="hidden", **private
    )
    photo.change(named(handlers.under_brush, "under_brush"), photo, brush, show_progress="hidden", **private)
