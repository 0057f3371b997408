"""What others load datasets with opens what is written as it is, with its labels: folders, tar shards, Parquet."""

from __future__ import annotations

from pathlib import Path

import pytest
from dataset_pictures import fill, photo
from PIL import Image

from adain_core.dataset import JobOptions, stylize_dataset, verify
from adain_core.dataset.sources.kinds import open_source

datasets = pytest.importorskip("datasets", reason="datasets is not installed: NOT tested (pip install .[dataset])")
folders = pytest.importorskip("torchvision.datasets", reason="torchvision is not installed: NOT tested")

CLASSES = ["class0", "class1", "class2"]


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seven pictures in a folder for each of three classes."""
    return fill(tmp_path_factory.mktemp("in") / "photos", 7)


def made(photos: Path, out: Path, store: str, **options: object) -> Path:
    """The pictures stylized."""
    job = JobOptions(**{"store": store, "model": "lite", "dtype": "float32", "shard_size": 4, **options})  # type: ignore[arg-type]
    assert not stylize_dataset(photos, "scream", out, job, workers=0).failed and not verify(out)
    return out


def test_a_jpeg_by_a_rare_suffix_is_found_by_image_folder(tmp_path: Path) -> None:
    source = tmp_path / "in" / "class"
    source.mkdir(parents=True)
    Image.new("RGB", (24, 16), "teal").save(source / "a.jfif", "JPEG")
    assert len(folders.ImageFolder(str(made(tmp_path / "in", tmp_path / "out", "files")))) == 1


def test_image_folder_finds_the_classes_and_nothing_else(photos: Path, tmp_path: Path) -> None:
    before, after = (folders.ImageFolder(str(folder)) for folder in (photos, made(photos, tmp_path / "out", "files")))
    assert after.classes == before.classes == CLASSES
    assert [label for _, label in after.samples] == [label for _, label in before.samples]
    assert after[0][0].size == before[0][0].size


@pytest.mark.parametrize("store", ["files", "parquet"])
def test_datasets_finds_pictures_and_class_labels(photos: Path, tmp_path: Path, store: str) -> None:
    out = made(photos, tmp_path / "out", store)
    rows = datasets.load_dataset(str(out), split="train", cache_dir=str(tmp_path / "cache"))
    assert rows.features["label"] == datasets.ClassLabel(names=CLASSES)
    assert rows.features["image"] == datasets.Image() and set(rows.features) == {"image", "label"}
    assert sorted(rows["label"]) == [0, 0, 0, 1, 1, 2, 2] and rows[6]["image"].size[0] > 0


@pytest.mark.parametrize("shards", [1, 2])
def test_datasets_finds_tar_shards_however_it_is_asked(photos: Path, tmp_path: Path, shards: int) -> None:
    """Even where a visible manifest would outnumber them."""
    out = made(photos, tmp_path / "out", "tar", suffix=".png")
    for path in sorted(out.glob("*.tar"))[shards:]:
        path.unlink()
    for ask in ({"path": str(out)}, {"path": "webdataset", "data_dir": str(out)}):
        rows = datasets.load_dataset(**ask, split="train", cache_dir=str(tmp_path / "cache"))
        assert rows["cls"][:4] == [0, 0, 0, 1] and rows[0]["png"].size[0] > 0


@pytest.mark.needs("webdataset")
def test_webdataset_finds_every_picture_with_its_class(photos: Path, tmp_path: Path) -> None:
    import webdataset as wds

    out = made(photos, tmp_path / "out", "tar", suffix=".png")
    shards = sorted(str(path) for path in out.glob("*.tar"))
    samples = list(wds.WebDataset(shards, shardshuffle=False).decode("rgb8"))
    assert [s["cls"] for s in samples] == [CLASSES.index(s["__key__"].partition("/")[0]) for s in samples]
    assert len(samples) == 7 and all(s["png"].ndim == 3 for s in samples)


@pytest.mark.needs("webdataset")
def test_no_two_pictures_become_one_sample_of_a_tar(tmp_path: Path) -> None:
    """All that shares a name up to its first dot is one sample there."""
    import webdataset as wds

    names = ["a.jpg", "a.png", "a_png.png", "v.1.png", "v.2.png", "v_1.png"]
    (tmp_path / "in").mkdir()
    for number, name in enumerate(names):
        photo(number, 16, 24).save(tmp_path / "in" / name)
    [shard] = [str(path) for path in made(tmp_path / "in", tmp_path / "out", "tar", shard_size=9).glob("*.tar")]
    samples = list(wds.WebDataset(shard, shardshuffle=False))
    kinds = [{key for key in sample if not key.startswith("__")} for sample in samples]
    assert len({sample["__key__"] for sample in samples}) == 6
    assert sorted(map(str, kinds)) == ["{'jpg'}", *["{'png'}"] * 5]


@pytest.mark.needs("webdataset")
def test_labels_of_a_table_are_classes_in_a_tar(photos: Path, tmp_path: Path) -> None:
    import webdataset as wds

    table = made(photos, tmp_path / "table", "parquet")
    shards = sorted(str(path) for path in made(table, tmp_path / "tar", "tar").glob("**/*.tar"))
    found = [int(sample["cls"]) for sample in wds.WebDataset(shards, shardshuffle=False)]
    assert found == [0, 0, 0, 1, 1, 2, 2]


def test_a_tar_becomes_a_table_of_pictures_with_equal_columns_in_each_shard(photos: Path, tmp_path: Path) -> None:
    """Also where a member comes in one shard only, or has the name of the column of pictures."""
    import io
    import tarfile

    (tmp_path / "in").mkdir()
    for number, more in enumerate(["image", "txt"]):
        with tarfile.open(tmp_path / "in" / f"{number}.tar", "w") as tar:
            file = io.BytesIO()
            photo(number, 16, 24).save(file, "PNG")
            for name, content in {"x.png": file.getvalue(), "x.cls": b"3", f"x.{more}": b"more"}.items():
                info = tarfile.TarInfo(name)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
    out = made(tmp_path / "in", tmp_path / "out", "parquet")
    rows = datasets.load_dataset(str(out), split="train", cache_dir=str(tmp_path / "cache"))
    assert rows.features["picture"] == datasets.Image() and rows[1]["picture"].size == (24, 16)
    assert rows["cls"][:] == [b"3", b"3"] and rows["image"][:] == [b"more", None] and rows["txt"][:] == [None, b"more"]


def test_a_table_without_features_gets_those_of_plain_columns(tmp_path: Path) -> None:
    """So that pictures are pictures, not structs of bytes."""
    import io

    import pyarrow as pa
    import pyarrow.parquet as pq

    file = io.BytesIO()
    photo(0, 16, 24).save(file, "PNG")
    columns = {"image": [file.getvalue()], "label": [3], "text": ["x"], "weight": [0.5], "sure": [True]}
    (tmp_path / "in").mkdir()
    pq.write_table(pa.table(columns), tmp_path / "in" / "a.parquet")
    out = made(tmp_path / "in", tmp_path / "out", "parquet")
    [row] = datasets.load_dataset(str(out), split="train", cache_dir=str(tmp_path / "cache"))
    assert row.pop("image").size == (24, 16)
    assert row == {"label": 3, "text": "x", "weight": 0.5, "sure": True}


@pytest.mark.parametrize(
    ("names", "classes"),
    [
        (["cat/a.png", "dog/a.png"], ["cat", "dog"]),
        (["train/dog/a.png", "test/cat/a.png", "test/dog/b.png"], ["cat", "dog"]),
        (["a.png", "dog/a.png"], []),
        (["dog/a.png", "dog/b.png"], []),
        (["a.png", "b.png"], []),
        (["cat/a.png", "dog/brown/a.png"], []),
    ],
)
def test_folders_are_classes_where_datasets_takes_them_for_such(
    tmp_path: Path, names: list[str], classes: list[str]
) -> None:
    for number, name in enumerate(names):
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        photo(number, 16, 24).save(tmp_path / "in" / name)
    source = open_source(str(tmp_path / "in"))
    source.groups()
    loaded = datasets.load_dataset("imagefolder", data_dir=str(tmp_path / "in"), cache_dir=str(tmp_path / "cache"))
    [told] = {tuple(split.features["label"].names) if "label" in split.features else () for split in loaded.values()}
    assert source.columns() == classes == list(told)


def test_names_of_pictures_are_unique_with_two_links_to_one_folder(photos: Path, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name in ("a", "b"):
        (tmp_path / "in" / name).symlink_to(photos)
    keys = [item.key for group in open_source(str(tmp_path / "in")).groups() for item in group.items]
    assert len(keys) == len(set(keys)) >= 7
