"""`adain stylize`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from ..errors import AdaINError
from ..options import StylizeOptions, check_alpha, check_refine, check_texture
from .options import (
    Background,
    Color,
    Colors,
    Device,
    DType,
    Feather,
    Force,
    ModelName,
    Precision,
    Refine,
    StyleSize,
    Texture,
)
from .outcomes import FAILED, usage_errors
from .parsing import parse_format, parse_mask, parse_tile, parse_weighted
from .progress import progress_bar
from .style_argument import prepare_style

if TYPE_CHECKING:
    from ..color.matching import ColorMode
    from ..request import StyleArgument


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
    alpha: Annotated[float, typer.Option(help="Strength: 0 content, 1 style, above 1 exaggerates.")] = 1.0,
    color: Colors = Color.style,
    mask: Annotated[
        list[str] | None,
        typer.Option(
            "--mask",
            "-m",
            metavar="FILE=STYLE[+STYLE...]",
            help="A style for the white part of a mask. Repeat for more.",
        ),
    ] = None,
    background: Background = None,
    feather: Feather = 0.0,
    size: Annotated[int | None, typer.Option(min=1, help="Resize the content to this shorter side, in pixels.")] = None,
    style_size: StyleSize = 512,
    refine: Refine = 0,
    texture: Texture = 0.0,
    tile: Annotated[
        str, typer.Option(help="Edge of a tile in pixels, auto, or none. The picture is the same.")
    ] = "auto",
    device: Device = "auto",
    dtype: Precision = DType.auto,
    model: ModelName = "vgg19",
    suffix: Annotated[
        str | None, typer.Option("--format", help="Format of results in a folder: png, jpg, webp, tif.")
    ] = None,
    quality: Annotated[int, typer.Option(min=1, max=100, help="Of JPEG and WebP.")] = 95,
    force: Force = False,
    skip_existing: Annotated[
        bool, typer.Option("--skip-existing", help="Leave results that exist: goes on after a stop.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line a picture on stdout.")] = False,
) -> None:
    """Paint pictures in a style.

    adain stylize photo.jpg --style starry-night -o out.png
    adain stylize photos/ -s a.jpg:0.3 -s scream:0.7 --alpha 0.8 --color luminance -o out/
    adain stylize photo.jpg --mask sky.png=starry-night --background scream -o out.png
    """
    from . import file_jobs as batch

    with usage_errors():
        if bool(style) == bool(mask):
            raise AdaINError("give --style STYLE for the whole picture, or --mask FILE=STYLE for parts of it")
        if background and not mask:
            raise AdaINError(f"--background {background!r} is for what no --mask covers: give a mask too")
        refs = [parse_weighted(text) for text in style or []]
        regions = [parse_mask(text) for text in mask or []]
        named = [name for name, _ in refs] + [name for _, pairs in regions for name, _ in pairs]
        ending = parse_format(suffix)
        jobs = batch.plan(contents, output, "+".join(Path(name).stem for name in named), ending)
        if as_json and any(job.output == batch.STANDARD_STREAM for job in jobs):
            raise AdaINError("--json and the picture cannot both go to stdout: write the picture to a file with -o")
        edge = parse_tile(tile)
        from ..model import AdaIN
        from ..request import Region
        from ..styles.style import check_weights

        check_alpha(alpha)
        for pairs in [refs] if refs else [pairs for _, pairs in regions]:
            check_weights([weight for _, weight in pairs])
        loaded = AdaIN.from_pretrained(model, device=device, dtype=dtype.value)
        check_texture(texture, check_refine(refine, loaded.decoder.inverts))
        keep = None if color is Color.style else cast("ColorMode", color.value)
        ready = {
            name: prepare_style(loaded, name, style_size, keep is not None, texture > 0)
            for name in [*named, *([background] if background else [])]
        }
        if mask:
            from ..pictures.masks import open_mask

            what: StyleArgument = [
                Region([(ready[n], w) for n, w in pairs], open_mask(file)) for file, pairs in regions
            ]
        else:
            what = [(ready[name], weight) for name, weight in refs]

    with progress_bar(jobs) as (advance, tiles):

        def work(job: batch.Job) -> None:
            from ..pictures.writing import encode_picture

            source = batch.read_source(job.source)
            options = StylizeOptions(
                alpha=alpha, color=keep, style_size=style_size, tile=edge, feather=feather,
                background=ready.get(background or ""), refine=refine, texture=texture,
            )  # fmt: skip
            if job.output == batch.STANDARD_STREAM:
                picture = loaded.stylize(source, what, size=size, progress=tiles, **options)
                sys.stdout.buffer.write(encode_picture(picture, format="png"))
            else:
                loaded.stylize_to_file(source, what, job.output, size=size, quality=quality, progress=tiles, **options)

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
        if len(jobs) > 1:
            typer.echo(f"{len(failed)} of {len(jobs)} pictures failed:", err=True)
        for outcome in failed:
            typer.echo(
                f"adain: {outcome.source}: {outcome.error}"
                if outcome.source not in outcome.error
                else f"adain: {outcome.error}",
                err=True,
            )
        raise typer.Exit(FAILED)
