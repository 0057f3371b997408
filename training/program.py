"""How each program of training starts, and how it ends when something went wrong."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import typer

from adain_core.errors import AdaINError, warnings_in_one_line
from adain_core.system.disk import told
from adain_core.system.program import start_program
from adain_core.system.stopping import exit_code


def run(command: Callable[..., Any]) -> None:
    """A program of one command."""
    app = typer.Typer(add_completion=False)
    app.command()(command)
    run_app(app)


def run_app(app: typer.Typer) -> None:
    """A program of several commands."""
    start_program()
    for registered in app.registered_commands:
        if registered.callback is not None:
            registered.callback = _one_line(registered.callback)
    app()


def _one_line(command: Callable[..., Any]) -> Callable[..., None]:
    """The same command, whose errors and warnings are one line on stderr, as is a stop."""

    @wraps(command)
    def ended(*given: Any, **options: Any) -> None:
        try:
            with warnings_in_one_line("warning"):
                command(*given, **options)
        except OSError as e:
            raise _out(f"error: {told(e)}", 1) from e
        except AdaINError as e:
            raise _out(f"error: {e}", 1) from e
        except KeyboardInterrupt as stop:
            raise _out("stopped", exit_code(stop)) from None

    return ended


def _out(line: str, code: int) -> typer.Exit:
    typer.echo(line, err=True)
    return typer.Exit(code)
