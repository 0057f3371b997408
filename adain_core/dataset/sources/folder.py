"""Datasets that are folders of picture files."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ...errors import ImageError
from ...pictures.formats import SUFFIXES
from .samples import Group, Item, Sample


class FolderSource:
    """The pictures below a folder, hidden files left out; a folder for each class tells labels (:func:`classes`).

    Args:
        root: the folder.
        suffixes: of the files that count.
        files: these alone, as paths from the folder; it is not searched.
    """

    kind = "files"
    column = "image"

    def __init__(self, root: Path, suffixes: Sequence[str] = SUFFIXES, files: Sequence[str] | None = None) -> None:
        self.root, self.suffixes, self.files = root, tuple(suffixes), files
        self.classes: list[str] = []

    def groups(self) -> list[Group]:
        """One group, sorted by path."""
        found = sorted(walk(self.root, self.suffixes) if self.files is None else self.files)
        self.classes = classes(found)
        return [Group("", [Item(path, (path,)) for path in found])] if found else []

    def read(self, item: Item) -> Sample:
        """The file's bytes."""
        label = self.classes.index(_class(item.key)) if self.classes else None
        try:
            return Sample((self.root / item.place[0]).read_bytes(), label=label)
        except OSError as e:
            raise ImageError(f"{self.root / item.place[0]} cannot be opened: {e.strerror or e}") from e

    def columns(self) -> list[str]:
        """The classes."""
        return self.classes

    def schema(self) -> Any:
        """The picture, and its label if there are classes."""
        from .tables import file_schema

        return file_schema(self.column, self.classes)


def classes(keys: Sequence[str]) -> list[str]:
    """Names of the classes in their order, which numbers them: of the folders pictures lie in, as `datasets` has it.

    Empty if pictures lie at several depths, or all in folders of one name: then folders are no classes.

    Args:
        keys: paths of the pictures.
    """
    depths, names = {key.count("/") for key in keys}, sorted({_class(key) for key in keys})
    return names if len(depths) == 1 and 0 not in depths and len(names) > 1 else []


def _class(key: str) -> str:
    return key.rpartition("/")[0].rpartition("/")[2]


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
