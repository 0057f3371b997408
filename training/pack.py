"""Shrink training pictures into one tar, to carry them to a machine that is rented by the minute.

    python -m training.pack PHOTOS photos.tar --side 320

Training reads the tar as it reads the folder: names stay, so that lists of pictures that were set aside
(`--holdout-file`) stay true. What cannot be read is left out and listed, and the exit status is 1 then.
"""

from __future__ import annotations

import io
import tarfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated

import typer
from tqdm import tqdm

from adain_core.errors import AdaINError
from adain_core.system.atomic_files import replacing
from training.data import windowed
from training.pictures import PictureFile, TrainingError, find_pictures
from training.program import run


def shrunk(file: PictureFile, side: int, quality: int) -> bytes:
    """A picture as JPEG with a shorter side of `side` pixels at most; never enlarged.

    Raises:
        ImageError: unreadable or damaged.
        OSError: the file is gone.
    """
    picture = file.open()
    if min(picture.height, picture.width) > side:
        picture = picture.resized(side)
    out = io.BytesIO()
    picture.to_pil().convert("RGB").save(out, "JPEG", quality=quality)
    return out.getvalue()


def pack(source: Path, out: Path, side: int, quality: int) -> tuple[int, list[str]]:
    """Write the tar, whole or not at all.

    Args:
        source: folder tree or tar of pictures.
        out: tar to write.
        side: shorter side, in pixels.
        quality: of JPEG.

    Returns:
        how many pictures are in it, and a line for each that could not be read.

    Raises:
        TrainingError: no picture, or none that can be read.
    """
    files = find_pictures(source)
    count, bad = 0, []

    def encode(file: PictureFile) -> bytes | str:
        try:
            return shrunk(file, side, quality)
        except (AdaINError, OSError) as e:
            return f"{file.name}: {e}"

    with replacing(out) as temporary, tarfile.open(temporary, "w:") as tar, ThreadPoolExecutor() as pool:
        every = zip(files, windowed(pool, encode, files), strict=True)
        for file, data in tqdm(every, str(source), total=len(files), unit="picture"):
            if isinstance(data, str):
                bad.append(data)
                continue
            member = tarfile.TarInfo(file.name)  # its suffix may be another: content tells the format
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
            count += 1
        if not count:
            raise TrainingError(f"none of {len(files)} pictures can be read; the first: {bad[0]}")
    return count, bad


def main(
    source: Annotated[Path, typer.Argument(help="folder tree or tar of pictures")],
    out: Annotated[Path, typer.Argument(help="tar file to write")],
    side: Annotated[int, typer.Option(min=16, help="shorter side in pixels at most")] = 320,
    quality: Annotated[int, typer.Option(min=1, max=100, help="of JPEG")] = 90,
) -> None:
    """Shrink pictures into a tar."""
    count, bad = pack(source, out, side, quality)
    for line in bad:
        print("bad:", line)
    print(f"{out}: {count} pictures, {out.stat().st_size / 2**20:.1f} MiB, {len(bad)} bad")
    if bad:
        raise typer.Exit(1)


if __name__ == "__main__":
    run(main)
