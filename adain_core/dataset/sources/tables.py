"""Datasets that are tables with a column of pictures: Parquet files, and datasets of the Hugging Face library."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import AdaINError, ImageError
from .samples import LABEL, Group, Item, Sample, valid_text

if TYPE_CHECKING:
    import pyarrow as pa

NAMES = ("image", "img", "picture", "jpg", "png", "webp", "pixel_values")
"""What columns of pictures are usually called."""


class ParquetSource:
    """Parquet files of equal columns; one column holds encoded pictures, as bytes or as {bytes, path}.

    Args:
        files: the shards.
        root: the folder that their names are taken from.
        column: of the pictures; found by its type and name when missing.

    Raises:
        AdaINError: not Parquet, no such column, or files of different columns.
    """

    kind = "parquet"

    def __init__(self, files: Sequence[Path], root: Path, column: str | None = None) -> None:
        self.files, self.root = list(files), root
        first = self._open(0).schema_arrow
        self.column = picture_column(first, column, str(self.files[0]))
        for number in range(1, len(self.files)):
            if not self._open(number).schema_arrow.equals(first):
                raise AdaINError(
                    f"{self.files[number]} has other columns than {self.files[0]}: stylize the two kinds apart"
                )
        self._label = label_column(first)
        self._lock = threading.Lock()
        self._kept: dict[tuple[int, int], Any] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_lock": None, "_kept": {}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._lock = threading.Lock()

    def groups(self) -> list[Group]:
        """One a file; a row's key is its number, with the suffix of its path if it has one."""
        found = []
        for number, file in enumerate(self.files):
            opened = self._open(number)
            name = file.relative_to(self.root).with_suffix("").as_posix()
            suffixes = iter(self._suffixes(number, opened))
            items, row = [], 0
            for part in range(opened.num_row_groups):
                for inner in range(opened.metadata.row_group(part).num_rows):
                    suffix = next(suffixes, "")  # a damaged file may tell of more rows than it has
                    items.append(Item(f"{name}/{row:07d}{suffix}", (number, part, inner)))
                    row += 1
            found.append(Group(name, items))
        return [group for group in found if group.items]

    def read(self, item: Item) -> Sample:
        """The picture and the row's other columns."""
        number, part, inner = item.place
        with refusing(f"row {item.key}"):
            with self._lock:  # neighbours come from one row group, which is read once
                table = self._kept.get((number, part))
                if table is None:
                    table = self._open(number).read_row_group(part)
                    self._kept = dict([*list(self._kept.items())[-1:], ((number, part), table)])
            row = table.slice(inner, 1).to_pylist()[0]
        return row_sample(row, self.column, self.files[number].parent, item.key, self._label)

    def columns(self) -> list[str]:
        """Those of the first file are every file's."""
        return []

    def schema(self) -> pa.Schema:
        """Of the files."""
        return self._open(0).schema_arrow

    def _suffixes(self, number: int, opened: Any) -> list[str]:
        import pyarrow as pa

        kind = opened.schema_arrow.field(self.column).type
        if not pa.types.is_struct(kind) or kind.get_field_index("path") < 0:
            return [""] * opened.metadata.num_rows
        with refusing(f"{self.files[number]}"):
            paths = opened.read(columns=[f"{self.column}.path"])[self.column].to_pylist()
        return [Path((value or {}).get("path") or "").suffix for value in paths]

    def _open(self, number: int) -> Any:
        import pyarrow.parquet as pq

        with refusing(f"{self.files[number]}", " as Parquet"):
            opened = pq.ParquetFile(self.files[number])
            _ = [(field.name, field.type) for field in opened.schema_arrow]  # names may be no text
            return opened


class HubSource:
    """A dataset of the Hugging Face library: from its cache or the Hub, or a folder of `save_to_disk`.

    Args:
        ref: "user/name", "user/name:split", or a folder.
        column: of the pictures; found by its type and name when missing.

    Raises:
        AdaINError: no such dataset, split or column, or the library is missing.
    """

    kind = "hf"

    def __init__(self, ref: str, column: str | None = None) -> None:
        self.ref = ref
        self._rows: Any = None
        self.folder = Path(ref).is_dir()
        self.name, _, split = (ref, "", "") if self.folder else ref.partition(":")
        self.split = split or "train"
        schema = self._load().features.arrow_schema
        self.column, self._label = picture_column(schema, column, f"dataset {ref}"), label_column(schema)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_rows": None}

    def groups(self) -> list[Group]:
        """One, of all rows; a row's key is its number."""
        rows = self._load()
        return [Group(self.split, [Item(f"{self.split}/{i:07d}", (i,)) for i in range(len(rows))])] if len(rows) else []

    def read(self, item: Item) -> Sample:
        """The picture and the row's other columns."""
        if self._rows is None:
            self._rows = self._load()
        with refusing(f"row {item.key}"):
            row = self._rows[item.place[0]]
        return row_sample(row, self.column, Path(), item.key, self._label)

    def columns(self) -> list[str]:
        """Those of the dataset."""
        return []

    def schema(self) -> pa.Schema:
        """Of the dataset, with its features."""
        return self._load().features.arrow_schema

    def _load(self) -> Any:
        try:
            from datasets import Dataset, Image, load_dataset, load_from_disk
        except ImportError as e:
            raise AdaINError("Hugging Face datasets need the library: pip install adain-style-transfer[dataset]") from e
        try:
            rows: Any = load_from_disk(self.ref) if self.folder else load_dataset(self.name, split=self.split)
        except (OSError, ValueError, RuntimeError) as e:
            reason = str(e).strip().splitlines()[0]
            raise AdaINError(f"dataset {self.name!r}, split {self.split!r}, cannot be loaded: {reason}") from e
        if not isinstance(rows, Dataset):
            raise AdaINError(
                f"{self.ref} holds splits ({', '.join(rows)}): give the folder of one, such as {self.ref}/train"
            )
        for name, feature in rows.features.items():
            if isinstance(feature, Image):
                rows = rows.cast_column(name, Image(decode=False))
        return rows


