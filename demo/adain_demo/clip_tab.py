"""The tab for short clips: the first frame is painted at once, the whole when one asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr
from PIL import Image

from adain_core.errors import AdaINError
from adain_core.options import STYLE_COLORS

from .catalogue import catalogue
from .choosing import Chooser, add_button, style_list
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
from .uploads import ClipUpload
from .waiting import NobodyWaitsError, dismiss
from .words import label, say

PAINTING = "paint_clip"
"""The event that paints: it can be stopped by this name."""


def clip_tab(service: Service, clips: Clips, tiles: Tiles, own: gr.State, line: str) -> Chooser | None:
    """Everything to do with clips.

    Args:
        service: fulfils requests.
        clips: looks at clips, tries and paints them.
        tiles: paints the styles' tiles.
        own: the session's own styles.
        line: what paints at once waits in (Gradio's concurrency id).

    Returns:
        What styles are chosen with; None where clips are not possible.
    """
    if not clips_possible():
        gr.Markdown(say("clip-packages", command='`pip install "adain-style-transfer[video]"`'))
        return None
    limits = service.limits
    with gr.Row(equal_height=False, elem_classes="studio"):
        with gr.Column(scale=7, min_width=320, elem_classes="stage"):
            preview = gr.ImageSlider(
                label=label("first-frame"), show_label=False, interactive=False, type="filepath",
                elem_id="clip-preview", buttons=["fullscreen"],
            )  # fmt: skip
            film = gr.Video(
                label=label("result"), interactive=False, height=420, visible=False, elem_id="clip-result",
                buttons=["download"],
            )  # fmt: skip
            moving = gr.Image(
                label=label("result"), interactive=False, type="filepath", height=420, visible=False,
                elem_id="clip-animation", buttons=["download", "fullscreen"],
            )  # fmt: skip
            facts = gr.Markdown(label("clip-empty"), elem_classes="facts", elem_id="clip-facts")
            with gr.Row():
                go = gr.Button(label("go-clip"), variant="primary", interactive=False, elem_id="go-clip")
                stop = gr.Button(label("stop"), interactive=False, elem_id="stop-clip")
            strength = strength_slider(limits, elem_id="clip-strength")
        with gr.Column(scale=5, min_width=320, elem_classes="side"):
            clip = ClipUpload(label=label("clip"), file_types=list(TAKEN), height=140, elem_id="clip")
            names = model_names()
            model = gr.Radio(
                [(label(f"model.{name}"), name) for name in names], value=names[0], label=label("model"),
                visible=len(names) > 1, elem_id="clip-model",
            )  # fmt: skip
            kind = gr.Radio(
                [(label(f"kind.{key}"), key) for key in KINDS], value="mp4", label=label("save-as"), elem_id="clip-kind"
            )
            with fold(label("fold-clip")):
                colors = [(label(f"color.{key}"), key) for key in COLORS]
                color = gr.Dropdown(colors, value=STYLE_COLORS, label=label("color"), elem_id="clip-color")
                size = Slider(
                    96, limits.video_side, min(256, limits.video_side), step=8, label=label("size"),
                    elem_id="clip-size",
                )  # fmt: skip
                steady = gr.Checkbox(
                    True, label=label("steady"), elem_id="steady",
                    info=label("steady-info"),
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
                hint = label("clip-empty") if clip is None else say("choose-style")
                yield None if clip is None else gr.skip(), hint, gr.Button(interactive=False), gr.skip()
                return
            first = clips.first(asked, steady=steady)
            pictures = (first.before, "frame"), (first.after, "first-frame")
            shown = tuple(shown_file(Image.fromarray(pixels), name, folder) for pixels, name in pictures)
            height, width = first.after.shape[:2]
            key = "frame-facts" if first.frames is None else "clip-facts"
            facts = say(key, frames=first.frames, width=width, height=height)
            yield shown, facts, gr.Button(interactive=True), gr.HTML(photo=shown[0])
            seconds = clips.seconds(asked, steady=steady)
            if seconds is not None:
                yield gr.skip(), say("clip-wait", facts=facts, time=span(seconds)), gr.skip(), gr.skip()

    def arrived(clip: str | None) -> tuple[Any, Any]:
        """A new clip is taken away, with a message, if it cannot be painted. It is saved as what it is."""
        try:
            clips.look(clip)
        except AdaINError as e:
            gr.Warning(str(e), title=say("not-possible"))
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
            try:
                painted = clips.paint(asked, folder, steady=steady, kind=kind, progress=Bar(progress))
            except NobodyWaitsError:
                return gr.skip(), gr.skip(), say("stopped")
        rate = painted.frames / painted.seconds
        facts = say("clip-done", frames=painted.frames, time=span(painted.seconds), rate=f"{rate:.1f}")
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
        return gr.Button(interactive=False), say("stopped")

    # The first ends the work, the second the page's waiting for it.
    stop.click(stop_painting, None, [stop, facts], **unlisted)
    stop.click(None, cancels=[painting], **unlisted)
    return Chooser(picker, add, again)


def span(seconds: float) -> str:
    """A time as one would say it."""
    if seconds < 90:
        return say("seconds", number=max(1, round(seconds)))
    return say("minutes", number=round(seconds / 60))
