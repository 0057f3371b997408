"""Datasets that are tar shards in the WebDataset layout: members that share a name up to its first dot are one sample.

Shards are read by random access, so that any worker can take any part of one; a table of contents is made first.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ...errors import AdaINError, ImageError
from ...pictures.formats import SUFFIXES
from .samples import Group, Item, Sample, valid_text

Extent = tuple[int, int]
"""Where a member's bytes start in the tar, and how many there are."""


class TarSource:
    """Tar shards.

    Args:
        files: the shards.
        root: the folder that their names are taken from.
    """

    kind = "tar"

    def __init__(self, files: Sequence[Path], root: Path) -> None:
        self.files, self.root = list(files), root
        self.suffixes: list[str] = []

    @property
    def column(self) -> str:
        """Of the pictures in a table: one that no member has."""
        return next(name for name in ("image", "picture", "image_file", "image_0") if name not in self.suffixes)

    def groups(self) -> list[Group]:
        """One a shard."""
        found, suffixes = [], set()
        for number, file in enumerate(self.files):
            name = file.relative_to(self.root).with_suffix("").as_posix()
            items = [
                Item(f"{name}/{key}{suffix}", (number, picture, tuple(fields.items())))
                for key, (suffix, picture, fields) in contents(file).items()
            ]
            found.append(Group(name, items))
            suffixes |= {valid_text(suffix) for item in items for suffix, _ in item.place[2]}
        self.suffixes = sorted(suffixes)
        return [group for group in found if group.items]

    def read(self, item: Item) -> Sample:
        """The picture and the sample's other members by their suffixes, such as "cls"."""
        number, picture, fields = item.place
        if picture is None:
            raise ImageError(f"sample {item.key} of {self.files[number]} has no picture")
        with self.files[number].open("rb") as file:

            def cut(extent: Extent) -> bytes:
                file.seek(extent[0])
                return file.read(extent[1])

            return Sample(cut(picture), {valid_text(suffix): cut(extent) for suffix, extent in fields})

    def columns(self) -> list[str]:
        """Suffixes of the members."""
        return self.suffixes

    def schema(self) -> Any:
        """The picture, and a column for each suffix of the other members."""
        from .tables import file_schema

        return file_schema(self.column, members=self.suffixes)


def contents(file: Path) -> dict[str, tuple[str, Extent | None, dict[str, Extent]]]:
    """The samples of a shard by key: the picture's suffix, where it is, and where the other members are by suffix.

    Of several members with one name the last counts, as when the tar is unpacked.

    Raises:
        AdaINError: damaged, compressed, no tar file, or a member that would be written outside of the output folder.
    """
    samples: dict[str, tuple[str, Extent | None, dict[str, Extent]]] = {}
    for member in members(file):
        folder, slash, name = member.name.removeprefix("./").rpartition("/")
        stem, _, suffix = name.partition(".")
        if not member.isreg() or not stem:  # hidden files have no stem
            continue
        if leads_out(member.name):
            raise AdaINError(
                f"{file} holds {member.name!r}, which leads out of the folder it is unpacked in: take it out, or pack "
                "the tar again with names below one folder"
            )
        key, extent = f"{folder}{slash}{stem}", (member.offset_data, member.size)
        ending, picture, fields = samples.get(key, ("", None, {}))
        if f".{suffix}" == ending or (picture is None and f".{suffix.lower()}" in SUFFIXES):
            samples[key] = (f".{suffix}", extent, fields)
        else:
            samples[key] = (ending, picture, {**fields, suffix: extent})
    end = max((sum(e) for _, p, f in samples.values() for e in [*f.values(), *([p] if p else [])]), default=0)
    if end > file.stat().st_size:
        raise AdaINError(f"{file} is cut off after {file.stat().st_size} of {end} bytes: get it again, or take it out")
    return samples


def members(file: Path) -> Iterator[tarfile.TarInfo]:
    """All members of an uncompressed tar, by their headers.

    Raises:
        AdaINError: damaged, compressed or no tar file; also where Python's reader ends at a damaged header without a
            word, as if there was nothing more.
    """
    try:
        with tarfile.open(file, "r:") as tar:
            yield from tar
            end = tar.offset
        with file.open("rb") as raw:
            raw.seek(end)
            if raw.read(tarfile.BLOCKSIZE).strip(b"\0"):
                raise tarfile.ReadError(f"the header at byte {end} is damaged")
    except (tarfile.TarError, EOFError, OSError, ValueError, OverflowError) as e:
        raise AdaINError(
            f"{file} cannot be read as a tar file ({e}): get it again, unpack it if it is compressed, or take it out"
        ) from e


def leads_out(name: str) -> bool:
    """Whether a member's name is absolute or has a ".." part, on any system."""
    return name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/")
