"""What can go wrong, in words: every message says what was wrong, the actual value and what to do."""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO


class AdaINError(ValueError):
    """Input that cannot be used: the base of all errors this library raises on purpose."""


class ImageError(AdaINError):
    """A picture or mask that cannot be read, or is no picture."""


class StyleError(AdaINError):
    """A style that does not exist, cannot be read, or belongs to another encoder."""


class WeightsError(AdaINError):
    """Weights that are missing, damaged, of another architecture, or do not belong together."""


def one_line(error: BaseException) -> str:
    """The first line of an error's message, or its class."""
    return next(iter(str(error).strip().splitlines()), "") or type(error).__name__


class AdaINWarning(UserWarning):
    """What a user should know of a result that was made all the same; one line, given by Python's `warnings`."""


@contextmanager
def warnings_in_one_line(label: str = "adain") -> Iterator[None]:
    """Warnings of this library are a line on stderr in here, like a command's errors; its readers' are not shown.

    Args:
        label: what the line begins with.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\.")  # on metadata that is no matter here
        warnings.simplefilter("default", AdaINWarning)  # each text once
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
                print(f"{label}: {' '.join(str(message).split())}", file=file or sys.stderr)
            else:
                before(message, category, filename, lineno, file, line)

        warnings.showwarning = show
        log = logging.getLogger("tifffile")
        level = log.level
        log.setLevel(logging.CRITICAL)  # what cannot be read is an error of one line already
        try:
            yield
        finally:
            log.setLevel(level)


def counted(number: int, noun: str) -> str:
    """ "1 frame", "2 frames"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
