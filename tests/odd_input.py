"""Odd tars, tables and folders: whole ones, cut, with flipped bytes, wrong columns, odd names, huge declared sizes."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from hypothesis import strategies as st
from PIL import Image

NAMES = (
    "a.png", "a.jpg", "b.png", "A.PNG", "sub/c.png", "sub.d/e.v2.png", "image", ".png", "x.", "x..png", "x.tar.png",
    "é.png", "\udcff.png", "x\udcfe/y.png", "con.png", "x:y.png", "a b?.png", "x\n.png", "x" * 200 + ".png", "./a.png",
    "sub//c.png", "../out.png", "/abs.png", "a\\..\\b.png", "label.png", "a.cls", "a.json", "sub/c.txt", "b.image",
    "b.bytes", "\U0001f600.png",
)  # fmt: skip


@cache
def picture(kind: str) -> bytes:
    """A small picture file, or something that is none."""
    if kind in ("", "text"):
        return kind.encode()
    file = io.BytesIO()
    pixels = np.random.default_rng(0).integers(0, 255, (16, 24, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(file, kind)
    data = file.getvalue()
    return data


def bomb() -> bytes:
    """A PNG whose header tells of four billion pixels."""
    data = bytearray(picture("PNG"))
    data[16:24] = (1 << 16).to_bytes(4, "big") * 2
    return bytes(data)


good = st.sampled_from(["PNG", "JPEG"]).map(picture)
contents = st.one_of(
    good, good, good, st.sampled_from(["", "text"]).map(picture), st.builds(bomb), st.binary(max_size=40)
)
names = st.one_of(st.sampled_from(NAMES), st.text(max_size=6).map(lambda text: f"{text}.png".replace("\0", "_")))
members = st.lists(st.tuples(names, contents), min_size=1, max_size=6)


@dataclass(frozen=True)
class Damage:
    """What is done to a file's bytes.

    Attributes:
        kind: "none", "cut", "flip", "insert" or "declare" (a size in a header).
        where: share of the file's length, and a number.
        value: a byte.
    """

    kind: str
    where: float
    value: int

    def done(self, data: bytes) -> bytes:
        """The damaged bytes."""
        at = int(self.where * (len(data) - 1)) if data else 0
        if self.kind == "cut":
            return data[:at]
        if self.kind == "flip" and data:
            return data[:at] + bytes([data[at] ^ (self.value or 1)]) + data[at + 1 :]
        if self.kind == "insert":
            return data[:at] + bytes([self.value]) * (1 + self.value % 700) + data[at:]
        if self.kind == "declare":  # a field of eight octal digits in a tar's header; nonsense anywhere else
            block = at // 512 * 512
            field = b"77777777777\0" if self.value % 2 else b"\x80" + b"\0" * 3 + b"\x7f" + b"\xff" * 7
            data = data[: block + 124] + field + data[block + 136 :]
            header = bytearray(data[block : block + 512])
            if len(header) == 512:
                header[148:156] = b" " * 8
                header[148:156] = b"%06o\0 " % sum(header)
            return data[:block] + bytes(header) + data[block + 512 :]
        return data


damages = st.builds(
    Damage,
    st.sampled_from(["none", "none", "cut", "flip", "flip", "flip", "insert", "declare"]),
    st.floats(0, 1),
    st.integers(0, 255),
)


def tar_bytes(entries: list[tuple[str, bytes]], form: int) -> bytes:
    """A tar of these members, in one of its formats, with a folder and links."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as tar:
        for number, (name, content) in enumerate(entries):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
            if number == 2:
                link = tarfile.TarInfo("link.png")
                link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
                tar.addfile(link)
    return out.getvalue()


tars = st.builds(
    tar_bytes, members, st.sampled_from([tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
)  # ustar has no room for some names


def table_bytes(entries: list[tuple[str, bytes]], shape: str, seed: int) -> bytes:
    """A Parquet file of these pictures, with columns as they are usual and as they are not."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    named = [(name.encode("utf-8", "replace").decode(), content) for name, content in entries]
    rows = [{"bytes": content, "path": name} for name, content in named]
    count = len(rows)
    rng = np.random.default_rng(seed)
    columns: dict[str, object] = {
        "usual": {"image": rows, "label": list(range(count))},
        "plain": {"jpg": [content for _, content in named], "text": [name for name, _ in named]},
        "null": {"image": [None, *rows[1:]], "label": [None] * count},
        "paths": {"image": [{"bytes": None, "path": name} for name, _ in named]},
        "two": {"image": rows, "mask": rows, "json": [b"x"] * count, "weights": [[0.5, None]] * count},
        "times": {"image": rows, "when": pa.array(rng.integers(-(2**62), 2**62, count), pa.timestamp("us"))},
        "names": {
            "../../x": [b"x"] * count,
            "image": rows,
            "a/b": [b"y"] * count,
            "": list(range(count)),
            "png": [b"z"] * count,
        },
        "none": {"label": list(range(count)), "text": ["x"] * count},
        "empty": {"image": pa.array([], pa.struct([("bytes", pa.binary()), ("path", pa.string())]))},
        "features": {"image": rows, "label": list(range(count))},
        "words": {"image": rows, "label": pa.array([name for name, _ in named]).dictionary_encode()},
    }[shape]  # type: ignore[assignment]
    table = pa.table(columns)
    if shape == "features":
        wrong = [
            b"no json",
            b"{}",
            b'{"info": {"features": {"label": {"_type": "ClassLabel", "names": ["x"]}, "image": 3}}}',
            b"[1]",
        ]
        table = table.replace_schema_metadata({b"huggingface": wrong[seed % len(wrong)]})
    out = io.BytesIO()
    pq.write_table(table, out, row_group_size=1 + seed % 4, compression=["none", "zstd", "snappy"][seed % 3])
    return out.getvalue()


SHAPES = ("usual", "plain", "null", "paths", "two", "times", "names", "none", "empty", "features", "words")
tables = st.builds(table_bytes, members, st.sampled_from(SHAPES), st.integers(0, 11))


@dataclass(frozen=True)
class Case:
    """An odd dataset.

    Attributes:
        kind: "tar", "parquet" or "files".
        files: by path; of folders the members as they are.
    """

    kind: str
    files: tuple[tuple[str, bytes], ...]

    def write(self, folder: Path) -> None:
        """Make it; names that this file system cannot hold are left out."""
        folder.mkdir()
        for name, content in self.files:
            path = folder / name
            if not path.resolve().is_relative_to(folder.resolve()):
                continue
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            except (OSError, UnicodeError, ValueError):
                continue


def shards(kind: str) -> Callable[[tuple[bytes, Damage], list[tuple[bytes, Damage]]], Case]:
    """One damaged shard or two, in a folder."""

    def of(first: tuple[bytes, Damage], more: list[tuple[bytes, Damage]]) -> Case:
        found = [damage.done(data) for data, damage in [first, *more]]
        return Case(kind, tuple((f"{'ab'[n]}.{kind}", data) for n, data in enumerate(found)))

    return of


cases = st.one_of(
    st.builds(shards("tar"), st.tuples(tars, damages), st.lists(st.tuples(tars, damages), max_size=1)),
    st.builds(shards("parquet"), st.tuples(tables, damages), st.lists(st.tuples(tables, damages), max_size=1)),
    st.builds(
        lambda entries, damage: Case(
            "files", tuple((name, data if n else damage.done(data)) for n, (name, data) in enumerate(entries))
        ),
        members,
        damages,
    ),
)
