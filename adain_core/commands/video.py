"""`adain video`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import AdaINError
from ..options import VideoOptions
from .flags import read_flags, takes
from .options import Device, DType, Force, ModelName, Precision
from .outcomes import FAILED, INTERRUPTED, check_free, failures, usage_errors
from .parsing import parse_mask, parse_options, parse_timed_weight
from .progress import frame_bar

if TYPE_CHECKING:
    from ..video.frames import VideoStyle


@takes(
    VideoOptions,
    {
        "mask": ["alpha", "color"],
        "size": ["background", "feather"],
        "batch": ["style_size", "steady", "follow", "tile"],
    },
)
def video(
    source: Annotated[Path, typer.Argument(metavar="VIDEO", help="Any file FFmpeg reads.")],
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
        Path | None, typer.Option("--output", "-o", help="The result; VIDEO_STYLE.mp4 here when missing.")
    ] = None,
    mask: Annotated[
        list[str] | None,
        typer.Option(
            "--mask",
            "-m",
            metavar="FILE=STYLE[+STYLE...]",
            help="A style for the white part of a mask: a picture, or a video. Repeat for more.",
        ),
    ] = None,
    size: Annotated[int | None, typer.Option(min=2, help="Resize to this shorter side, in pixels.")] = None,
    batch: Annotated[int | None, typer.Option(min=1, help="Frames at once; chosen when missing.")] = None,
    codec: Annotated[
        str, typer.Option(help="auto, h264, hevc, av1, vp9, prores, ffv1, mpeg4 or an encoder of FFmpeg.")
    ] = "auto",
    crf: Annotated[int | None, typer.Option(help="Quality on the codec's own scale: lower is better.")] = None,
    preset: Annotated[str | None, typer.Option(help="The encoder's speed, such as fast, slow, 8.")] = None,
    codec_option: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="Any other option of the encoder.")
    ] = None,
    hardware: Annotated[bool, typer.Option("--hardware", help="Decode and encode on a device if one can.")] = False,
    sound: Annotated[bool, typer.Option("--sound/--no-sound", help="Copy the sound as it is.")] = True,
    subtitles: Annotated[bool, typer.Option("--subtitles/--no-subtitles", help="Copy subtitles as they are.")] = True,
    device: Device = "auto",
    dtype: Precision = DType.auto,
    model: ModelName = "vgg19",
    force: Force = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where a stopped run of the same call was.")] = False,
    **flags: Any,
) -> None:
    """Paint a video in a style; sound, subtitles, times and rotation stay.

    adain video clip.mp4 --style starry-night -o out.mp4
    adain video clip.mp4 -s scream --alpha 0:0,5s:1 -o out.mp4
    adain video clip.mp4 -s scream@0:1,8s:0 -s irises@0:0,8s:1 --color luminance -o out.mkv
    """
    with usage_errors():
        if bool(style) == bool(mask):
            raise AdaINError("give --style STYLE for the whole picture, or --mask FILE=STYLE for parts of it")
        background = flags["background"]
        if background and not mask:
            raise AdaINError(f"--background {background!r} is for what no --mask covers: give a mask too")
        from ..model import AdaIN
        from ..request import Region
        from ..video import Encoding, finished_frames, partial_path, resumed_dtype, stylize_video

        refs = [parse_timed_weight(text) for text in style or []]
        regions = [parse_mask(text) for text in mask or []]
        options = read_flags(VideoOptions, flags)
        encoding = Encoding(codec, crf, preset, parse_options(codec_option or []), hardware)
        named = [name for name, _ in refs] + [name for _, pairs in regions for name, _ in pairs]
        target = output or Path(f"{source.stem}_{'+'.join(Path(name).stem for name in named)}.mp4")
        check_free(target, force)
        if not source.is_file():
            raise AdaINError(f"no video {str(source)!r}: check the path")
        # What "auto" finds is measured, and may differ from what the stopped run found: its frames go on as they were.
        before = resumed_dtype(target) if resume and dtype is DType.auto else None
        loaded = AdaIN.from_pretrained(model, device=device, dtype=before or dtype.value)
        for name in [*named, *([background] if background else [])]:
            if loaded.stored_style(name) is None and not Path(name).is_file():
                raise AdaINError(f"no style picture {name!r}: check the path")
        what: VideoStyle = refs if refs else [Region(pairs, file) for file, pairs in regions]
    with failures():
        try:
            with frame_bar() as progress:
                result = stylize_video(
                    loaded, source, target, what, size=size, batch=batch, encoding=encoding, sound=sound,
                    subtitles=subtitles, force=force, resume=resume, progress=progress, **options,
                )  # fmt: skip
        except KeyboardInterrupt:
            partial, done = partial_path(target), finished_frames(target)
            kept = f": {done} frames are done{f' and in {partial}' if partial.exists() else ''}, add --resume to go on"
            typer.echo(f"adain: stopped{kept if done else ' before any frame was done'}", err=True)
            raise typer.Exit(INTERRUPTED) from None
    for note in result.notes:
        typer.echo(f"adain: {note}", err=True)
    typer.echo(f"{result.output}  ({result.frames} frames)")
    for problem in result.problems:
        typer.echo(f"adain: {problem}", err=True)
    if result.problems:
        raise typer.Exit(FAILED)
