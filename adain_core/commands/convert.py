"""`adain convert`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..errors import AdaINError
from .options import Force
from .outcomes import failures, usage_errors


def convert(
    decoder: Annotated[Path | None, typer.Argument(help="decoder.pth of another AdaIN project.")] = None,
    vgg: Annotated[
        Path | None, typer.Option(help="Its vgg_normalised.pth: the encoder the decoder was trained with.")
    ] = None,
    encoder: Annotated[
        str | None, typer.Option(help="Instead of --vgg: the converted encoder it goes with (a file or a known name).")
    ] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the converted files.")] = Path("converted"),
    licence: Annotated[str, typer.Option(help="Licence of these weights.")] = "unknown",
    force: Force = False,
) -> None:
    """Turn other projects' AdaIN weights (.pth) into ours; then: adain stylize --model FOLDER."""
    from ..weights.convert import convert_legacy

    with usage_errors():
        if decoder is None and vgg is None:
            raise AdaINError("nothing to convert: give decoder.pth, --vgg vgg_normalised.pth, or both")
    with failures():
        for path in convert_legacy(
            vgg=vgg, decoder=decoder, encoder=encoder, folder=output, licence=licence, force=force
        ):
            typer.echo(str(path))
