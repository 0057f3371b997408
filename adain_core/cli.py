"""The `adain` command: its commands are in `commands`, one file each."""

from __future__ import annotations

import logging
from importlib.metadata import entry_points

import typer

from .commands.convert import convert
from .commands.dataset import dataset
from .commands.export import export
from .commands.info import info
from .commands.live import live
from .commands.style import save
from .commands.styles import styles
from .commands.stylize import stylize
from .commands.video import video
from .errors import warnings_in_one_line
from .system.allocator import keep_freed_memory

app = typer.Typer(
    help="Paint any photo in the style of any picture (AdaIN).",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
style_app = typer.Typer(help="Make style files.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def every_command(context: typer.Context) -> None:
    """Before any of them."""
    context.with_resource(warnings_in_one_line())
    logging.getLogger("tifffile").setLevel(logging.CRITICAL)  # what cannot be read is an error of one line already


app.command()(stylize)
app.command()(video)
app.command()(live)
app.command()(dataset)
app.command()(styles)
app.add_typer(style_app, name="style")
style_app.command("save")(save)
app.command()(convert)
app.command()(export)
app.command()(info)
for installed in entry_points(group="adain.commands"):  # of packages beside the library: it imports none of them
    app.command(installed.name)(installed.load())


def main() -> None:
    """Entry point of the `adain` command."""
    keep_freed_memory()
    app()