def picture_column(schema: pa.Schema, wanted: str | None, label: str) -> str:
    """The column that holds pictures: the one named, or the first that can, those with a usual name first.

    Raises:
        AdaINError: none, or not the one named.
    """
    import pyarrow as pa

    def fits(kind: pa.DataType) -> bool:
        if pa.types.is_struct(kind):
            return kind.get_field_index("bytes") >= 0
        return pa.types.is_binary(kind) or pa.types.is_large_binary(kind)

    can = [field.name for field in schema if fits(field.type)]
    if wanted is not None:
        if wanted not in can:
            raise AdaINError(
                f"{label} has no pictures in column {wanted!r}: columns that can hold some are {can or 'none'}"
            )
        return wanted
    if not can:
        raise AdaINError(f"{label} has no column of pictures: its columns are {schema.names}")
    return min(can, key=lambda name: NAMES.index(name.lower()) if name.lower() in NAMES else len(NAMES))


def told_features(schema: pa.Schema) -> dict[str, Any]:
    """Features of the Hugging Face library that a schema tells, by column; empty if it tells none."""
    try:
        features = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))["info"]["features"]
        return {name: features[name] for name in schema.names if name in features}
    except (ValueError, KeyError, TypeError):
        return {}


def label_column(schema: pa.Schema) -> str | None:
    """The column that numbers classes: the first that the features call so, or whole numbers called "label"."""
    import pyarrow as pa

    for name, feature in told_features(schema).items():
        if isinstance(feature, dict) and feature.get("_type") == "ClassLabel":
            return name
    index = schema.get_field_index(LABEL)
    return LABEL if index >= 0 and pa.types.is_integer(schema.field(index).type) else None


def file_schema(column: str, classes: Sequence[str] = (), members: Sequence[str] = ()) -> pa.Schema:
    """The columns of a table of what were files.

    Args:
        column: of the pictures.
        classes: names of the classes, if pictures have a label.
        members: names of other columns, of bytes.
    """
    try:
        import pyarrow as pa
    except ImportError as e:
        raise AdaINError("Parquet needs pyarrow: pip install adain-style-transfer[dataset]") from e
    fields = [pa.field(column, pa.struct([("bytes", pa.binary()), ("path", pa.string())]))]
    fields += [pa.field(LABEL, pa.int64())] if classes else []
    fields += [pa.field(name, pa.binary()) for name in members]
    told = {LABEL: {"names": [valid_text(name) for name in classes], "_type": "ClassLabel"}} if classes else {}
    return pa.schema(fields, metadata={"huggingface": json.dumps({"info": {"features": told}})})


@contextmanager
def refusing(what: str, kind: str = "") -> Iterator[None]:
    """Around what reads a table: damage in it is an error of one line.

    Args:
        what: is read.
        kind: as what.

    Raises:
        ImageError: instead of whatever Arrow and Python say of bytes that are no such table.
    """
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, OSError, ValueError, OverflowError, LookupError, TypeError, NotImplementedError) as e:
        reason = str(e).strip().splitlines()[0] if str(e).strip() else type(e).__name__
        raise ImageError(f"{what} cannot be read{kind} ({reason}): get it again") from e


def row_sample(row: dict[str, Any], column: str, folder: Path, key: str, label: str | None = None) -> Sample:
    """A row's picture and its other columns.

    Args:
        row: by column.
        column: of the picture.
        folder: that a path in the row is taken from.
        key: of the row, named in errors.
        label: column that numbers classes.

    Raises:
        ImageError: the picture is empty, or a path to a file that is missing.
    """
    cell = row[column]
    data = cell.get("bytes") if isinstance(cell, dict) else cell
    if data is None and isinstance(cell, dict) and cell.get("path"):
        path = folder / cell["path"]
        try:
            data = path.read_bytes()
        except (OSError, ValueError) as e:
            raise ImageError(f"row {key} names {path}, which cannot be opened: {getattr(e, 'strerror', e)}") from e
    if not data:
        raise ImageError(f"row {key} has no picture in column {column!r}")
    fields = {name: value for name, value in row.items() if name != column}
    return Sample(data, fields, row[label] if label is not None and label != column else None)
