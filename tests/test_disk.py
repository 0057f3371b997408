"""A disk that is full is told with the file and what is missing; names are made so that a disk takes them."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from adain_core.system import disk
from adain_core.system.atomic_files import replacing, write_atomically
from adain_core.system.disk import amount, told
from adain_core.system.file_names import LONGEST, Taken, fitting, same_file


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 KB"), (4116, "4.1 KB"), (9949, "9.9 KB"), (9950, "10 KB"),
        (999_400, "999 KB"), (999_600, "1.0 MB"), (20 * 10**9, "20 GB"), (3 * 10**12, "3.0 TB"),
    ],
)  # fmt: skip
def test_bytes_are_told_in_the_unit_that_suits_them(count: int, text: str) -> None:
    assert amount(count) == text


def test_a_full_disk_is_told_with_the_file_what_it_needs_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    monkeypatch.setattr(disk, "free_space", lambda path: 1200)
    with pytest.raises(OSError) as raised:
        write_atomically(tmp_path / "a.safetensors", bytes(4100))
    assert told(raised.value) == (
        f"{tmp_path / 'a.safetensors'}: No space left on device: it needs 4.1 KB, 1.2 KB are free; "
        "make room, then call again"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_unknown_size_needs_more_than_there_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "free_space", lambda path: 96_000)
    with pytest.raises(OSError, match="it needs more than the 96 KB that are free"), replacing(tmp_path / "a.png"):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_file_that_cannot_be_made_is_told_by_its_own_name(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as raised, replacing(tmp_path / "none" / "a.png"):
        pytest.fail("entered")
    assert told(raised.value) == f"{tmp_path / 'none' / 'a.png'}: No such file or directory"


def test_a_file_where_a_folder_is_needed_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    with pytest.raises(OSError) as raised:
        (tmp_path / "notes.txt").mkdir(exist_ok=True)
    assert told(raised.value) == f"{tmp_path / 'notes.txt'} is there and is no folder: give another place"


def test_an_error_of_another_file_keeps_its_name(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as raised, replacing(tmp_path / "a.png"):
        (tmp_path / "source.png").read_bytes()
    assert raised.value.filename == str(tmp_path / "source.png")


@pytest.mark.parametrize("letter", ["n", "é", "猫"])
def test_a_file_with_the_longest_name_is_written(tmp_path: Path, letter: str) -> None:
    name = letter * ((LONGEST - 4) // len(letter.encode())) + ".png"
    write_atomically(tmp_path / name, b"x")
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_name_that_fits_stays_and_a_longer_one_is_cut_and_told_apart_by_digits(tmp_path: Path) -> None:
    assert fitting("photo_scream", ".png") == "photo_scream.png"
    one, other = fitting("猫" * 100 + "1", ".png"), fitting("猫" * 100 + "2", ".png")
    assert one != other and one == fitting("猫" * 100 + "1", ".png")
    assert len(one.encode()) <= LONGEST and one.startswith("猫猫") and one.endswith(".png")


def test_whether_case_tells_files_apart_is_asked_of_the_disk(tmp_path: Path) -> None:
    (tmp_path / "probe").touch()
    blind = (tmp_path / "PROBE").exists()
    assert same_file(str(tmp_path / "new" / "A" / "x.png"), str(tmp_path / "new" / "a" / "X.png")) == blind
    assert os.listdir(tmp_path) == ["probe"]


def test_a_file_is_taken_once() -> None:
    taken = Taken()
    assert taken.take("out/a.png", "one") is None
    assert taken.take("out/b.png", "two") is None
    assert taken.take("out/a.png", "three") == "one"
