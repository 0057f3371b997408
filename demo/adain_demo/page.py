"""The page: its controls from top to bottom, and which function each one calls."""

from __future__ import annotations

from typing import Any

import gradio as gr
from gradio.utils import get_space

from adain_core.options import GRAIN_PRESETS, STYLE_COLORS

from . import opening
from .address import MIXES
from .api import add_api
from .areas import AREAS
from .camera import FAST, camera_tab
from .choosing import Chooser, add_button, connect, style_list
from .clip_tab import clip_tab
from .clips import Clips, clips_possible
from .controls import Controls
from .engine import model_names
from .fold import fold
from .handlers import PAINT, Handlers, named, strip
from .history import History, Result
from .request import COLORS, Service
from .results import FORMS
from .sliders import Slider, slider, strength_slider
from .tiles import Tiles
from .uploads import PictureFile
from .widgets import address_bar, corner_pad, history_strip
from .widgets import brush as brush_widget
from .words import label

TITLE = "AdaIN style transfer"
NETWORK = "network"
"""Whatever paints waits in one line: two at once would only take turns on the processor."""


def build(service: Service) -> gr.Blocks:
    """The app, not yet running."""
    limits = service.limits
    clips = Clips(service)
    with gr.Blocks(
        title=TITLE, analytics_enabled=False, delete_cache=(600, limits.keep_seconds), fill_width=True
    ) as blocks:
        gr.HTML(f"<h1>{label('title')}</h1>", elem_classes="page-head", js_on_load=None)
        gr.HTML(f"<p>{label('intro')}</p>", elem_classes="page-head", js_on_load=None)
        if get_space():
            gr.DuplicateButton(label("duplicate"), elem_id="duplicate")
        own = gr.State({}, time_to_live=limits.keep_seconds)
        tiles = Tiles(service.photos, service.engine.turns, own.GRADIO_CACHE)
        with gr.Tabs():
            with gr.Tab(label("picture")):
                pictures = picture_tab(service, tiles, own)
            with gr.Tab(label("video")) as film_tab:
                films = clip_tab(service, clips, tiles, own, NETWORK)
            if FAST in model_names() and clips_possible():
                with gr.Tab(label("camera")):
                    camera_tab(service)
        connect(service, own, pictures, [(film_tab, films)] if films else [])
        add_api(limits, service, clips)
    blocks.queue(max_size=limits.waiting, default_concurrency_limit=4, api_open=False)
    return blocks


