"""Files in a folder and the folders below it: one rule for all who take a folder of pictures."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from .formats import SUFFIXES


def partition_files(
    root: str | Path, suffixes: Sequence[str] = SUFFIXES, leave_out: str | Path | None = None
) -> tuple[list[str], list[str]]:
    """Files below a folder as :func:`find_files` finds them: those with one of these suffixes, and the others; sorted.

    Raises:
        OSError: `root` cannot be read.
    """
    found, others = list[str](), list[str]()
    for path in sorted(find_files(root, leave_out=leave_out)):
        (found if path.lower().endswith(tuple(suffixes)) else others).append(path)
    return found, others


def find_files(root: str | Path, suffixes: Sequence[str] = ("",), leave_out: str | Path | None = None) -> Iterator[str]:
    """Files below a folder with one of these suffixes, as paths from it with "/", in no order.

    Hidden files and folders are left out, and what is no file (a pipe, a device). Links are followed, those to folders
    once all others were searched; a folder is searched once, however many links lead to it. A link that leads nowhere
    counts as a file: who opens it hears why it cannot be read. Folders that may not be read are passed over.

    Args:
        root: the folder.
        suffixes: in lower case, with their dot; every file counts when missing.
        leave_out: a folder that is not searched, such as that of the results.

    Raises:
        OSError: `root` cannot be read.
    """
    seen = {_identity(folder) for folder in (leave_out,) if folder is not None and os.path.isdir(folder)}
    folders, links = [""], list[str]()
    while folders or links:
        below = folders.pop() if folders else links.pop(0)
        here = os.path.join(root, below)
        try:
            identity = _identity(here)
            if identity in seen:
                continue
            seen.add(identity)
            with os.scandir(here) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError:
            if not below:
                raise
            continue
        for entry in entries:
            path = f"{below}/{entry.name}" if below else entry.name
            if entry.name.startswith("."):
                continue
            if not entry.is_symlink():
                folder, file = entry.is_dir(), entry.is_file()
            else:
                folder = os.path.isdir(entry.path)
                file = os.path.isfile(entry.path) or not os.path.exists(entry.path)
            if folder:
                (links if entry.is_symlink() else folders).append(path)
            elif file and entry.name.lower().endswith(tuple(suffixes)):
                yield path


def _identity(folder: str | Path) -> tuple[int, int]:
    status = os.stat(folder)
    return status.st_dev, status.st_ino
