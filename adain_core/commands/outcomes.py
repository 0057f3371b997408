"""How a command ends: exit codes, and errors as one line on stderr."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn, TextIO

import typer

from ..errors import AdaINError, AdaINWarning
from .file_jobs import out_of_memory

USAGE, FAILED, INTERRUPTED = 2, 1, 130


def check_free(path: Path, force: bool) -> None:
    """Refuse to write over a file."""
    if path.exists() and not force:
        raise AdaINError(f"{path} exists: add --force to replace it")


def tell_warnings() -> None:
    """The library's warnings, from now on, as one line each on stderr; the others as before."""
    before = warnings.showwarning

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        if issubclass(category, AdaINWarning):
            typer.echo(f"adain: {message}", err=True)
        else:
            before(message, category, filename, lineno, file, line)

    warnings.simplefilter("always", AdaINWarning)
    warnings.showwarning = show


def fail(error: BaseException, code: int) -> NoReturn:
    """One line on stderr, and out."""
    typer.echo(f"adain: {' '.join(str(error).split())}", err=True)
    raise typer.Exit(code) from error


@contextmanager
def usage_errors() -> Iterator[None]:
    """What is wrong with the call itself ends it with exit code 2."""
    try:
        yield
    except (AdaINError, OSError) as e:
        fail(e, USAGE)


@contextmanager
def failures() -> Iterator[None]:
    """Work that fails ends with exit code 1."""
    try:
        yield
    except (AdaINError, OSError) as e:
        fail(e, FAILED)
    except (MemoryError, RuntimeError) as e:
        fail(MemoryError(out_of_memory(e)), FAILED)
