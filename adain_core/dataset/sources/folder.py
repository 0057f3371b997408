"""Datasets that are folders of picture files."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...errors import AdaINWarning, ImageError
from ...pictures.finding import partition_files
from ...pictures.formats import SUFFIXES, left_out
from .samples import Group, Item, Sample


class FolderSource:
    """The pictures below a folder, hidden files left out; a folder for each class tells labels (:func:`classes`).

    Args:
        root: the folder.
        suffixes: of the files that count.
        files: these alone, as paths from the folder; it is not searched.

    Attributes:
        classes: names of the classes; known once the groups are.
        others: paths of the files that are no pictures; known once the groups are.
        others_go_along: they are copied, so that nothing is to be said of them.
    """

    kind = "files"
    column = "image"

    def __init__(self, root: Path, suffixes: Sequence[str] = SUFFIXES, files: Sequence[str] | None = None) -> None:
        self.root, self.suffixes, self.files = root, tuple(suffixes), files
        self.classes, self.others = list[str](), list[str]()
        self.others_go_along = False

    def groups(self) -> list[Group]:
        """One group, sorted by path."""
        if self.files is None:
            found, self.others = partition_files(self.root, self.suffixes)
            if self.others and found and not self.others_go_along:  # where there is none, that is said as an error
                warnings.warn(left_out(self.root, self.others), AdaINWarning, stacklevel=2)
        else:
            found = sorted(self.files)
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
