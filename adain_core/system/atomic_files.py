"""Writing files so that a crash, a full disk or Ctrl-C never leaves half of one."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .disk import named

TEMPORARY = ".adain-tmp"
"""How names of files begin that are not whole yet; what a kill leaves of them may be deleted."""


@contextmanager
def replacing(path: str | Path, need: int | None = None) -> Iterator[Path]:
    """A temporary file beside `path` that takes its place when the block ends well and is deleted otherwise.

    Args:
        path: the file.
        need: its size in bytes, where that is known: a full disk is then told by how much.

    Yields:
        The temporary file's path, with the same suffix; the caller writes it.

    Raises:
        OSError: the folder does not exist or is not writable, or the disk is full; with the name of `path`.
    """
    path = Path(path)
    try:
        # Of the file's own name the suffix alone: with more a long name would become too long.
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f"{TEMPORARY}-", suffix=path.suffix)
    except OSError as e:
        raise named(e, path, need) from e
    os.close(descriptor)
    temporary = Path(name)
    try:
        yield temporary
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)  # mkstemp makes files private; an output is an ordinary file
        temporary.replace(path)
    except BaseException as e:
        temporary.unlink(missing_ok=True)
        if isinstance(e, OSError) and e.filename in (None, name):
            raise named(e, path, need) from e
        raise


def write_atomically(path: str | Path, data: bytes) -> None:
    """Write `data` to `path`, whole or not at all."""
    with replacing(path, len(data)) as temporary:
        temporary.write_bytes(data)
