"""The `adain` command: its commands are in `commands`, one file each."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Any

import typer
from typer.core import TyperGroup

from .commands.convert import convert
from .commands.dataset import dataset
from .commands.export import export
from .commands.info import info
from .commands.live import live
from .commands.outcomes import stopped
from .commands.style import save
from .commands.styles import styles
from .commands.stylize import stylize
from .commands.video import video
from .system.program import start_program


class Commands(TyperGroup):
    """The commands: one that does not say itself what a stop means for its work ends with a line, too."""

    def invoke(self, ctx: Any) -> Any:
        """Run one."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as stop:
            stopped(stop)


app = typer.Typer(
    cls=Commands,
    help="Paint any photo in the style of any picture (AdaIN).",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
style_app = typer.Typer(help="Make style files.", no_args_is_help=True, rich_markup_mode=None)

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
    start_program()
    app()
