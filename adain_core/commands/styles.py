"""`adain styles`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from .options import Device, Force, ModelName
from .outcomes import check_free, failures, usage_errors
from .progress import progress_bar


def styles(
    sheet: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw every style on a picture, as one picture.")
    ] = None,
    content: Annotated[Path | None, typer.Option(help="Picture for the sheet; the example photo when missing.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The list as JSON.")] = False,
    model: ModelName = "vgg19",
    device: Device = "auto",
    force: Force = False,
) -> None:
    """List the built-in styles, or draw them (--sheet styles.png)."""
    from ..styles.builtin import builtin_styles

    with usage_errors():
        found = builtin_styles()
    if sheet is not None:
        with usage_errors():
            check_free(sheet, force)
            from ..model import AdaIN
            from ..pictures.writing import output_format

            output_format(sheet)  # before minutes of work
            from .sheet import draw_sheet

            loaded = AdaIN.from_pretrained(model, device=device)
        with failures(), progress_bar(list(found)) as (advance, _):
            draw_sheet(loaded, list(found.values()), sheet, content, done=advance)
        typer.echo(str(sheet))
        return
    if as_json:
        print(json.dumps([{"name": style.name, **style.info} for style in found.values()], indent=2))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("name", "title", "artist", "year", "licence", box=None, pad_edge=False)
    for style in found.values():
        table.add_row(style.name, *(style.info.get(key, "") for key in ("title", "artist", "year", "licence")))
    Console(width=None if sys.stdout.isatty() else 200).print(table)
