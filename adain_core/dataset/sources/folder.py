"""Datasets that are folders of picture files."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

from ...errors import AdaINWarning, ImageError
from ...pictures.formats import SUFFIXES, left_out
from .samples import Group, Item, Sample


class FolderSource:
    """The pictures below a folder, hidden files left out.

    Args:
        root: the folder.
        suffixes: of the files that count.
        files: these alone, as paths from the folder; it is not searched.
    """

    kind = "files"

    def __init__(self, root: Path, suffixes: Sequence[str] = SUFFIXES, files: Sequence[str] | None = None) -> None:
        self.root, self.suffixes, self.files = root, tuple(suffixes), files

    def groups(self) -> list[Group]:
        """One group, sorted by path."""
        if self.files is None:
            every = sorted(walk(self.root, ("",)))
            found = [path for path in every if path.lower().endswith(self.suffixes)]
            others = left_out(self.root, (path for path in every if not path.lower().endswith(self.suffixes)))
            if others and found:  # where there is none, that is said as an error
                warnings.warn(others, AdaINWarning, stacklevel=2)
        else:
            found = sorted(self.files)
        return [Group("", [Item(path, (path,)) for path in found])] if found else []

    def read(self, item: Item) -> Sample:
        """The file's bytes."""
        try:
            return Sample((self.root / item.place[0]).read_bytes())
        except OSError as e:
            raise ImageError(f"{self.root / item.place[0]} cannot be opened: {e.strerror or e}") from e

    def schema(self) -> None:
        """No fields."""


def walk(root: Path, suffixes: Sequence[str]) -> Iterator[str]:
    """Files below a folder with one of these suffixes, as paths from it with "/"; links to folders are followed once.

    Hidden files and folders are left out.
    """
    seen = set()
    for folder, folders, names in os.walk(root, followlinks=True):
        here = os.stat(folder)
        if (here.st_dev, here.st_ino) in seen:  # a link that leads back up
            folders.clear()
            continue
        seen.add((here.st_dev, here.st_ino))
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        below = Path(folder).relative_to(root).as_posix()
        for name in names:
            if name.lower().endswith(tuple(suffixes)) and not name.startswith("."):
                yield name if below == "." else f"{below}/{name}"
