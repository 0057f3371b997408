"""The tab for short clips: the first frame is painted at once, the whole when one asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr
from PIL import Image

from adain_core.errors import AdaINError
from adain_core.options import STYLE_COLORS

from .catalogue import catalogue
from .choosing import add_button, style_list
from .clips import KINDS, TAKEN, Clips, clips_possible
from .controls import chosen, reference
from .engine import model_names
from .fold import fold
from .handlers import messages
from .progress import Bar
from .request import COLORS, Request, Service
from .results import shown_file
from .sliders import Slider, strength_slider
from .tiles import Tiles
from .uploads import ClipUpload, PictureButton
from .waiting import dismiss

PAINTING = "paint_clip"
"""The event that paints: it can be stopped by this name."""


MODELS = {"vgg19": "vgg19: the paper's network", "lite": "lite: small and quick"}
"""What the page says of models."""


def clip_tab(
    service: Service, clips: Clips, tiles: Tiles, own: gr.State, line: str
) -> tuple[gr.HTML, PictureButton, gr.State] | None:
    """Everything to do with clips.

    Args:
        service: fulfils requests.
        clips: looks at clips, tries and paints them.
        tiles: paints the styles' tiles.
        own: the session's own styles.
        line: what paints at once waits in (Gradio's concurrency id).

    Returns:
        What styles are chosen with, as :func:`connect` takes it; None where clips are not possible.
    """
    if not clips_possible():
        gr.Markdown('Clips need two more packages: `pip install "adain-style-transfer[video]"`.')
        return None
    limits = service.limits
    empty = (
        f"Choose a clip of up to {limits.video_seconds:.0f} s, {limits.video_frames} frames and"
        f" {limits.upload_bytes / 2**20:.0f} MB."
    )
    empty = (
        f"Choose a clip of up to {limits.video_seconds:.0f} s, {limits.video_frames} frames and"
        f" {limits.upload_bytes / 2**20:.0f} MB."
    )
    with gr.Row(equal_height=False, elem_classes="studio"):
        with gr.Column(scale=7, min_width=320, elem_classes="stage"):
            preview = gr.ImageSlider(
                label="First frame, before and after", show_label=False, interactive=False, type="filepath",
                elem_id="clip-preview", buttons=["fullscreen"],
            )  # fmt: skip
            film = gr.Video(
                label="Result", interactive=False, height=420, visible=False, elem_id="clip-result",
                buttons=["download"],
            )  # fmt: skip
            moving = gr.Image(
                label="Result", interactive=False, type="filepath", height=420, visible=False,
                elem_id="clip-animation", buttons=["download", "fullscreen"],
            )  # fmt: skip
            facts = gr.Markdown(empty, elem_classes="facts", elem_id="clip-facts")
            with gr.Row():
                go = gr.Button("Paint the clip", variant="primary", interactive=False, elem_id="go-clip")
                stop = gr.Button("Stop", interactive=False, elem_id="stop-clip")
            strength = strength_slider(limits, elem_id="clip-strength")
        with gr.Column(scale=5, min_width=320, elem_classes="side"):
            clip = ClipUpload(label="Video or GIF", file_types=list(TAKEN), height=140, elem_id="clip")
            names = model_names()
            model = gr.Radio(
                [(MODELS.get(name, name), name) for name in names], value=names[0], label="Model",
                visible=len(names) > 1, elem_id="clip-model",
            )  # fmt: skip
            kind = gr.Radio(
                [(words, key) for key, words in KINDS.items()], value="mp4", label="Save as", elem_id="clip-kind"
            )
            with fold("Colour, size and steadiness"):
                colors = [(label, key) for key, label in COLORS.items()]
                color = gr.Dropdown(colors, value=STYLE_COLORS, label="Colours", elem_id="clip-color")
                size = Slider(
                    96, limits.video_side, min(256, limits.video_side), step=8, label="Size (shorter side, pixels)",
                    elem_id="clip-size",
                )  # fmt: skip
                steady = gr.Checkbox(
                    True, label="Steady", elem_id="steady",
                    info="Averages statistics over half a second and moves strokes along. Off: frame by frame.",
                )  # fmt: skip
            add = add_button("clip-add-style")
            picker = style_list(limits, tiles, catalogue()[0]["key"], "clip-styles")
    again = gr.State(0.0)

    folder = film.GRADIO_CACHE

    def request(
        clip: str | None, picker: Any, own: Any, strength: float, color: str, size: float, model: str
    ) -> Request:
        """The tab's controls as a request."""
        styles = tuple((reference(row["key"], own), row["weight"]) for row in chosen(picker))
        return Request(clip, styles, strength, color, size=size, model=model or None)

    def first_frame(clip: str | None, steady: bool, *controls: Any) -> Iterator[tuple[Any, ...]]:
        """The first frame, painted, then what all of them will take. What is not complete yet is no error."""
        with messages():
            asked = request(clip, *controls)
            if clip is None or not asked.styles:
                hint = empty if clip is None else "Choose a style."
                yield None if clip is None else gr.skip(), hint, gr.Button(interactive=False), gr.skip()
                return
            first = clips.first(asked, steady=steady)
            pictures = (first.before, "frame"), (first.after, "first-frame")
            shown = tuple(shown_file(Image.fromarray(pixels), name, folder) for pixels, name in pictures)
            height, width = first.after.shape[:2]
            facts = f"{'' if first.frames is None else f'{first.frames} frames of '}{width} x {height} pixels"
            yield shown, facts, gr.Button(interactive=True), gr.HTML(photo=shown[0])
            seconds = clips.seconds(asked, steady=steady)
            if seconds is not None:
                yield gr.skip(), f"{facts} · about {span(seconds)} to paint", gr.skip(), gr.skip()

    def arrived(clip: str | None) -> tuple[Any, Any]:
        """A new clip is taken away, with a message, if it cannot be painted. It is saved as what it is."""
        try:
            clips.look(clip)
        except AdaINError as e:
            gr.Warning(str(e), title="Not possible")
            return None, gr.skip()
        suffix = str(clip).rpartition(".")[2].lower()
        return gr.skip(), suffix if suffix in KINDS else "mp4"

    def changed(clip: str | None, steady: bool, *controls: Any) -> Iterator[tuple[Any, ...]]:
        """:func:`first_frame` for another clip; :func:`arrived` tells of one that cannot be painted."""
        try:
            if clip is not None:
                clips.look(clip)
        except AdaINError:
            return
        yield from first_frame(clip, steady, *controls)

    def paint(
        clip: str | None, steady: bool, kind: str, picker: Any, own: Any, strength: float, color: str, size: float,
        model: str, progress: gr.Progress = gr.Progress(),  # noqa: B008 - Gradio finds it by this default
    ) -> tuple[Any, Any, str]:  # fmt: skip
        """All frames."""
        with messages():
            asked = request(clip, picker, own, strength, color, size, model)
            painted = clips.paint(asked, folder, steady=steady, kind=kind, progress=Bar(progress))
        rate = painted.frames / painted.seconds
        facts = f"{painted.frames} frames in {span(painted.seconds)} ({rate:.1f} a second)"
        if kind == "mp4":
            return gr.Video(painted.path, visible=True), gr.Image(None, visible=False), facts
        return gr.Video(None, visible=False), gr.Image(painted.path, visible=True), facts

    controls = [picker, own, strength, color, size, model]
    unlisted: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
    private: dict[str, Any] = {"api_visibility": "private"}
    network = {"concurrency_id": line, "concurrency_limit": 1, "trigger_mode": "always_last",
               "show_progress": "minimal", "show_progress_on": preview, **private}  # fmt: skip
    tried = [preview, facts, go, picker]
    clip.upload(arrived, clip, [clip, kind], **{**unlisted, "queue": True})
    clip.change(changed, [clip, steady, *controls], tried, **network)
    gr.on(
        [picker.release, strength.release, color.input, size.release, model.input, steady.input,
         again.change],
        first_frame, [clip, steady, *controls], tried, **network,
    )  # fmt: skip
    go.click(lambda: gr.Button(interactive=True), None, stop, **unlisted)
    painting = go.click(
        paint, [clip, steady, kind, *controls], [film, moving, facts], api_name=PAINTING, show_progress="minimal",
        show_progress_on=preview,
        concurrency_id="clips", concurrency_limit=1, **private,
    )  # fmt: skip
    painting.then(lambda: gr.Button(interactive=False), None, stop, **unlisted)

    def stop_painting(visitor: gr.Request) -> tuple[Any, str]:
        dismiss(visitor.session_hash, PAINTING)
        return gr.Button(interactive=False), "Stopped."

    # The first ends the work, the second the page's waiting for it.
    stop.click(stop_painting, None, [stop, facts], **unlisted)
    stop.click(None, cancels=[painting], **unlisted)
    return picker, add, again


def span(seconds: float) -> str:
    """A time as one would say it."""
    return f"{max(1, round(seconds))} s" if seconds < 90 else f"{round(seconds / 60)} min"
