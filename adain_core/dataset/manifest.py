"""The manifest: one JSON line a result, added as results are done, put in order at the end."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Literal, TypedDict

from ..system.atomic_files import replacing

DONE: Literal["done"] = "done"
FAILED: Literal["failed"] = "failed"


class Row(TypedDict):
    """One result.

    Attributes:
        source: key of the picture.
        output: where the result is, below the output folder; "shard/member" in shards.
        style: name of the style.
        alpha: strength.
        seed: of the job.
        sha256: of the result's bytes; empty if it failed.
        status: "done" or "failed".
        error: why it failed; empty if it is done.
    """

    source: str
    output: str
    style: str
    alpha: float
    seed: int
    sha256: str
    status: str
    error: str


class Manifest:
    """The manifest of a job that is running. A context manager.

    A line is whole or it does not count: what a kill cut off is dropped when the job goes on.

    Args:
        path: of the file; made if it is not there.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Manifest:
        """Drop a line that was cut off, and open for more."""
        if self.path.exists():
            with self.path.open("r+b") as file:
                file.truncate(_whole_lines(file))
        self._file = self.path.open("ab")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._file is not None
        self._file.close()

    def add(self, rows: Iterable[Row]) -> None:
        """Add lines, and hand them to the system: a kill of this process does not lose them."""
        assert self._file is not None
        self._file.write(b"".join(json.dumps(row).encode() + b"\n" for row in rows))
        self._file.flush()

    def sort(self, outputs: Iterable[str]) -> None:
        """Put the lines in this order of outputs, the last one for each output; one step, nothing is lost."""
        assert self._file is not None
        self._file.flush()
        places: dict[str, int] = {}
        with self.path.open("rb") as file:
            start = 0
            for line in file:
                places[json.loads(line)["output"]] = start
                start += len(line)
            with replacing(self.path) as temporary, temporary.open("wb") as sorted_file:
                for output in outputs:
                    if output in places:
                        file.seek(places[output])
                        sorted_file.write(file.readline())


def read_rows(path: Path) -> Iterator[Row]:
    """All whole lines of a manifest, in the order they were added; none if there is no file."""
    if not path.exists():
        return
    with path.open("rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                yield json.loads(line)


def _whole_lines(file: IO[bytes]) -> int:
    """How many bytes of a file are whole lines."""
    end = file.seek(0, 2)
    while end > 0:
        step = min(end, 1 << 16)
        file.seek(end - step)
        found = file.read(step).rfind(b"\n")
        if found >= 0:
            return end - step + found + 1
        end -= step
    return 0
