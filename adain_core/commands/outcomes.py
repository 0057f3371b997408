"""How a command ends: exit codes, errors as one line on stderr, and what is said when it was stopped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import typer

from ..errors import AdaINError
from ..system.disk import told
from ..system.stopping import exit_code
from .file_jobs import Outcome, out_of_memory

USAGE, FAILED = 2, 1


def check_free(path: Path, force: bool) -> None:
    """Refuse to write over a file, or over a folder in any case."""
    if path.is_dir():
        raise AdaINError(f"{path} is a folder: give the name of a file in it")
    if path.exists() and not force:
        raise AdaINError(f"{path} exists: add --force to replace it")


def fail(error: BaseException, code: int) -> NoReturn:
    """One line on stderr, and out."""
    line = told(error) if isinstance(error, OSError) else str(error)
    typer.echo(f"adain: {' '.join(line.split())}", err=True)
    raise typer.Exit(code) from error


def stopped(stop: KeyboardInterrupt, kept: str = "") -> NoReturn:
    """Out, because Ctrl-C or a kill asked for it.

    Args:
        stop: what was raised.
        kept: what became of the work.
    """
    typer.echo(f"adain: stopped{kept and '; '}{kept}", err=True)
    raise typer.Exit(exit_code(stop)) from None


def tell_failed(failed: Sequence[Outcome], total: int, noun: str) -> NoReturn:
    """Each job that failed on stderr, and out.

    Args:
        failed: at least one.
        total: how many jobs there were.
        noun: what they are, in the plural.
    """
    if total > 1:
        typer.echo(f"{len(failed)} of {total} {noun} failed:", err=True)
    for outcome in failed:
        error = " ".join(outcome.error.split())
        typer.echo(f"adain: {error}" if outcome.source in error else f"adain: {outcome.source}: {error}", err=True)
    raise typer.Exit(FAILED)


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
