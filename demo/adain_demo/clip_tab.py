"""The tab for short clips; its button is the endpoint /stylize_video."""

from __future__ import annotations

from typing import Any

import gradio as gr

from adain_core.options import STYLE_COLORS, Options

from .catalogue import choices
from .clips import clips_possible, paint_clip
from .fold import fold
from .handlers import messages
from .limits import Limits
from .request import COLORS, Request, Service
from .sliders import Slider, strength_slider
from .uploads import ClipFile
from .waiting import dismiss


def clip_tab(limits: Limits, service: Service) -> None:
    """Everything to do with clips."""
    if not clips_possible():
        gr.Markdown('Clips need two more packages: `pip install "adain-style-transfer[video]"`.')
        return
    with gr.Row(equal_height=False):
        with gr.Column(scale=5, min_width=320):
            clip = ClipFile(label="Clip", sources=["upload"], height=320, elem_id="clip")
            gr.Markdown(
                f"Up to {limits.video_seconds:.0f} s, {limits.video_frames} frames and"
                f" {limits.upload_bytes / 2**20:.0f} MB. The sound stays.",
                elem_classes="facts",
            )
            titles = choices()
            style = gr.Dropdown(titles, value=titles[0][1], label="Style", elem_id="clip-style")
            strength = strength_slider(limits)
            with fold("Colour, size and steadiness"):
                colors = [(label, key) for key, label in COLORS.items()]
                color = gr.Dropdown(colors, value=STYLE_COLORS, label="Colours")
                size = Slider(
                    96, limits.video_side, min(256, limits.video_side), step=8, label="Size (shorter side, pixels)"
                )
                steady = gr.Checkbox(
                    True,
                    label="Steady",
                    info="Averages statistics over half a second and moves strokes along. Off: frame by frame.",
                )
            with gr.Row():
                go = gr.Button("Paint the clip", variant="primary", elem_id="go-clip")
                stop = gr.Button("Stop", interactive=False, elem_id="stop-clip")
        with gr.Column(scale=6, min_width=320):
            result = gr.Video(
                label="Result", interactive=False, height=420, elem_id="clip-result", buttons=["download"]
            )
            facts = gr.Markdown("", elem_classes="facts", elem_id="clip-facts")

    def stylize_video(
        clip: str | None, style: str, strength: float = Options.alpha, color: str = STYLE_COLORS, size: float = 256,
        steady: bool = True, progress: gr.Progress = gr.Progress(),  # noqa: B008 - Gradio finds it by this default
    ) -> tuple[str, str]:  # fmt: skip
        """Repaint a short clip in a style; its sound stays.

        Args:
            clip: the video file to repaint.
            style: name of a built-in style (see /styles).
            strength: 0 keeps the clip, 1 is the style, above 1 exaggerates.
            color: "style", or the clip's colours by one of the other modes.
            size: shorter side of the result in pixels.
            steady: whether statistics are averaged over time and strokes follow the motion, against flicker; else every
                frame is painted by itself.

        Returns:
            The result as MP4 file, and a line on frames and time.
        """
        with messages():
            request = Request(clip, ((style, 1.0),), strength, color, size=size)

            def tell(done: int, total: int) -> None:
                progress((done, total), unit="frames")

            painted = paint_clip(service, request, result.GRADIO_CACHE, steady=steady, progress=tell)
        rate = painted.frames / painted.seconds
        return painted.path, f"{painted.frames} frames in {painted.seconds:.1f} s ({rate:.1f} a second)"

    inputs: list[Any] = [clip, style, strength, color, size, steady]
    unlisted: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
    go.click(lambda: gr.Button(interactive=True), None, stop, **unlisted)
    painting = go.click(
        stylize_video, inputs, [result, facts], api_name="stylize_video", show_progress_on=result,
        concurrency_id="clips", concurrency_limit=1,
    )  # fmt: skip
    painting.then(lambda: gr.Button(interactive=False), None, stop, **unlisted)

    def stop_painting(request: gr.Request) -> tuple[Any, str]:
        dismiss(request.session_hash, "stylize_video")
        return gr.Button(interactive=False), "Stopped."

    # The first ends the work, the second the page's waiting for it.
    stop.click(stop_painting, None, [stop, facts], **unlisted)
    stop.click(None, cancels=[painting], **unlisted)
