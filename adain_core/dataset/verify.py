"""Whether the results on disk are those in the manifest."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ..errors import AdaINError
from .manifest import DONE, Row, read_rows
from .state import JobFolder


def verify(out: str | Path, advance: Callable[[int, int], object] | None = None) -> list[str]:
    """Read every result and compare it with its SHA-256.

    Args:
        out: folder of a job.
        advance: told of results read, and results in all.

    Returns:
        What is wrong, a sentence each; empty if nothing is.

    Raises:
        AdaINError: no job's folder.
    """
    folder = JobFolder(Path(out))
    if not folder.manifest.is_file():
        raise AdaINError(f"no {folder.manifest}: give the output folder of `adain dataset`")
    rows = {row["output"]: row for row in read_rows(folder.manifest)}
    found = [f"{row['output']} failed: {row['error']}" for row in rows.values() if row["status"] != DONE]
    files: dict[str, list[Row]] = defaultdict(list)
    for output, row in rows.items():
        if row["status"] == DONE:
            files[_file(folder.root, output)].append(row)
    done = 0
    with ThreadPoolExecutor() as pool:
        checked = pool.map(lambda item: _check(folder.root, *item), files.items())
        for wrong, lines in zip(checked, files.values(), strict=True):
            found += wrong
            done += len(lines)
            if advance is not None:
                advance(done, len(rows))
    return found


def _file(root: Path, output: str) -> str:
    """The file that holds a result: itself, or the shard on its path."""
    path = Path(output)
    for parent in path.parents:
        if parent.suffix in (".tar", ".parquet") and not (root / output).is_file():
            return parent.as_posix()
    return output


def _check(root: Path, file: str, rows: list[Row]) -> list[str]:
    path = root / file
    if not path.is_file():
        return [f"{file} is missing ({len(rows)} results): repeat the job's call to make it again"]
    try:
        if rows[0]["output"] == file:
            digests = {file: hashlib.sha256(path.read_bytes()).hexdigest()}
        else:
            digests = {f"{file}/{name}": digest for name, digest in _members(path)}
    except (OSError, AdaINError) as e:
        return [f"{file} cannot be read: {e}"]
    wrong = []
    for row in rows:
        if row["output"] not in digests:
            wrong.append(f"{row['output']} is missing from its shard")
        elif digests[row["output"]] != row["sha256"]:
            wrong.append(f"{row['output']} was changed: delete it and repeat the job's call to make it again")
    return wrong


def _members(path: Path) -> Iterator[tuple[str, str]]:
    """Names and digests of what is in a shard."""
    if path.suffix == ".tar":
        import tarfile

        try:
            with tarfile.open(path, "r:") as tar:
                for member in tar:
                    content = tar.extractfile(member)
                    if content is not None:
                        yield member.name, hashlib.sha256(content.read()).hexdigest()
        except tarfile.TarError as e:
            raise AdaINError(str(e)) from e
        return
    import pyarrow as pa
    import pyarrow.parquet as pq

    from .packing import COLUMN
    from .sources.tables import picture_column

    try:
        shard = pq.ParquetFile(path)
        schema = shard.schema_arrow
        told = (schema.metadata or {}).get(COLUMN)  # earlier versions did not write it
        results = pa.schema([field for field in schema if pa.types.is_struct(field.type)])
        column = picture_column(results, told.decode() if told else None, str(path))
        for batch in shard.iter_batches(batch_size=100, columns=[column]):
            for cell in batch.column(0).to_pylist():
                yield cell["path"], hashlib.sha256(cell["bytes"]).hexdigest()
    except pa.ArrowException as e:
        raise AdaINError(str(e).splitlines()[0]) from e
