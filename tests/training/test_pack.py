"""Pictures shrunk into a tar are the same training data, only smaller."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from typer import Exit

from training.pack import main
from training.pictures import TrainingError, find_pictures


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One large picture, one small one in a folder below, one with an alpha channel."""
    (tmp_path / "source" / "below").mkdir(parents=True)
    Image.new("RGB", (300, 200), "red").save(tmp_path / "source" / "a.png")
    Image.new("RGB", (50, 40), "blue").save(tmp_path / "source" / "below" / "b.jpg")
    Image.new("RGBA", (80, 160), "green").save(tmp_path / "source" / "c.webp")
    return tmp_path / "source"


def test_names_stay_and_large_pictures_shrink(folder: Path, tmp_path: Path) -> None:
    main(folder, tmp_path / "out.tar", side=64)
    before, after = find_pictures(folder), find_pictures(tmp_path / "out.tar")
    assert [file.name for file in after] == [file.name for file in before] == ["a.png", "below/b.jpg", "c.webp"]
    assert [(file.open().width, file.open().height) for file in after] == [(96, 64), (50, 40), (64, 128)]


def test_bad_files_are_left_out_and_listed(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "bad.jpg").write_bytes(b"no picture")
    with pytest.raises(Exit) as stop:
        main(folder, tmp_path / "out.tar")
    assert stop.value.exit_code == 1
    assert "bad: bad.jpg: " in capsys.readouterr().out
    assert len(find_pictures(tmp_path / "out.tar")) == 3


def test_nothing_to_pack_leaves_no_file(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "bad.jpg").write_bytes(b"no picture")
    with pytest.raises(TrainingError, match=r"none of 1 pictures can be read; the first: bad\.jpg"):
        main(tmp_path / "source", tmp_path / "out.tar")
    assert not (tmp_path / "out.tar").exists()
