"""Files beside the pictures that say what is in them go along, and are never taken for results."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
from dataset_pictures import fill, tree

from adain_core.dataset import JobOptions, stylize_dataset, verify
from adain_core.errors import AdaINError, AdaINWarning

OPTIONS = JobOptions(model="lite", dtype="float32")


def detection_set(folder: Path) -> Path:
    """As YOLO, COCO and VOC lay theirs out."""
    fill(folder / "images", 3)
    for number, name in enumerate(["class0/picture000", "class1/picture001"]):
        path = folder / "labels" / f"{name}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{number} 0.5 0.5 0.1 0.1\n")
    (folder / "annotations.json").write_text("{}")
    (folder / "images" / "class0" / "picture000.xml").write_text("<annotation/>")
    (folder / ".cache").write_text("hidden")
    return folder


def test_side_files_are_copied_only_when_asked_for(tmp_path: Path) -> None:
    photos = detection_set(tmp_path / "in")
    with pytest.warns(AdaINWarning, match="4 files left out"):
        assert stylize_dataset(photos, "scream", tmp_path / "plain", OPTIONS, workers=0).copied == 0
    with warnings.catch_warnings():
        warnings.simplefilter("error", AdaINWarning)  # nothing is left out
        report = stylize_dataset(photos, "scream", tmp_path / "out", OPTIONS, workers=0, copy_others=True)
    before, after, plain = tree(photos), tree(tmp_path / "out"), tree(tmp_path / "plain")
    others = {name: digest for name, digest in before.items() if not name.endswith(("png", "jpg", "JPEG", ".cache"))}
    assert len(others) == report.copied == 4 and after == {**plain, **others} and not verify(tmp_path / "out")


def test_they_are_copied_again_only_where_they_changed(tmp_path: Path) -> None:
    photos = detection_set(tmp_path / "in")
    stylize_dataset(photos, "scream", tmp_path / "out", OPTIONS, workers=0, copy_others=True)
    stamps = {path: path.stat().st_ino for path in (tmp_path / "out").rglob("*.*")}
    (photos / "annotations.json").write_text('{"images": []}')
    (tmp_path / "out" / "labels" / "class1" / "picture001.txt").unlink()
    stylize_dataset(photos, "scream", tmp_path / "out", OPTIONS, workers=0, copy_others=True)
    assert tree(tmp_path / "out")["annotations.json"] == tree(photos)["annotations.json"]
    assert (tmp_path / "out" / "labels" / "class1" / "picture001.txt").is_file()
    kept = tmp_path / "out" / "labels" / "class0" / "picture000.txt"
    assert kept.stat().st_ino == stamps[kept]


def test_each_of_several_results_of_a_picture_has_its_own(tmp_path: Path) -> None:
    photos = detection_set(tmp_path / "in")
    options = JobOptions(model="lite", dtype="float32", per_picture=2)
    stylize_dataset(photos, "builtin", tmp_path / "out", options, workers=0, copy_others=True)
    found = {name for name in tree(tmp_path / "out") if "picture000" in name}
    assert found == {
        f"{name}_{k}.{end}"
        for k in range(2)
        for name, end in [
            ("images/class0/picture000", "png"), ("images/class0/picture000", "xml"),
            ("labels/class0/picture000", "txt"),
        ]
    }  # fmt: skip
    assert "annotations.json" in tree(tmp_path / "out")


def test_of_two_that_would_become_one_the_second_is_told(tmp_path: Path) -> None:
    fill(tmp_path / "in", 1)
    for name in ("picture000.txt", "picture000_0.txt"):
        (tmp_path / "in" / "class0" / name).write_text(name)
    options = JobOptions(model="lite", dtype="float32", per_picture=2)
    report = stylize_dataset(tmp_path / "in", "builtin", tmp_path / "out", options, workers=0, copy_others=True)
    assert report.not_copied == {
        "class0/picture000_0.txt": "another file is copied to class0/picture000_0.txt"
    } and report.copied == 2  # fmt: skip
    assert (tmp_path / "out" / "class0" / "picture000_0.txt").read_text() == "picture000.txt"


@pytest.mark.parametrize("store", ["tar", "parquet"])
def test_shards_have_no_place_for_them(tmp_path: Path, store: str) -> None:
    fill(tmp_path / "in", 1)
    with pytest.raises(AdaINError, match="--copy-others"):
        stylize_dataset(
            tmp_path / "in", "scream", tmp_path / "out", JobOptions(store=store, model="lite"), workers=0,
            copy_others=True,
        )  # fmt: skip
    assert not (tmp_path / "out").exists()
