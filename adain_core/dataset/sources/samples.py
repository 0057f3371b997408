"""What a dataset is made of, whatever it is stored in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ...pictures.formats import WRITTEN

LABEL = "label"
"""Column of the classes, where the input had none: a folder for each class."""


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
        label: number of its class, where a folder or a column tells it.
    """

    data: bytes
    fields: Mapping[str, Any] = field(default_factory=dict)
    label: int | None = None


class Source(Protocol):
    """A dataset to read. Travels to other processes, so it holds no open files."""

    kind: str
    """"files", "tar", "parquet" or "hf"."""

    @property
    def column(self) -> str:
        """Of the pictures, in the schema."""
        ...

    def groups(self) -> list[Group]:
        """All pictures; the same order each time. What is asked for below is known after it."""
        ...

    def read(self, item: Item) -> Sample:
        """One of them. Called from several threads.

        Raises:
            ImageError, OSError: it cannot be read.
        """
        ...

    def columns(self) -> list[str]:
        """What pictures have found together: names of classes, or suffixes of members; empty for tables."""
        ...

    def schema(self) -> Any:
        """Types of the fields as an Arrow schema, with the picture's column; needs pyarrow."""
        ...


UNKNOWN_TO_LOADERS = (".jpe", ".jfif")
"""Suffixes of JPEG files that torchvision's ImageFolder passes over without a word."""


def result_name(key: str, k: int, count: int, suffix: str | None) -> str:
    """What a result is called: the picture's path, the result's number if there are several, and its format.

    Args:
        key: of the picture.
        k: which of its results.
        count: results a picture.
        suffix: such as ".png"; the picture's own where that can be written and loaders know it, else ".jpg" for a JPEG
            and ".png" for others, when missing.
    """
    folder, slash, name = key.rpartition("/")
    stem, dot, ending = name.rpartition(".")
    if not dot or not stem:
        stem, ending = name, ""
    own = f".{ending}" if f".{ending.lower()}" in WRITTEN else ".png"
    own = ".jpg" if own.lower() in UNKNOWN_TO_LOADERS else own
    return f"{folder}{slash}{stem}{f'_{k}' if count > 1 else ''}{suffix or own}"


def valid_text(name: str) -> str:
    """A name as text that any file may hold: bytes that are none, which travel as lone surrogates, become "\\xff"."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
