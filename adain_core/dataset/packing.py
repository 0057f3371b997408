"""What a shard's bytes are: samples as members of a tar, or as rows of a Parquet file."""

from __future__ import annotations

import io
import json
import re
import tarfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .chunks import Draw
from .sources.samples import LABEL, Sample
from .sources.tables import told_features

COLUMN = b"adain_column"
"""Key in a Parquet shard's metadata: the column of the results."""

Results = Sequence[tuple[Draw, bytes, Sample]]


def siblings(name: str, fields: Mapping[str, Any]) -> dict[str, bytes]:
    """A sample's fields as files: bytes as they are, all other values together as JSON.

    A file whose name is taken, such as a mask x.png beside x.jpg that becomes x.png, is called x.orig.png. What no file
    name can hold in the name of a column becomes "_".

    Args:
        name: of the result.
        fields: by suffix or column.

    Returns:
        Contents by file name; never the result's, in capitals or not (some file systems take both for one).
    """
    stem = name.rpartition(".")[0]
    files = [(_suffix(suffix), value) for suffix, value in fields.items() if isinstance(value, bytes)]
    values = {key: value for key, value in fields.items() if not isinstance(value, bytes)}
    if values:
        files.append(("json", json.dumps(values, default=str).encode()))
    named: dict[str, bytes] = {}
    for suffix, content in sorted(files, key=lambda file: f"{stem}.{file[0]}".lower() == name.lower()):
        free = f"{stem}.{suffix}"
        while free in named or free.lower() == name.lower():
            free = f"{stem}.orig{free.removeprefix(stem)}"
        named[free] = content
    return named


def _suffix(name: str) -> str:
    return re.sub(r"[\x00-\x1f/\\:*?\"<>|]", "_", name)[-200:]


def pack_tar(results: Results) -> bytes:
    """A tar in the WebDataset layout; the same bytes for the same results (no times, no owner)."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for draw, data, sample in results:
            label = {} if sample.label is None else {"cls": str(sample.label).encode()}
            for name, content in {draw.name: data, **siblings(draw.name, {**label, **sample.fields})}.items():
                member = tarfile.TarInfo(name)
                member.size, member.mode = len(content), 0o644
                tar.addfile(member, io.BytesIO(content))
    return out.getvalue()


def parquet_packer(schema: Any, column: str) -> Callable[[Results], bytes]:
    """Shards that `datasets.load_dataset` opens with features: those the input told, and a picture in any case.

    Args:
        schema: of the fields and the pictures, an Arrow schema.
        column: of the pictures.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    picture = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    fields = [pa.field(f.name, picture) if f.name == column else f.remove_metadata() for f in schema]
    told = {**_features(schema), column: {"_type": "Image"}}
    metadata = {COLUMN.decode(): column}
    if set(told) == set(schema.names):  # `datasets` wants all or none
        metadata["huggingface"] = json.dumps({"info": {"features": {name: told[name] for name in schema.names}}})
    whole = pa.schema(fields, metadata=metadata)

    def pack(results: Results) -> bytes:
        rows = [
            {LABEL: sample.label, **sample.fields, column: {"bytes": data, "path": draw.name}}
            for draw, data, sample in results
        ]
        out = io.BytesIO()
        table = pa.Table.from_pylist(rows, schema=whole)
        pq.write_table(table, out, row_group_size=100, compression="zstd", use_dictionary=False)
        return out.getvalue()

    return pack


def _features(schema: Any) -> dict[str, Any]:
    """Features of the Hugging Face library, by column: those that the schema tells, and those of plain types."""
    import pyarrow as pa

    plain = {str(f.type): {"dtype": str(f.type), "_type": "Value"} for f in schema if pa.types.is_integer(f.type)}
    for name in ("bool", "string", "large_string", "binary", "large_binary"):
        plain[name] = {"dtype": name, "_type": "Value"}
    plain["float"], plain["double"] = ({"dtype": f"float{n}", "_type": "Value"} for n in (32, 64))
    return {**{f.name: plain[str(f.type)] for f in schema if str(f.type) in plain}, **told_features(schema)}
