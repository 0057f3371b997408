"""Stream pictures of a Hugging Face dataset into a tar shard that training reads in place.

    python -m training.fetch_dataset huggan/wikiart paintings.tar --column image --limit 20000

Training picks pictures by number, so that a stopped run goes on exactly where it was; a stream has no numbers. So the
stream is read once, as it comes, undecoded, and no more of the dataset is downloaded than is kept.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer
from tqdm import tqdm

from adain_core.errors import AdaINError
from adain_core.pictures.formats import SUFFIXES
from adain_core.system.atomic_files import replacing
from training.pictures import TrainingError
from training.program import run


def encoded_pictures(name: str, split: str, column: str) -> Iterator[tuple[bytes, str]]:
    """The files of a dataset's image column as they are stored, and their names (often empty), one by one.

    Raises:
        TrainingError: no such dataset, split or column.
    """
    from datasets import Image, load_dataset

    try:
        rows: Any = load_dataset(name, split=split, streaming=True)
        if rows.features is not None and column not in rows.features:
            known = ", ".join(key for key, kind in rows.features.items() if isinstance(kind, Image))
            raise TrainingError(f"dataset {name!r} has no column {column!r}: its picture columns are {known or 'none'}")
        for row in rows.cast_column(column, Image(decode=False)):
            data, path = row[column]["bytes"], row[column]["path"] or ""
            yield (Path(path).read_bytes() if data is None else data), path
    except (OSError, ValueError, RuntimeError) as e:
        if isinstance(e, AdaINError):
            raise
        reason = str(e).strip().splitlines()[0]
        raise TrainingError(f"dataset {name!r}, split {split!r}, cannot be streamed: {reason}") from e


def main(
    name: Annotated[str, typer.Argument(help="user/dataset on the Hub, or a local folder of one")],
    out: Annotated[Path, typer.Argument(help="tar file to write")],
    split: Annotated[str, typer.Option(help="of the dataset")] = "train",
    column: Annotated[str, typer.Option(help="that holds the pictures")] = "image",
    limit: Annotated[int, typer.Option(help="so many pictures; 0 = all")] = 0,
) -> None:
    """Keep the first pictures of a dataset."""
    count = 0
    with replacing(out) as temporary, tarfile.open(temporary, "w:") as tar:
        pictures = islice(encoded_pictures(name, split, column), limit or None)
        for data, path in tqdm(pictures, name, total=limit or None, unit="picture"):
            suffix = Path(path).suffix.lower()
            member = tarfile.TarInfo(
                f"{count:07}{suffix if suffix in SUFFIXES else '.jpg'}"
            )  # content tells the format
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
            count += 1
        if not count:
            raise TrainingError(f"dataset {name!r}, split {split!r}, holds no picture")
    print(f"{out}: {count} pictures, {out.stat().st_size >> 20} MiB")


if __name__ == "__main__":
    run(main)
