"""Names of files that a disk takes, and whether it takes two of them for one."""

from __future__ import annotations

import unicodedata
from hashlib import sha256
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory

LONGEST = 255
"""Bytes of a name that any file system takes."""


def fitting(stem: str, ending: str = "") -> str:
    """A file name: `stem` and `ending`; of a stem that is too long its beginning and a few digits of the whole."""
    if len((stem + ending).encode("utf-8", "surrogateescape")) <= LONGEST:
        return stem + ending
    digits = f"-{sha256(stem.encode('utf-8', 'surrogateescape')).hexdigest()[:8]}"
    room = LONGEST - len((digits + ending).encode("utf-8", "surrogateescape"))
    return stem.encode("utf-8", "surrogateescape")[:room].decode("utf-8", "ignore") + digits + ending


class Taken:
    """Which files are spoken for, as their disk tells names apart: some take A.png and a.png for one.

    The disk is asked only when two names differ in case, or in how accents are written, alone.
    """

    def __init__(self) -> None:
        self._by: dict[str, list[tuple[str, str]]] = {}

    def take(self, file: str, owner: str) -> str | None:
        """Speak for a file; the owner it has already, if there is one."""
        others = self._by.setdefault(unicodedata.normalize("NFC", file).casefold(), [])
        for other, before in others:
            if other == file or same_file(other, file):
                return before
        others.append((file, owner))
        return None


def same_file(one: str, other: str) -> bool:
    """Whether two paths that differ in case alone would be one file: tried out in the folder they have in common.

    A folder that is not there yet is taken to be as the one it will be made in; one that cannot be written, to tell
    them apart.
    """
    folders = Path(one).absolute().parents
    folder = next(folder for folder in folders if folder.is_dir() and folder in Path(other).absolute().parents)
    pairs = zip(PurePath(one).parts, PurePath(other).parts, strict=False)
    differing = [(a, b) for a, b in pairs if a != b]
    try:
        with TemporaryDirectory(prefix=".adain-", dir=folder) as trial:
            for number, (a, b) in enumerate(differing):
                within = Path(trial, str(number))
                within.mkdir()
                (within / a).touch()
                if not (within / b).exists():
                    return False
    except OSError:
        return False
    return True
