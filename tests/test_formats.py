"""One list of formats: what opens alone is found in a folder, and what is left out is said."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from command_here import adain_here
from PIL import Image

from adain_core.commands import file_jobs
from adain_core.dataset.sources.kinds import open_source
from adain_core.errors import AdaINWarning, ImageError
from adain_core.pictures import reading
from adain_core.pictures.formats import READ, SUFFIXES, WRITTEN, left_out
from adain_core.pictures.reading import open_picture
from training.pictures import find_pictures

PIXELS = np.full((24, 16, 3), (200, 100, 50), np.uint8)


def encoded(format: str) -> bytes:
    file = io.BytesIO()
    if format == "HEIF":
        pillow_heif = pytest.importorskip("pillow_heif")
        pillow_heif.from_bytes("RGB", (16, 24), PIXELS.tobytes()).save(file, quality=95)
    else:
        Image.fromarray(PIXELS).save(file, format, **({"sizes": [(16, 24)]} if format == "ICO" else {}))
    return file.getvalue()


@pytest.mark.parametrize("format", READ)
def test_every_format_of_the_list_is_read(format: str) -> None:
    pixels = open_picture(encoded(format)).pixels
    assert pixels.shape == PIXELS.shape and np.abs(pixels.astype(int) - PIXELS).max() <= 8


def test_the_list_holds_all_suffixes_that_pillow_gives_its_formats() -> None:
    Image.init()
    missing = {end for end, format in Image.registered_extensions().items() if format in READ} - set(SUFFIXES)
    assert missing <= {".mpeg", ".mpg"}  # a film is no picture
    assert set(WRITTEN) <= set(SUFFIXES)


def test_what_opens_alone_is_found_in_a_folder_by_command_dataset_and_training(tmp_path: Path) -> None:
    for number, suffix in enumerate(SUFFIXES):
        (tmp_path / f"{number:02d}{suffix.upper()}").write_bytes(b"pixels")
    (tmp_path / ".hidden.jpg").write_bytes(b"pixels")
    names = {f"{number:02d}{suffix.upper()}" for number, suffix in enumerate(SUFFIXES)}
    assert {Path(job.source).name for job in file_jobs.plan([str(tmp_path)], "out", "s")} == names
    assert {item.key for group in open_source(str(tmp_path)).groups() for item in group.items} == names
    assert {file.name for file in find_pictures(tmp_path)} == names


def test_what_is_left_out_of_a_folder_is_counted_with_its_reason(tmp_path: Path) -> None:
    for name in ("a.png", "b.CR2", "c.cr2", "notes.txt", "README", ".hidden"):
        (tmp_path / name).write_bytes(b"")
    said = rf"{tmp_path.name}: 4 files left out, no pictures by their suffixes \(2 \.cr2, 1 \.txt, 1 without a suffix\)"
    with pytest.warns(AdaINWarning, match=said):
        file_jobs.plan([str(tmp_path)], "out", "s")
    with pytest.warns(AdaINWarning, match=said):
        open_source(str(tmp_path)).groups()
    with pytest.warns(AdaINWarning, match=said):
        find_pictures(tmp_path)
    assert left_out("folder", []) == ""


def test_the_command_says_it_in_one_line(tmp_path: Path, photo_file: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.png").write_bytes(encoded("PNG"))
    (tmp_path / "in" / "b.jpg").write_bytes(photo_file.read_bytes()[:-30])
    (tmp_path / "in" / "c.psd").write_bytes(b"layers")
    done = adain_here("stylize", "in", "-s", "scream", "-o", "out", cwd=tmp_path)
    lines = [line for line in done.stderr.decode().splitlines() if line]  # the bar of slow work ends with an empty one
    assert done.returncode == 0 and [line.partition(":")[0] for line in lines] == ["adain", "adain"]
    assert "1 file left out" in lines[0] and "b.jpg is cut off" in lines[1]


def test_a_result_of_a_jpeg_stays_a_jpeg_whatever_its_suffix(tmp_path: Path) -> None:
    for suffix in (".jpe", ".jfif", ".JPEG", ".ico"):
        (tmp_path / f"a{suffix}").write_bytes(b"")
    names = {Path(job.output).name for job in file_jobs.plan([str(p) for p in tmp_path.iterdir()], None, "s")}
    assert names == {"a_s.jpe", "a_s.jfif", "a_s.JPEG", "a_s.png"}


@pytest.mark.parametrize(
    "brand, needed", [(b"heic", r"pip install adain-style-transfer\[heif\]"), (b"avif", "Pillow 11.3")]
)
def test_a_picture_that_needs_more_than_is_installed_says_what(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, brand: bytes, needed: str
) -> None:
    Image.init()
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    monkeypatch.setitem(sys.modules, "pillow_heif.as_plugin", None)
    monkeypatch.setattr(reading.Image, "OPEN", {k: v for k, v in Image.OPEN.items() if k not in ("AVIF", "HEIF")})
    path = tmp_path / "IMG_0001.HEIC"
    path.write_bytes(b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0mif1" + brand)
    with pytest.raises(ImageError, match=f"IMG_0001.HEIC is a picture of format .*, which needs .*{needed}"):
        open_picture(path)


def test_pillow_s_readers_are_left_as_they_are() -> None:
    pytest.importorskip("pillow_heif")
    script = (
        "import sys; from PIL import Image; Image.init(); before = set(Image.OPEN)\n"
        "from adain_core import open_picture; open_picture(sys.stdin.buffer)\n"
        "assert set(Image.OPEN) == before"
    )
    done = subprocess.run([sys.executable, "-c", script], input=encoded("HEIF"), capture_output=True)
    assert done.returncode == 0, done.stderr


def test_the_list_needs_neither_torch_nor_pillow() -> None:
    """The command's help imports it."""
    script = "import sys, adain_core.cli; print(*sorted({'torch', 'PIL', 'numpy', 'pillow_heif'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stdout.strip() == ""
