"""Pictures to learn from: a folder tree, a tar shard or a folder of both, as one list in a fixed order."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from adain_core.dataset.sources.tar import members
from adain_core.errors import AdaINError, AdaINWarning
from adain_core.pictures.finding import partition_files
from adain_core.pictures.formats import SUFFIXES, is_picture, left_out
from adain_core.pictures.picture import Picture
from adain_core.pictures.profiles import in_profile
from adain_core.pictures.reading import open_picture


class TrainingError(AdaINError):
    """Training that cannot start or go on as asked."""


@dataclass(frozen=True)
class PictureFile:
    """A picture in a file of its own, or inside an uncompressed tar.

    Attributes:
        name: path below the source, for messages and for a fixed order.
        path: the file, or the tar that holds it.
        offset: where it starts in the tar.
        size: bytes in the tar; -1 for a file of its own.
    """

    name: str
    path: Path
    offset: int = 0
    size: int = -1

    def open(self) -> Picture:
        """Read and decode it: in sRGB and opaque, colours of the surroundings where nothing is visible.

        Raises:
            ImageError: unreadable or damaged.
            OSError: the file is gone.
        """
        if self.size < 0:
            return _as_seen(open_picture(self.path))
        with self.path.open("rb") as tar:
            tar.seek(self.offset)
            return _as_seen(open_picture(tar.read(self.size)))


def find_pictures(source: str | Path, role: str = "pictures") -> list[PictureFile]:
    """All pictures of a source, sorted by name: the order does not depend on the file system.

    Args:
        source: a folder (searched to any depth; tar files in it are opened), or a tar file.
        role: what the source is for, named in errors ("photos", "paintings").

    Raises:
        TrainingError: no such source, no picture in it, or a tar that cannot be read by position.
    """
    source = Path(source)
    if source.is_file():
        found = _in_tar(source, "")
    elif source.is_dir():
        found = []
        files, others = partition_files(source, [*SUFFIXES, ".tar"])
        if others:
            warnings.warn(left_out(source, others), AdaINWarning, stacklevel=2)
        for name in files:
            path = source / name
            if not path.is_file():
                continue  # a link that leads nowhere has no size, by which pictures are told apart
            found += _in_tar(path, name + "/") if path.suffix.lower() == ".tar" else [PictureFile(name, path)]
    else:
        raise TrainingError(f"{role}: no folder or tar file {str(source)!r}: check the path")
    if not found:
        kinds = " ".join(sorted(SUFFIXES))
        raise TrainingError(f"{role}: no picture in {str(source)!r}: give a folder or tar that holds some ({kinds})")
    return sorted(found, key=lambda file: file.name)


def _as_seen(picture: Picture) -> Picture:
    """What crops are cut from: nothing that a viewer would not show."""
    return in_profile(picture).opaque()


def _in_tar(path: Path, prefix: str) -> Sequence[PictureFile]:
    """Pictures of an uncompressed tar, found by reading its headers only."""
    try:
        found = [m for m in members(path) if m.isfile() and is_picture(m.name)]
    except AdaINError as e:
        raise TrainingError(f"{path} cannot be read as an uncompressed tar: {e}") from e
    return [PictureFile(prefix + m.name, path, m.offset_data, m.size) for m in found]
