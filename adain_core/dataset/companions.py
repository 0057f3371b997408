"""Files of a folder that are no pictures, such as boxes and captions: copied to the same places beside the results."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from ..errors import AdaINError
from .chunks import Layout
from .sources.folder import FolderSource
from .sources.samples import Source
from .state import JobFolder


def find_companions(source: Source, layout: Layout) -> dict[str, list[str]]:
    """Where each file that is no picture goes: paths below the output folder, by path below the input's.

    Where a picture has several results, a file of its stem, in its folder or another, goes along with each:
    labels/a.txt as labels/a_0.txt and labels/a_1.txt.

    Args:
        source: of the pictures, whose groups are known.
        layout: of the results.

    Raises:
        AdaINError: no folder, or results that are no files.
    """
    if not isinstance(source, FolderSource) or layout.store != "files":
        raise AdaINError("--copy-others takes files from a folder to a folder: leave it out for shards and tables")
    stems, count = {Path(key).stem for key in layout.keys}, layout.options.per_picture
    found: dict[str, list[str]] = {}
    for name in source.others:
        path = Path(name)
        numbered = [path.with_name(f"{path.stem}_{k}{path.suffix}").as_posix() for k in range(count)]
        found[name] = numbered if count > 1 and path.stem in stems else [name]
    return found


def copy_companions(folder: JobFolder, source: Source, companions: dict[str, list[str]]) -> tuple[int, dict[str, str]]:
    """Copy them, whole or not at all; what is there as it should be is left alone.

    Args:
        folder: of the job.
        source: of the pictures.
        companions: from :func:`find_companions`.

    Returns:
        How many are there, and those that could not be copied, with the reason.

    Raises:
        OSError: the disk is full or not writable.
    """
    if not companions:
        return 0, {}
    assert isinstance(source, FolderSource)
    there, failed = 0, {}
    taken: set[str] = set()
    for name, targets in companions.items():
        original = source.root / name
        for target in targets:
            if target in taken:
                failed[name] = f"another file is copied to {target}"
                continue
            taken.add(target)
            copy, temporary = folder.root / target, folder.temporary()
            try:
                before = original.stat()
                original.open("rb").close()
            except OSError as e:
                failed[name] = str(e.strerror or e)
                continue
            if not (copy.is_file() and _stamp(copy.stat()) == _stamp(before)):
                try:
                    copy.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(original, temporary)
                    temporary.replace(copy)
                finally:
                    temporary.unlink(missing_ok=True)
            there += 1
    return there, failed


def _stamp(found: os.stat_result) -> tuple[int, int]:
    return found.st_size, found.st_mtime_ns
