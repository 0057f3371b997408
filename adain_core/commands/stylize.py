"""`adain stylize`."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import AdaINError
from ..options import Options
from .flags import read_flags, takes
from .options import Device, DType, Force, KeepGps, ModelName, Precision, Strip
from .outcomes import tell_failed, usage_errors
from .parsing import parse_format, parse_kept, parse_mask, parse_weighted
from .progress import progress_bar
from .style_argument import blend_name, prepare_style

if TYPE_CHECKING:
    from ..request import StyleArgument


@takes(
    Options,
    {
        "mask": ["alpha", "color"],
        "size": ["background", "feather"],
        "device": ["style_size", "refine", "texture", "keep", "tile"],
    },
)
def stylize(
    contents: Annotated[list[str], typer.Argument(metavar="CONTENT...", help="Pictures, folders, or - for stdin.")],
    style: Annotated[
        list[str] | None,
        typer.Option(
            "--style", "-s", metavar="STYLE[:WEIGHT]", help="Built-in name, picture or style file. Repeat to blend."
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", help="File, folder, or - for stdout (PNG). Default: PICTURE_STYLE here."),
    ] = None,
    mask: Annotated[
        list[str] | None,
        typer.Option(
            "--mask",
            "-m",
            metavar="FILE=STYLE[+STYLE...]",
            help="A style for the white part of a mask picture, or for what is found in the photo: subject=STYLE, "
            "background=STYLE. Repeat for more.",
        ),
    ] = None,
    size: Annotated[int | None, typer.Option(min=1, help="Resize the content to this shorter side, in pixels.")] = None,
    device: Device = "auto",
    dtype: Precision = DType.auto,
    model: ModelName = "vgg19",
    suffix: Annotated[
        str | None, typer.Option("--format", help="Format of results that are named for you: png, jpg, webp, tif.")
    ] = None,
    quality: Annotated[int, typer.Option(min=1, max=100, help="Of JPEG and WebP.")] = 95,
    strip: Strip = False,
    keep_gps: KeepGps = False,
    force: Force = False,
    skip_existing: Annotated[
        bool, typer.Option("--skip-existing", help="Leave results that exist: goes on after a stop.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line a picture on stdout.")] = False,
    **flags: Any,
) -> None:
    """Paint pictures in a style.

    \b
    adain stylize photo.jpg --style starry-night -o out.png
    adain stylize photos/ -s a.jpg:0.3 -s scream:0.7 --alpha 0.8 --color luminance -o out/
    adain stylize photo.jpg --mask sky.png=starry-night --background scream -o out.png
    adain stylize photo.jpg --mask subject=scream --mask background=irises -o out.png
    """
    from . import file_jobs as batch

    with usage_errors():
        if bool(style) == bool(mask):
            raise AdaINError("give --style STYLE for the whole picture, or --mask FILE=STYLE for parts of it")
        background = flags["background"]
        if background and not mask:
            raise AdaINError(f"--background {background!r} is for what no --mask covers: give a mask too")
        refs = [parse_weighted(text) for text in style or []]
        regions = [parse_mask(text) for text in mask or []]
        named = [name for name, _ in refs] + [name for _, pairs in regions for name, _ in pairs]
        ending, kept = parse_format(suffix), parse_kept(strip, keep_gps)
        jobs = batch.plan(contents, output, blend_name(named), ending)
        if as_json and any(job.output == batch.STANDARD_STREAM for job in jobs):
            raise AdaINError("--json and the picture cannot both go to stdout: write the picture to a file with -o")
        given = read_flags(Options, flags)
        from ..model import AdaIN
        from ..request import Region
        from ..styles.style import check_weights

        options = Options(**given)
        options.check()
        for pairs in [refs] if refs else [pairs for _, pairs in regions]:
            check_weights([weight for _, weight in pairs])
        loaded = AdaIN.from_pretrained(model, device=device, dtype=dtype.value)
        options.check(loaded.decoder.inverts)
        ready = {
            name: prepare_style(loaded, name, given["style_size"], given["color"] is not None, options.layers)
            for name in [*named, *([background] if background else [])]
        }
        given["background"] = ready.get(background or "")
        if mask:
            from ..pictures.masks import open_mask

            what: StyleArgument = [
                Region([(ready[n], w) for n, w in pairs], mask if isinstance(mask, str) else open_mask(mask))
                for mask, pairs in regions
            ]
        else:
            what = [(ready[name], weight) for name, weight in refs]

    with progress_bar(jobs) as (advance, tiles):

        def work(job: batch.Job) -> None:
            from ..pictures.reading import open_picture
            from ..pictures.writing import encode_picture

            source = batch.read_source(job.source)
            if job.output == batch.STANDARD_STREAM:
                opened = open_picture(source)
                result = open_picture(loaded.stylize(opened, what, size=size, progress=tiles, **given))
                result = replace(result, metadata=opened.metadata)  # Pillow's has no place
                sys.stdout.buffer.write(encode_picture(result, format="png", metadata=kept))
            else:
                loaded.stylize_to_file(
                    source, what, job.output, size=size, quality=quality, metadata=kept, progress=tiles, **given
                )

        failed = []
        for outcome in batch.run(jobs, work, force=force, resume=skip_existing):
            advance()
            if as_json:
                print(json.dumps(outcome.as_dict()), flush=True)
            elif not outcome.error and outcome.output != batch.STANDARD_STREAM:
                typer.echo(f"{outcome.output}  ({outcome.seconds:.1f} s)", err=False)
            if outcome.error:
                failed.append(outcome)
    if failed:
        tell_failed(failed, len(jobs), "pictures")
