"""The page: its controls from top to bottom, and which function each one calls."""

from __future__ import annotations

from typing import Any

import gradio as gr

from adain_core.options import STYLE_COLORS

from . import opening
from .address import MIXES
from .api import add_api
from .areas import AREAS
from .camera import FAST, camera_tab
from .catalogue import COLUMNS, SPRITE, catalogue
from .clip_tab import clip_tab
from .clips import clips_possible
from .controls import Controls, pick
from .engine import model_names
from .fold import fold
from .handlers import Handlers, named, strip
from .history import History, Result
from .limits import Limits
from .request import COLORS, Service
from .results import FORMS
from .sliders import Slider, slider, strength_slider
from .tiles import AT_ONCE, Tiles, tiles_possible
from .uploads import PictureButton, PictureFile
from .widgets import address_bar, corner_pad, history_strip, style_picker
from .widgets import brush as brush_widget

TITLE = "AdaIN style transfer"
NETWORK = "network"
"""Whatever paints waits in one line: two at once would only take turns on the processor."""


def build(service: Service) -> gr.Blocks:
    """The app, not yet running."""
    limits = service.limits
    with gr.Blocks(
        title=TITLE, analytics_enabled=False, delete_cache=(600, limits.keep_seconds), fill_width=True
    ) as blocks:
        gr.HTML(
            f"<h1>{TITLE}</h1><p>Give a photo the look of a painting. Pictures stay here for an hour, seen by nobody"
            " else.</p>",
            elem_classes="page-head",
            js_on_load=None,
        )
        with gr.Tabs():
            with gr.Tab("Picture"):
                picture_tab(limits, service)
            with gr.Tab("Video"):
                clip_tab(limits, service)
            if FAST in model_names() and clips_possible():
                with gr.Tab("Camera"):
                    camera_tab(service)
        add_api(limits, service)
    blocks.queue(max_size=limits.waiting, default_concurrency_limit=4, api_open=False)
    return blocks


