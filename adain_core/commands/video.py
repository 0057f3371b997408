"""`adain video`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import AdaINError, counted
from ..options import VideoOptions
from . import file_jobs
from .flags import read_flags, takes
from .options import Device, DType, Force, ModelName, Precision
from .outcomes import check_free, stopped, tell_failed, usage_errors
from .parsing import parse_mask, parse_options, parse_timed_weight
from .progress import frame_bar
from .style_argument import blend_name

if TYPE_CHECKING:
    from ..video.frames import VideoStyle

CONTAINERS = (".mp4", ".m4v", ".mkv", ".mov", ".webm")
"""Files whose kind a result has when nothing is said of it."""


@takes(
    VideoOptions,
    {
        "mask": ["alpha", "color"],
        "size": ["background", "feather"],
        "batch": ["style_size", "steady", "follow", "tile"],
    },
)
def video(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="VIDEO...",
            help="Any files FFmpeg reads, GIF, WebP; a folder of pictures or frame_%04d.png is one video.",
        ),
    ],
    style: Annotated[
        list[str] | None,
        typer.Option(
            "--style",
            "-s",
            metavar="STYLE[:WEIGHT]",
            help="Built-in name, picture or style file. Repeat to blend; STYLE@0:1,5s:0 changes the weight over time.",
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            help="The result: a video, .gif, .webp, .apng or frame_%04d.png; of several a folder. "
            "VIDEO_STYLE here, of VIDEO's kind or .mp4, when missing.",
        ),
    ] = None,
    mask: Annotated[
        list[str] | None,
        typer.Option(
            "--mask",
            "-m",
            metavar="FILE=STYLE[+STYLE...]",
            help="A style for the white part of a mask: a picture, a video, subject or background. Repeat for more.",
        ),
    ] = None,
    size: Annotated[int | None, typer.Option(min=2, help="Resize to this shorter side, in pixels.")] = None,
    batch: Annotated[int | None, typer.Option(min=1, help="Frames at once; chosen when missing.")] = None,
    start: Annotated[
        str | None, typer.Option(metavar="TIME", help="Begin here: seconds or h:mm:ss. Sound and subtitles likewise.")
    ] = None,
    end: Annotated[str | None, typer.Option(metavar="TIME", help="End here: seconds or h:mm:ss of the source.")] = None,
    fps: Annotated[
        str | None,
        typer.Option(metavar="RATE", help="Frames a second: frames are left out or repeated. Of pictures: their pace."),
    ] = None,
    frame: Annotated[
        int | None,
        typer.Option(
            min=0, metavar="NUMBER", help="Only this frame, counted from 0, as a picture: -o still.png. A preview."
        ),
    ] = None,
    codec: Annotated[
        str, typer.Option(help="auto, h264, hevc, av1, vp9, prores, ffv1, mpeg4 or an encoder of FFmpeg.")
    ] = "auto",
    crf: Annotated[int | None, typer.Option(help="Quality on the codec's own scale: lower is better.")] = None,
    preset: Annotated[str | None, typer.Option(help="The encoder's speed, such as fast, slow, 8.")] = None,
    codec_option: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="Any other option of the encoder.")
    ] = None,
    hardware: Annotated[bool, typer.Option("--hardware", help="Decode and encode on a device if one can.")] = False,
    sound: Annotated[bool, typer.Option("--sound/--no-sound", help="Keep the sound.")] = True,
    subtitles: Annotated[bool, typer.Option("--subtitles/--no-subtitles", help="Keep the subtitles.")] = True,
    device: Device = "auto",
    dtype: Precision = DType.auto,
    model: ModelName = "vgg19",
    force: Force = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where a stopped run of the same call was.")] = False,
    **flags: Any,
) -> None:
    """Paint videos in a style; sound, subtitles, times and rotation stay.

    \b
    adain video clip.mp4 --style starry-night -o out.mp4
    adain video clip.mp4 -s scream --alpha 0:0,5s:1 -o out.mp4
    adain video clip.mp4 -s scream@0:1,8s:0 -s irises@0:0,8s:1 --color luminance -o out.mkv
    adain video clip.mp4 -s scream --start 1:05 --end 1:09.5 --fps 12 -o part.gif
    adain video clip.mp4 -s scream --frame 120 -o still.png
    adain video one.mp4 two.mov -s scream -o painted/
    """
    with usage_errors():
        if bool(style) == bool(mask):
            raise AdaINError("give --style STYLE for the whole picture, or --mask FILE=STYLE for parts of it")
        background = flags["background"]
        if background and not mask:
            raise AdaINError(f"--background {background!r} is for what no --mask covers: give a mask too")
        from ..model import AdaIN
        from ..request import Region
        from ..video import (
            Encoding,
            VideoResult,
            finished_frames,
            partial_path,
            preview_frame,
            resumed_dtype,
            stylize_video,
        )
        from ..video.retiming import parse_rate
        from ..video.sinks import existing
        from ..video.span import Span

        refs = [parse_timed_weight(text) for text in style or []]
        regions = [parse_mask(text) for text in mask or []]
        options = read_flags(VideoOptions, flags)
        encoding = Encoding(codec, crf, preset, parse_options(codec_option or []), hardware)
        part: dict[str, Any] = {"size": size, "start": start, "end": end, "fps": fps}
        Span.of(start, end)
        _ = fps is None or parse_rate(fps, "--fps")
        named = [name for name, _ in refs] + [name for _, pairs in regions for name, _ in pairs]
        jobs = plan(sources, output, blend_name(named), still=frame is not None)
        before = None
        if len(jobs) == 1:
            check_free(Path(jobs[0].output), force)
            check_there(jobs[0].source)
            # What "auto" finds is measured, and may differ from what the stopped run found: frames go on as they were.
            before = resumed_dtype(jobs[0].output) if resume and dtype is DType.auto else None
        loaded = AdaIN.from_pretrained(model, device=device, dtype=before or dtype.value)
        for name in [*named, *([background] if background else [])]:
            if loaded.stored_style(name) is None and not Path(name).is_file():
                raise AdaINError(f"no style picture {name!r}: check the path")
        ready = {name: loaded.style(name, size=options["style_size"]) for name in named}
        what: VideoStyle = [(ready[name], weight) for name, weight in refs]
        if regions:
            what = [Region([(ready[name], weight) for name, weight in pairs], file) for file, pairs in regions]

    done: dict[str, VideoResult] = {}
    kept: list[str] = []  # what became of a video that was stopped

    def work(job: file_jobs.Job) -> None:
        check_there(job.source)
        target = Path(job.output)
        if frame is not None:
            from ..pictures.writing import save_picture

            picture = preview_frame(loaded, job.source, frame, what, **part, **options)
            save_picture(target, picture.permute(2, 0, 1) if picture.is_floating_point() else picture.numpy())
            return
        try:
            done[job.output] = stylize_video(
                loaded, job.source, target, what, **part, batch=batch, encoding=encoding, sound=sound,
                subtitles=subtitles, force=force, resume=resume, progress=partial(progress, Path(job.source).name),
                **options,
            )  # fmt: skip
        except KeyboardInterrupt:
            left, number = partial_path(target), finished_frames(target)
            there = f" and in {left}" if existing(left) else ""
            frames = f"{counted(number, 'frame')} {'is' if number == 1 else 'are'} done{there}, add --resume to go on"
            kept.append(frames if number else "no frame was done")
            raise

    failed = []
    with frame_bar() as progress:
        try:
            for outcome in file_jobs.run(jobs, work, force=force, resume=resume and len(jobs) > 1, leaving="--resume"):
                result = done.get(outcome.output)
                problems = result.problems if result else []
                for note in result.notes if result else []:
                    typer.echo(f"adain: {note}", err=True)
                if outcome.error:
                    failed.append(outcome)
                else:
                    said = "" if result is None else f"  ({counted(result.frames, 'frame')})"
                    typer.echo(f"{outcome.output}{said}")
                failed += [replace(outcome, error=problem) for problem in problems]
        except KeyboardInterrupt as stop:
            stopped(stop, "".join(kept))
    if failed:
        tell_failed(failed, len(jobs), "videos")


def plan(sources: Sequence[str], output: str | None, style_name: str, still: bool) -> list[file_jobs.Job]:
    """Which video becomes which file.

    Args:
        sources: as named in the call.
        output: a file, a folder for several, or None.
        style_name: for names of results when no output is given.
        still: whether results are single pictures.

    Raises:
        AdaINError: one file for many, or two with one result.
    """
    from ..video.animations import frames_of
    from ..video.sequences import is_sequence, plain_name

    found = []
    for source in sources:
        path = Path(source)
        name, suffix = (plain_name(path), "") if is_sequence(path) else (path.stem, path.suffix.lower())
        if still:
            suffix = ".png"
        elif suffix not in CONTAINERS:
            suffix = frames_of(path)[0] or ".mp4"
        found.append((source, Path(name + suffix)))
    return file_jobs.place(found, output, style_name, len(found) > 1, "videos")


def check_there(source: str) -> None:
    """Refuse a source of which there is no file."""
    from ..video.opening import source_files

    path = Path(source)
    if not path.is_dir() and not source_files(path):
        raise AdaINError(f"no video {source!r}: check the path")
