"""How a command ends: exit codes, and errors as one line on stderr."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import typer

from ..errors import AdaINError
from .file_jobs import Outcome, out_of_memory

USAGE, FAILED, INTERRUPTED = 2, 1, 130


def check_free(path: Path, force: bool) -> None:
    """Refuse to write over a file."""
    if path.exists() and not force:
        raise AdaINError(f"{path} exists: add --force to replace it")


def fail(error: BaseException, code: int) -> NoReturn:
    """One line on stderr, and out."""
    typer.echo(f"adain: {' '.join(str(error).split())}", err=True)
    raise typer.Exit(code) from error


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