def picture_tab(limits: Limits, service: Service) -> None:
    """Everything to do with one picture: the result and what belongs to it; beside it the photo and the styles."""
    own = gr.State({}, time_to_live=limits.keep_seconds)
    with gr.Row(equal_height=False, elem_classes="studio"):
        with gr.Column(scale=7, min_width=320, elem_classes="stage"):
            result = gr.ImageSlider(
                opening.pictures(), label="Before and after", show_label=False, interactive=False, type="filepath",
                elem_id="result", buttons=["fullscreen"],
            )  # fmt: skip
            facts = gr.Markdown(opening.title(), elem_classes="facts", elem_id="facts")
            results = history_strip(value=None, elem_id="history")
            strength = strength_slider(limits, elem_id="strength")
            with gr.Row(elem_classes="take"):
                save = gr.DownloadButton(
                    "Download", interactive=False, variant="primary", elem_id="download", scale=3, min_width=120
                )
                form = gr.Dropdown(
                    [(label, key) for key, label in FORMS.items()], value="png", label="Format", container=False,
                    elem_id="form", scale=2, min_width=120,
                )  # fmt: skip
        with gr.Column(scale=5, min_width=320, elem_classes="side"):
            with gr.Row(equal_height=False, elem_classes="source"):
                photo = PictureFile(
                    value=str(opening.photo()), label="Photo", sources=["upload", "clipboard", "webcam"], height=200,
                    buttons=[], elem_id="photo", placeholder="Drop a photo here, or paste one", scale=3, min_width=180,
                )  # fmt: skip
                with gr.Column(scale=2, min_width=100, elem_classes="examples"):
                    gr.Examples(
                        [[str(opening.example(name))] for name in opening.EXAMPLES], [photo],
                        label="Or one of these", elem_id="examples",
                    )  # fmt: skip
            with gr.Row(elem_classes="ways"):
                mix = gr.Radio(
                    list(MIXES.items()), value="blend", label="Where styles go", show_label=False, container=False,
                    elem_id="mix", scale=3, min_width=280,
                )  # fmt: skip
                add = PictureButton(
                    "Add your own style", file_types=["image"], file_count="multiple", size="sm", elem_id="add-style",
                    scale=1, min_width=140,
                )  # fmt: skip
            with gr.Column(elem_classes="box", elem_id="corner-box"):
                corner = corner_pad(value={"x": 0.5, "y": 0.5}, corners=[opening.title()], elem_id="corner-pad")
            with gr.Column(elem_classes="box", elem_id="area-box"):
                area = gr.Dropdown(
                    [(label, key) for key, label in AREAS.items()], value="left", label="Area of the first style",
                    info="A second style takes the rest; without one the photo stays.", elem_id="area",
                )  # fmt: skip
            with gr.Column(elem_classes="box", elem_id="brush-box"):
                brush = brush_widget(
                    value={"masks": {}}, layers=[{"key": opening.STYLE, "name": opening.title()}], photo="",
                    elem_id="brush",
                )  # fmt: skip
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
            tiles = Tiles(service.photos, service.engine.turns, photo.GRADIO_CACHE)
            picker = style_picker(
                value=pick([(opening.STYLE, 1.0)], False), styles=list(catalogue()), own=[], photo="",
                at_once=AT_ONCE if tiles_possible() else 0, sprite=f"gradio_api/file={SPRITE}", columns=COLUMNS,
                most=limits.styles, elem_id="styles", server_functions=[named(tiles.answer, "tiles")],
            )  # fmt: skip

    controls: list[Any] = [photo, picker, own, strength, color, mix, corner, area, brush, soft, size, stroke, refine,
                           texture, grain, model]  # fmt: skip
    start = Controls(*(control.value for control in controls))._replace(photo=controls[0].value["path"], own={})
    before, after = (picture["path"] for picture in result.value)
    first = Result(start.request(), start, before, after, None, "", opening.title(), opening.title())
    opened = History().added(first)
    results.value = strip(opened)
    history = gr.State(opened)
    address = address_bar(value=None, elem_id="address")
    again = gr.State(0.0)  # changes when something is to be painted that no control was used for

    handlers = Handlers(service, photo.GRADIO_CACHE, start)
    private: dict[str, Any] = {"api_visibility": "private"}
    network: dict[str, Any] = {"concurrency_id": NETWORK, "concurrency_limit": 1, **private}
    quick: dict[str, Any] = {"queue": False, "show_progress": "hidden", **private}
    shown = [result, facts, save, history, results, address]
    # One event for whatever is painted in full size: the page asks once at a time, with the controls as they are then.
    # Two could overtake each other on the way, and an old result replace a new one.
    painting = gr.on(
        [
            photo.change, picker.release, strength.release, color.input, corner.release, area.input, brush.release,
            soft.release, size.release, stroke.release, refine.release, texture.release,
            grain.input, model.input, mix.input, again.change,
        ],
        named(handlers.paint, "paint"), [history, form, *controls], shown,
        trigger_mode="always_last", show_progress="minimal", show_progress_on=result, **network,
    )  # fmt: skip
    gr.on(
        [strength.input, picker.input, corner.input],
        named(handlers.preview, "preview"), [history, *controls], [result, facts],
        trigger_mode="always_last", show_progress="hidden", **network,
    )  # fmt: skip
    photo.upload(named(handlers.accept, "accept"), photo, photo, show_progress="hidden", **private)
    photo.change(named(handlers.around, "around"), photo, [brush, picker], **quick)
    add.upload(named(handlers.add_own, "add_own"), [add, own, picker], [picker, own, again], **private)
    picker.select(named(handlers.follow, "follow"), [picker, own], [corner, brush, stroke], **quick)
    restored = [*controls, again, *shown]
    hidden: dict[str, Any] = {"show_progress": "hidden", **private}
    for step in (
        results.undo(named(handlers.undo, "undo"), [history, form], restored, cancels=[painting], **hidden),
        results.select(
            named(handlers.revisit, "revisit"), [history, form, results], restored, cancels=[painting], **hidden
        ),
    ):
        step.then(named(handlers.photo_of, "photo_of"), [history, photo], photo, **hidden)
    address.submit(named(handlers.opened, "opened"), address, [*controls, again], **hidden)
    form.input(named(handlers.deliver, "deliver"), [history, form], save, **quick)
