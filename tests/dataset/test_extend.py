"""Pictures that come later are painted as if they had been there from the beginning; what is made stays."""

from __future__ import annotations

import tarfile
from pathlib import Path

import numpy as np
import pytest
from command_here import adain_here
from dataset_pictures import SIZES, fill, manifest, photo, tree
from PIL import Image

from adain_core.dataset import JobOptions, stylize_dataset, verify
from adain_core.dataset.state import JobFolder
from adain_core.errors import AdaINError
from adain_core.system.atomic_files import replacing

OPTIONS = JobOptions(model="lite", dtype="float32", per_picture=2, alpha=(0.5, 1.0), suffix=".png")


def grown(folder: Path, count: int) -> Path:
    """`count` more pictures, names before, between and after those of :func:`fill`."""
    for i in range(count):
        photo(100 + i, *SIZES[i % len(SIZES)]).save(folder / f"class{i % 3}" / f"{'apz'[i % 3]}icture{i:03d}5.png")
    return folder


@pytest.mark.parametrize("store", ["files", "tar", "parquet"])
def test_an_extended_job_has_the_pictures_of_a_fresh_one(tmp_path: Path, store: str) -> None:
    pytest.importorskip("pyarrow")
    options = JobOptions(**{**vars(OPTIONS), "store": store, "shard_size": 4})
    photos, out = fill(tmp_path / "in", 5), tmp_path / "out"
    stylize_dataset(photos, "builtin", out, options, workers=0)
    before = {path: path.read_bytes() for path in out.rglob("*.*") if ".adain" not in path.name}
    grown(photos, 4)
    report = stylize_dataset(photos, "builtin", out, options, workers=0, extend=True)
    assert report.results == 18 and report.made == 8 and not verify(out)
    assert all(path.read_bytes() == content for path, content in before.items())
    again = stylize_dataset(photos, "builtin", out, options, workers=0)  # without the flag: it is that job now
    assert again.results == 18 and again.made == 0
    stylize_dataset(photos, "builtin", tmp_path / "fresh", options, workers=0)
    key = ("source", "style", "alpha", "status")
    drawn = [sorted([row[k] for k in key] for row in manifest(folder)) for folder in (out, tmp_path / "fresh")]
    assert drawn[0] == drawn[1] and len(drawn[0]) == 18
    if store == "files":
        for path in (tmp_path / "fresh").rglob("*.png"):
            a, b = (np.asarray(Image.open(p), int) for p in (path, out / path.relative_to(tmp_path / "fresh")))
            assert np.abs(a - b).max() <= 1


def test_new_pictures_are_refused_without_the_flag_and_gone_ones_with_it(tmp_path: Path) -> None:
    photos, out = fill(tmp_path / "in", 4), tmp_path / "out"
    stylize_dataset(photos, "scream", out, JobOptions(model="lite"), workers=0)
    before = tree(out)
    grown(photos, 2)
    with pytest.raises(AdaINError, match=r"2 pictures are new \(the first: class0/aicture0005\.png\): add --extend"):
        stylize_dataset(photos, "scream", out, JobOptions(model="lite"), workers=0)
    (photos / "class0" / "picture000.png").unlink()
    with pytest.raises(AdaINError, match=r"1 of its 4 pictures are gone \(the first: class0/picture000\.png\)"):
        stylize_dataset(photos, "scream", out, JobOptions(model="lite"), workers=0, extend=True)
    assert tree(out) == before


def test_a_shard_that_has_grown_keeps_its_first_results(tmp_path: Path) -> None:
    photos = fill(tmp_path / "photos", 6)
    (tmp_path / "in").mkdir()

    def pack(count: int) -> None:
        with tarfile.open(tmp_path / "in" / "s.tar", "w") as tar:
            for path in sorted(photos.rglob("*.*"))[:count]:
                tar.add(path, path.name)

    pack(3)
    options = JobOptions(model="lite", dtype="float32")
    stylize_dataset(tmp_path / "in", "scream", tmp_path / "out", options, workers=0)
    first = (tmp_path / "out" / "s.tar").read_bytes()
    pack(6)
    stylize_dataset(tmp_path / "in", "scream", tmp_path / "out", options, workers=0, extend=True)
    shards = sorted(path for path in (tmp_path / "out").glob("*.tar"))
    names = []
    for shard in shards:
        with tarfile.open(shard) as tar:
            names += tar.getnames()
    assert len(shards) == 2 and len(names) == len(set(names)) == 6 and not verify(tmp_path / "out")
    assert (tmp_path / "out" / "s.tar").read_bytes() == first


def test_a_new_class_in_shards_would_change_the_numbers_of_the_others_and_is_refused(tmp_path: Path) -> None:
    photos = fill(tmp_path / "in", 4)
    options = JobOptions(model="lite", store="tar")
    stylize_dataset(photos, "scream", tmp_path / "out", options, workers=0)
    (photos / "aardvark").mkdir()
    photo(9, 16, 24).save(photos / "aardvark" / "new.png")
    with pytest.raises(AdaINError, match="columns was"):
        stylize_dataset(photos, "scream", tmp_path / "out", options, workers=0, extend=True)


def test_what_a_kill_leaves_half_written_is_deleted_be_it_a_result_or_a_file_of_the_job(tmp_path: Path) -> None:
    folder = JobFolder(tmp_path)
    with replacing(folder.identity) as replacement:
        pass
    for half in (replacement, folder.temporary()):
        half.write_bytes(b"half")
    folder.drop_temporary()
    assert list(tmp_path.iterdir()) == [folder.identity]


def test_a_bad_style_alone_is_told_and_ends_well(tmp_path: Path, styles: Path) -> None:
    """Each picture has its results: another style stands in."""
    fill(tmp_path / "in", 3)
    for _ in range(2):
        done = adain_here("dataset", "in", str(styles), "out", "--model", "lite", "--workers", "0", cwd=tmp_path)
        assert done.returncode == 0 and b"torn.jpg" in done.stderr
    (tmp_path / "in" / "class0" / "torn.png").write_bytes(b"no picture")
    done = adain_here(
        "dataset", "in", str(styles), "out", "--model", "lite", "--workers", "0", "--extend", cwd=tmp_path
    )
    assert done.returncode == 1 and b".adain-manifest.jsonl" in done.stderr
