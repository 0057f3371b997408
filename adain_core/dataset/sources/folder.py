"""Datasets that are folders of picture files."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

from ...errors import AdaINWarning, ImageError
from ...pictures.finding import partition_files
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
            found, others = partition_files(self.root, self.suffixes)
            if others and found:  # where there is none, that is said as an error
                warnings.warn(left_out(self.root, others), AdaINWarning, stacklevel=2)
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
