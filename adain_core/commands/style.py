"""`adain style save`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..errors import AdaINError
from ..options import STYLE_SIZE, about
from ..system.file_names import fitting
from .options import Device, Force, ModelName
from .outcomes import check_free, failures, usage_errors
from .parsing import parse_weighted
from .style_argument import blend_name


def save(
    pictures: Annotated[
        list[str],
        typer.Argument(
            metavar="PICTURE[:WEIGHT]...", help="Pictures, style files or built-in names; several are blended."
        ),
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Style file; the picture's name here when missing.")
    ] = None,
    name: Annotated[str, typer.Option(help="What to call it.")] = "",
    mask: Annotated[
        str | None,
        typer.Option(help="Take the style from the white part of this mask, subject or background (one picture only)."),
    ] = None,
    title: Annotated[str, typer.Option(help="Title of the work.")] = "",
    artist: Annotated[str, typer.Option(help="Who made it.")] = "",
    year: Annotated[str, typer.Option(help="When.")] = "",
    source: Annotated[str, typer.Option(help="Where the picture is from.")] = "",
    licence: Annotated[str, typer.Option(help="Licence of the picture.")] = "",
    texture: Annotated[
        bool,
        typer.Option(
            "--texture", help="Keep the finest strokes, too (8 KB), for `adain stylize --texture` and --keep."
        ),
    ] = False,
    style_size: Annotated[
        int, typer.Option(min=about("style_size").floor, help="Shorter side pictures are reduced to.")
    ] = STYLE_SIZE,
    model: ModelName = "vgg19",
    device: Device = "auto",
    force: Force = False,
) -> None:
    """Encode pictures into a 4 KB style file (8 KB with --texture; stored styles keep theirs)."""
    from dataclasses import replace

    with usage_errors():
        refs = [parse_weighted(text) for text in pictures]
        if mask is not None and len(refs) != 1:
            raise AdaINError(f"--mask with {len(refs)} pictures: give one picture")
        target = output or Path(fitting(blend_name([ref for ref, _ in refs]), ".safetensors"))
        if target.suffix != ".safetensors":
            raise AdaINError(f"a style file ends in .safetensors, not {target.name!r}")
        check_free(target, force)
        from ..engine.texture import all_layers
        from ..model import AdaIN
        from ..styles.style import Style

        loaded = AdaIN.from_pretrained(model, device=device, dtype="float32")
        if mask is not None:
            found = [loaded.encode_style(refs[0][0], mask=mask, size=style_size, texture=texture)]
        else:
            found = [loaded.style(ref, size=style_size, texture=texture) for ref, _ in refs]
        mixed = Style.mix(found, [weight for _, weight in refs])
        if texture:
            all_layers(mixed)  # a stored style among them may have none
    given = {"title": title, "artist": artist, "year": year, "source": source, "licence": licence}
    info = {**mixed.info, **{key: value for key, value in given.items() if value}}
    with failures():
        replace(mixed, name=name or mixed.name, info=info).save(target)
    typer.echo(str(target))