def picture_tab(service: Service, tiles: Tiles, own: gr.State) -> Chooser:
    """Everything to do with one picture: the result and what belongs to it; beside it the photo and the styles.

    Returns:
        What styles are chosen with.
    """
    limits = service.limits
    with gr.Row(equal_height=False, elem_classes="studio"):
        with gr.Column(scale=7, min_width=320, elem_classes="stage"):
            result = gr.ImageSlider(
                opening.pictures(), label=label("before-after"), show_label=False, interactive=False, type="filepath",
                elem_id="result", buttons=["fullscreen"],
            )  # fmt: skip
            stop = gr.Button(label("stop"), size="sm", elem_id="stop")
            facts = gr.Markdown(opening.title(), elem_classes="facts", elem_id="facts")
            results = history_strip(value=None, elem_id="history")
            strength = strength_slider(limits, elem_id="strength")
            with gr.Row(elem_classes="take"):
                save = gr.DownloadButton(
                    label("download"), interactive=False, variant="primary", elem_id="download", scale=3, min_width=120
                )
                form = gr.Dropdown(
                    [(label(f"form.{key}"), key) for key in FORMS], value="png", label=label("format"), container=False,
                    elem_id="form", scale=2, min_width=120,
                )  # fmt: skip
        with gr.Column(scale=5, min_width=320, elem_classes="side"):
            with gr.Row(equal_height=False, elem_classes="source"):
                photo = PictureFile(
                    value=str(opening.photo()), label=label("photo"), sources=["upload", "clipboard", "webcam"],
                    height=200, buttons=[], elem_id="photo", placeholder=label("photo-empty"), scale=3, min_width=180,
                )  # fmt: skip
                with gr.Column(scale=2, min_width=100, elem_classes="examples"):
                    gr.Examples(
                        [[str(opening.example(name))] for name in opening.EXAMPLES], [photo],
                        label=label("examples"), elem_id="examples",
                    )  # fmt: skip
            with gr.Row(elem_classes="ways"):
                mix = gr.Radio(
                    [(label(f"mix.{key}"), key) for key in MIXES], value="blend", label=label("mix"), show_label=False,
                    container=False, elem_id="mix", scale=3, min_width=280,
                )  # fmt: skip
                add = add_button("add-style", scale=1, min_width=140)
            with gr.Column(elem_classes="box", elem_id="corner-box"):
                corner = corner_pad(value={"x": 0.5, "y": 0.5}, corners=[opening.title()], elem_id="corner-pad")
            with gr.Column(elem_classes="box", elem_id="area-box"):
                area = gr.Dropdown(
                    [(label(f"area.{key}"), key) for key in AREAS], value="left", label=label("area"),
                    info=label("area-info"), elem_id="area",
                )  # fmt: skip
            with gr.Column(elem_classes="box", elem_id="brush-box"):
                brush = brush_widget(
                    value={"masks": {}}, layers=[{"key": opening.STYLE, "name": opening.title()}], photo="",
                    elem_id="brush",
                )  # fmt: skip
            with gr.Column(elem_id="soft-box"):
                soft = slider(limits, "soft_edge", "feather", value=8, label=label("soft-edge"), elem_id="soft-edge")
            with fold(label("fold-picture")):
                color = gr.Dropdown(
                    [(label(f"color.{key}"), key) for key in COLORS],
                    value=STYLE_COLORS,
                    label=label("color"),
                    elem_id="color",
                )
                size = Slider(
                    128, limits.side, 512, step=32, label=label("size"), elem_id="size",
                    info=label("size-info"),
                )  # fmt: skip
                stroke = slider(
                    limits, "stroke", "style_size", lowest=128, step=32, label=label("stroke"), interactive=False,
                    elem_id="stroke",
                    info=label("stroke-info"),
                )  # fmt: skip
                refine = slider(
                    limits, "refine", "refine", label=label("refine"), elem_id="refine",
                    info=label("refine-info"),
                )  # fmt: skip
                texture = slider(
                    limits, "texture", "texture", step=0.5, interactive=False, label=label("texture"),
                    elem_id="texture", info=label("texture-info"),
                )  # fmt: skip
                keep = slider(
                    limits, "keep", "keep", step=0.5, interactive=False, label=label("keep"), elem_id="keep",
                    info=label("keep-info"),
                )  # fmt: skip
                grain = gr.Dropdown(
                    [(label(f"grain.{key}"), key) for key in GRAIN_PRESETS],
                    value="auto", label=label("grain"), elem_id="grain",
                )  # fmt: skip
                names = model_names()
                model = gr.Dropdown(
                    [(label(f"model.{name}"), name) for name in names],
                    value=names[0],
                    label=label("model"),
                    visible=len(names) > 1,
                    elem_id="model",
                )
            picker = style_list(limits, tiles, opening.STYLE, "styles")

    controls: list[Any] = [photo, picker, own, strength, color, mix, corner, area, brush, soft, size, stroke, refine,
                           texture, keep, grain, model]  # fmt: skip
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
    wishes = [
        photo.change,
        picker.release,
        strength.release,
        color.input,
        corner.release,
        area.input,
        brush.release,
        soft.release,
        size.release,
        stroke.release,
        refine.release,
        texture.release,
        keep.release,
        grain.input,
        model.input,
        mix.input,
        again.change,
    ]
    gr.on(wishes, handlers.hurry, **quick)
    painting = gr.on(
        wishes, named(handlers.paint, PAINT), [history, form, *controls], shown,
        trigger_mode="always_last", show_progress="minimal", show_progress_on=result, **network,
    )  # fmt: skip
    stop.click(handlers.stop, **quick)
    mix.change(named(handlers.places, "places"), mix, picker, **quick)
    able = named(handlers.able, "able")
    gr.on([model.change, refine.change], able, [model, refine], [refine, texture, keep], **quick)
    gr.on(
        [strength.input, picker.input, corner.input],
        named(handlers.preview, "preview"), [history, *controls], [result, facts],
        trigger_mode="always_last", show_progress="hidden", **network,
    )  # fmt: skip
    photo.upload(named(handlers.accept, "accept"), photo, photo, show_progress="hidden", **private)
    photo.change(named(handlers.around, "around"), photo, [brush, picker], **quick)
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
    return Chooser(picker, add, again)
