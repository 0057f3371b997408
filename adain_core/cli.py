"""The `adain` command: its commands are in `commands`, one file each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import entry_points
from typing import Any

import typer
from typer.core import TyperGroup

from .commands.convert import convert
from .commands.dataset import dataset
from .commands.export import export
from .commands.info import info
from .commands.live import live
from .commands.outcomes import USAGE, fail, stopped
from .commands.style import save
from .commands.styles import styles
from .commands.stylize import stylize
from .commands.video import video
from .errors import AdaINError, warnings_in_one_line
from .system.program import start_program

USAGE_ERROR: Any = typer.BadParameter.__base__
"""What Typer raises at a wrong call. The package it is from has changed with Typer's releases."""


class Commands(TyperGroup):
    """The commands. A call that is none, and a stop that a command says nothing of, end with one line."""

    def make_context(self, *given: Any, **more: Any) -> Any:
        """Read what stands before the command."""
        with in_one_line():
            return super().make_context(*given, **more)

    def invoke(self, ctx: Any) -> Any:
        """Run a command."""
        with in_one_line():
            return super().invoke(ctx)


@contextmanager
def in_one_line() -> Iterator[None]:
    """Wrong calls and stops in a line."""
    try:
        yield
    except KeyboardInterrupt as stop:
        stopped(stop)
    except USAGE_ERROR as e:
        message = e.format_message()
        if "\n" in message:  # the help, where a command is missing
            raise
        fail(AdaINError(f"{message.rstrip('.')} (see `{e.ctx.command_path} --help`)" if e.ctx else message), USAGE)


app = typer.Typer(
    cls=Commands,
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
