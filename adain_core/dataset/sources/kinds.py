"""Which kind of dataset a command-line argument means."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from pathlib import Path

from ...errors import AdaINError
from ...pictures.finding import find_files
from ...pictures.formats import SUFFIXES
from .folder import FolderSource
from .samples import Source
from .tar import TarSource

SHARDS = (".tar", ".parquet")


def open_source(ref: str, column: str | None = None, extra_suffixes: Sequence[str] = ()) -> Source:
    """A dataset: a folder of pictures, of tar shards or of Parquet files; one such file, a pattern such as
    "train-*.tar", "hf:user/name:split", or a folder of `Dataset.save_to_disk`.

    Args:
        ref: which.
        column: of the pictures in tables.
        extra_suffixes: of files that count in a folder besides pictures.

    Raises:
        AdaINError: nothing there, several kinds in one folder, or something that is no dataset.
    """
    if ref.startswith("hf:"):
        from .tables import HubSource

        return HubSource(ref.removeprefix("hf:"), column)
    path = Path(ref)
    if path.is_dir():
        if (path / "dataset_info.json").is_file() and (path / "state.json").is_file():
            from .tables import HubSource

            return HubSource(ref, column)
        kinds = {suffix: sorted(find_files(path, (suffix,))) for suffix in SHARDS}
        pictures = next(find_files(path, [*SUFFIXES, *extra_suffixes]), None)
        found = [suffix for suffix, files in kinds.items() if files] + (["pictures"] if pictures else [])
        if len(found) > 1:
            raise AdaINError(f"{ref} holds {' and '.join(found)}: give a folder of one kind")
        if found and found[0] in SHARDS:
            return _shards([path / name for name in kinds[found[0]]], path, column)
        return FolderSource(path, [*SUFFIXES, *extra_suffixes])
    if path.suffix in SHARDS:
        files = [path] if path.is_file() else [Path(name) for name in sorted(glob.glob(ref, recursive=True))]
        if files:
            return _shards(files, path.parent if path.is_file() else _common(files), column)
    raise AdaINError(
        f"no dataset {ref!r}: give a folder, .tar or .parquet files (one, or a quoted pattern), or hf:user/name:split"
    )


def _common(files: Sequence[Path]) -> Path:
    root = files[0].parent
    while not all(root in file.parents for file in files):
        root = root.parent
    return root


def _shards(files: Sequence[Path], root: Path, column: str | None) -> Source:
    if files[0].suffix == ".tar":
        return TarSource(files, root)
    try:
        import pyarrow  # noqa: F401

        from .tables import ParquetSource
    except ImportError as e:
        raise AdaINError("Parquet needs pyarrow: pip install adain-style-transfer[dataset]") from e
    return ParquetSource(files, root, column)
