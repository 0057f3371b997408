"""Disks that take no more, in words."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

FULL = {getattr(errno, name) for name in ("ENOSPC", "EDQUOT") if hasattr(errno, name)}
"""What a system says when a disk, or one's share of it, is full."""


class FullDiskError(OSError):
    """A disk that is full, which says how much is missing."""


def amount(count: int) -> str:
    """Bytes in the unit that suits them: "512 bytes", "4.1 KB", "20 GB"."""
    if count < 1000:
        return f"{count} bytes"
    value, units = count / 1000, ["KB", "MB", "GB", "TB"]
    while value >= 999.5 and len(units) > 1:
        value /= 1000
        units.pop(0)
    return f"{value:.1f} {units[0]}" if value < 9.95 else f"{value:.0f} {units[0]}"


def free_space(path: Path) -> int:
    """Bytes that are free where a file is to be written; its folder need not be there yet."""
    folder = next(folder for folder in (path.absolute(), *path.absolute().parents) if folder.is_dir())
    return shutil.disk_usage(folder).free


def named(error: OSError, path: Path, need: int | None = None) -> OSError:
    """The same error with the name of the file that could not be written, and on a full disk with what is missing.

    Args:
        error: what the system said.
        path: the file.
        need: its size in bytes, where that is known.
    """
    if error.errno is None:
        return error
    if isinstance(error, FullDiskError):
        return FullDiskError(error.errno, error.strerror, str(path))
    reason = error.strerror or str(error)
    if error.errno not in FULL:
        return OSError(error.errno, reason, str(path))
    free = amount(free_space(path))
    needs = f"it needs {amount(need)}, {free} are free" if need else f"it needs more than the {free} that are free"
    return FullDiskError(error.errno, f"{reason}: {needs}", str(path))


def told(error: OSError) -> str:
    """One line of an error of files: which one, what was wrong, and on a full disk what to do."""
    error = named(error, Path(error.filename)) if error.filename else error
    if isinstance(error, FileExistsError) and error.filename:
        return f"{error.filename} is there and is no folder: give another place"
    line = ": ".join(str(part) for part in (error.filename, error.strerror) if part) or str(error)
    return f"{line}; make room, then call again" if error.errno in FULL else line
