"""What STYLES means."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from dataset_pictures import fill, manifest, photo
from typer.testing import CliRunner

from adain_core.cli import app
from adain_core.dataset import JobOptions, stylize_dataset
from adain_core.dataset.styles import StyleSet
from adain_core.errors import AdaINError, StyleError

PLAIN = JobOptions(model="lite", dtype="float32")


@pytest.mark.parametrize("name", ["a.jpg", "B.JPG"])
def test_a_picture_is_the_only_style(tmp_path: Path, name: str) -> None:
    (tmp_path / "sub").mkdir()
    for other in ("a.jpg", "monalisa.jpg", "sub/a.jpg", "B.JPG", "b.jpg"):
        photo(0, 16, 24).save(tmp_path / other)
    assert StyleSet(str(tmp_path / name)).names == [name]


@pytest.mark.parametrize("content", [b"", b"xx", b"\xff" * 100], ids=["empty", "short", "bytes"])
def test_a_damaged_file_of_styles_is_said(tmp_path: Path, content: bytes) -> None:
    fill(tmp_path / "in", 1)
    (tmp_path / "broken.safetensors").write_bytes(content)
    with pytest.raises(StyleError, match=r"broken\.safetensors cannot be read as a file of styles"):
        StyleSet(str(tmp_path / "broken.safetensors"))
    call = ["dataset", "in", "broken.safetensors", "out", "--workers", "0"]
    done = CliRunner().invoke(app, [str(tmp_path / part) if i in (1, 2, 3) else part for i, part in enumerate(call)])
    assert done.exit_code == 2 and len(done.stderr.strip().splitlines()) == 1, done.output
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("out", ["scream", "./scream", "scream/out"])
def test_a_job_whose_folder_has_the_styles_name_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: str
) -> None:
    monkeypatch.chdir(tmp_path)
    fill(Path("photos"), 2)
    assert stylize_dataset("photos", "scream", out, PLAIN, workers=0).made == 2
    next(Path(out).rglob("picture*")).unlink()
    assert stylize_dataset("photos", "scream", out, PLAIN, workers=0).made == 1
    assert {row["style"] for row in manifest(Path(out))} == {"scream"}


def test_an_empty_output_folder_does_not_hide_the_style(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    fill(Path("photos"), 1)
    Path("scream").mkdir()
    assert stylize_dataset("photos", "scream", "scream", PLAIN, workers=0).made == 1


def test_another_folder_with_a_styles_name_is_a_folder_of_styles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    fill(Path("photos"), 1)
    shutil.copytree("photos/class0", "scream")
    assert StyleSet("scream", out=tmp_path / "out").names == ["picture000.png"]
    assert StyleSet("./scream", out=tmp_path / "scream").names == ["picture000.png"]
    with pytest.raises(AdaINError, match="lies in the folder of styles scream"):
        stylize_dataset("photos", "scream", "scream/out", PLAIN, workers=0)
    with pytest.raises(AdaINError, match="lies in the folder of styles photos"):  # no built-in style
        stylize_dataset("scream", "photos", "photos", PLAIN, workers=0)
