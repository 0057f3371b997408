"""What a dataset is made of, whatever it is stored in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ...pictures.formats import WRITTEN


@dataclass(frozen=True)
class Item:
    """One picture of a dataset, not read yet.

    Attributes:
        key: its path below the dataset's root, with "/"; no other picture has the same.
        place: where its reader finds it.
    """

    key: str
    place: tuple[Any, ...]


@dataclass(frozen=True)
class Group:
    """Pictures stored together.

    Attributes:
        name: of the shard, without its suffix; empty for a folder of pictures.
        items: in their order.
    """

    name: str
    items: Sequence[Item]

    def inner(self, item: Item) -> str:
        """The key below the shard."""
        return item.key.removeprefix(f"{self.name}/") if self.name else item.key


@dataclass(frozen=True)
class Sample:
    """One picture as it is stored, with what belongs to it.

    Attributes:
        data: the picture file's bytes.
        fields: labels and the like: members of a tar by suffix (bytes), or columns of a table by name.
    """

    data: bytes
    fields: Mapping[str, Any] = field(default_factory=dict)


class Source(Protocol):
    """A dataset to read. Travels to other processes, so it holds no open files."""

    kind: str
    """"files", "tar", "parquet" or "hf"."""

    def groups(self) -> list[Group]:
        """All pictures; the same order each time."""
        ...

    def read(self, item: Item) -> Sample:
        """One of them. Called from several threads.

        Raises:
            ImageError, OSError: it cannot be read.
        """
        ...

    def schema(self) -> Any:
        """Types of the fields as an Arrow schema, with the picture's column; None where fields are files."""
        ...


def result_name(key: str, k: int, count: int, suffix: str | None) -> str:
    """What a result is called: the picture's path, the result's number if there are several, and its format.

    Args:
        key: of the picture.
        k: which of its results.
        count: results a picture.
        suffix: such as ".png"; the picture's own where that can be written, else ".png", when missing.
    """
    folder, slash, name = key.rpartition("/")
    stem, dot, ending = name.rpartition(".")
    if not dot or not stem:
        stem, ending = name, ""
    own = f".{ending}" if f".{ending.lower()}" in WRITTEN else ".png"
    return f"{folder}{slash}{stem}{f'_{k}' if count > 1 else ''}{suffix or own}"
