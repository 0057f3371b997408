"""Tar shards, Parquet files and Hugging Face datasets, in and out; labels go along."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import numpy as np
import pytest
from dataset_pictures import MANIFEST, SIZES, fill, manifest, photo, tree
from PIL import Image

from adain_core.dataset import JobOptions, stylize_dataset, verify

pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed: Parquet was NOT tested (pip install .[dataset])")
datasets = pytest.importorskip("datasets", reason="datasets is not installed: NOT tested (pip install .[dataset])")
pq = pytest.importorskip("pyarrow.parquet")

PLAIN = JobOptions(dtype="float32")


def encoded(number: int) -> bytes:
    """A small picture file."""
    out = io.BytesIO()
    photo(number, *SIZES[number % len(SIZES)]).save(out, "PNG")
    return out.getvalue()


def pixels(data: bytes) -> np.ndarray:
    """Of a picture file."""
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two tar shards in the WebDataset layout, with labels and a sample without a picture."""
    folder = tmp_path_factory.mktemp("shards")
    for shard in range(2):
        with tarfile.open(folder / f"train-{shard}.tar", "w") as tar:
            for i in range(5):
                number = 5 * shard + i
                members = {f"sub/{number:04d}.png": encoded(number), f"sub/{number:04d}.cls": str(number).encode()}
                if number == 7:
                    members.pop("sub/0007.png")
                for name, content in members.items():
                    info = tarfile.TarInfo(name)
                    info.size = len(content)
                    tar.addfile(info, io.BytesIO(content))
    return folder


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Parquet file with an image column, class labels and two row groups, as the Hub has them; one row is damaged."""
    folder = tmp_path_factory.mktemp("table")
    features = datasets.Features({"label": datasets.ClassLabel(names=["cat", "dog"]), "image": datasets.Image()})
    rows = [
        {"label": i % 2, "image": {"bytes": encoded(i) if i != 4 else b"torn", "path": f"cat{i}.png"}} for i in range(9)
    ]
    arrow = pa.Table.from_pylist(rows, schema=features.arrow_schema)
    pq.write_table(arrow, folder / "train-00000-of-00001.parquet", row_group_size=5)
    return folder


@pytest.fixture(scope="module")
def by_file(tmp_path_factory: pytest.TempPathFactory) -> list[np.ndarray]:
    """The same pictures stylized from a folder."""
    folder = tmp_path_factory.mktemp("single")
    (folder / "in").mkdir()
    for i in range(10):
        (folder / "in" / f"{i:04d}.png").write_bytes(encoded(i))
    stylize_dataset(folder / "in", "scream", folder / "out", PLAIN, workers=0)
    return [pixels((folder / "out" / f"{i:04d}.png").read_bytes()) for i in range(10)]


def near(a: np.ndarray, b: np.ndarray) -> bool:
    """Equal up to one 8-bit level: batches are others."""
    return a.shape == b.shape and int(np.abs(a.astype(int) - b.astype(int)).max()) <= 1


def test_tar_to_tar_keeps_shards_names_and_labels(shards: Path, tmp_path: Path, by_file: list[np.ndarray]) -> None:
    report = stylize_dataset(shards, "scream", tmp_path / "out", PLAIN, workers=0)
    assert [row["source"] for row in report.failed] == ["train-1/sub/0007"]
    assert set(tree(tmp_path / "out")) == {"train-0.tar", "train-1.tar", MANIFEST}
    with tarfile.open(tmp_path / "out" / "train-1.tar") as tar:
        assert tar.getnames() == [f"sub/{i:04d}.{end}" for i in (5, 6, 8, 9) for end in ("png", "cls")]
        for i in (5, 6, 8, 9):
            assert tar.extractfile(f"sub/{i:04d}.cls").read() == str(i).encode()  # type: ignore[union-attr]
            assert near(pixels(tar.extractfile(f"sub/{i:04d}.png").read()), by_file[i])  # type: ignore[union-attr]
    assert len(verify(tmp_path / "out")) == 1


@pytest.mark.needs("webdataset")
def test_the_webdataset_library_reads_our_shards_and_we_read_its(tmp_path: Path) -> None:
    import webdataset as wds

    (tmp_path / "in").mkdir()
    with wds.TarWriter(str(tmp_path / "in" / "a.tar")) as writer:
        for i in range(3):
            writer.write({"__key__": f"sample{i}", "png": encoded(i), "cls": i, "json": {"number": i}})
    stylize_dataset(tmp_path / "in", "scream", tmp_path / "out", PLAIN, workers=0)
    samples = list(wds.WebDataset(str(tmp_path / "out" / "a.tar"), shardshuffle=False).decode("rgb8"))
    assert [(s["__key__"], s["cls"], s["json"]) for s in samples] == [
        (f"sample{i}", i, {"number": i}) for i in range(3)
    ]
    assert [s["png"].shape[:2] for s in samples] == [SIZES[i] for i in range(3)]


def test_tar_to_a_folder_and_to_parquet(shards: Path, tmp_path: Path, by_file: list[np.ndarray]) -> None:
    stylize_dataset(shards, "scream", tmp_path / "files", JobOptions(dtype="float32", store="files"), workers=0)
    assert near(pixels((tmp_path / "files/train-0/sub/0003.png").read_bytes()), by_file[3])
    assert (tmp_path / "files/train-0/sub/0003.cls").read_text() == "3"
    stylize_dataset(shards, "scream", tmp_path / "table", JobOptions(dtype="float32", store="parquet"), workers=0)
    rows = [row for path in sorted((tmp_path / "table/data").iterdir()) for row in pq.read_table(path).to_pylist()]
    assert [row["cls"] for row in rows] == [str(i).encode() for i in range(10) if i != 7]
    assert near(pixels(rows[3]["image"]["bytes"]), by_file[3])


def test_parquet_to_parquet_opens_as_a_dataset_with_its_features(
    table: Path, tmp_path: Path, by_file: list[np.ndarray]
) -> None:
    report = stylize_dataset(table, "scream", tmp_path / "out", PLAIN, workers=0)
    assert len(report.failed) == 1 and report.made == 8
    loaded = datasets.load_dataset(str(tmp_path / "out"), split="train", cache_dir=str(tmp_path / "cache"))
    assert loaded.features["label"].names == ["cat", "dog"] and isinstance(loaded.features["image"], datasets.Image)
    kept = [i for i in range(9) if i != 4]
    assert loaded["label"][:] == [i % 2 for i in kept]
    for row, i in zip(loaded, kept, strict=True):
        assert near(np.asarray(row["image"].convert("RGB")), by_file[i])
    assert len(verify(tmp_path / "out")) == 1


def test_parquet_to_tar_and_to_a_folder_takes_the_labels_along(table: Path, tmp_path: Path) -> None:
    stylize_dataset(table, "scream", tmp_path / "tar", JobOptions(dtype="float32", store="tar"), workers=0)
    with tarfile.open(tmp_path / "tar" / "train-00000-of-00001.tar") as tar:
        assert json.loads(tar.extractfile("0000003.json").read()) == {"label": 1}  # type: ignore[union-attr]
    stylize_dataset(table, "scream", tmp_path / "files", JobOptions(dtype="float32", store="files"), workers=0)
    assert json.loads((tmp_path / "files/train-00000-of-00001/0000003.json").read_text()) == {"label": 1}


def test_a_hugging_face_dataset_from_disk(table: Path, tmp_path: Path, by_file: list[np.ndarray]) -> None:
    saved = datasets.Dataset.from_parquet(
        str(table / "train-00000-of-00001.parquet"), cache_dir=str(tmp_path / "cache")
    )
    saved.save_to_disk(str(tmp_path / "saved"))
    report = stylize_dataset(tmp_path / "saved", "scream", tmp_path / "out", PLAIN, workers=0)
    assert report.made == 8 and len(report.failed) == 1
    loaded = datasets.load_dataset(str(tmp_path / "out"), split="train", cache_dir=str(tmp_path / "cache"))
    assert loaded.features["label"].names == ["cat", "dog"]
    assert near(np.asarray(loaded[7]["image"].convert("RGB")), by_file[8])


def test_a_hugging_face_dataset_by_name(table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`load_dataset` takes a local folder for a name, too."""
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", str(tmp_path / "cache"))
    report = stylize_dataset(f"hf:{table}:train", "scream", tmp_path / "out", PLAIN, workers=0)
    assert report.made == 8
    assert [row["source"] for row in manifest(tmp_path / "out")] == [f"train/{i:07d}" for i in range(9)]


def test_a_folder_to_shards_of_a_given_size(tmp_path: Path) -> None:
    fill(tmp_path / "in", 7)
    options = JobOptions(dtype="float32", store="tar", shard_size=3)
    stylize_dataset(tmp_path / "in", "scream", tmp_path / "out", options, workers=0)
    counts = []
    for path in sorted((tmp_path / "out").glob("*.tar")):
        with tarfile.open(path) as tar:
            counts.append(sum(not name.endswith(".cls") for name in tar.getnames()))
    assert counts == [3, 3, 1] and not verify(tmp_path / "out")


def test_styles_come_from_shards_tables_and_style_files_too(shards: Path, table: Path, tmp_path: Path) -> None:
    fill(tmp_path / "in", 2)
    (tmp_path / "mixed").mkdir()
    from adain_core import builtin_styles

    builtin_styles()["scream"].save(tmp_path / "mixed" / "mine.safetensors")
    for number, styles in enumerate([shards, table, tmp_path / "mixed", tmp_path / "mixed" / "mine.safetensors"]):
        out = tmp_path / f"out{number}"
        report = stylize_dataset(tmp_path / "in", styles, out, PLAIN, workers=0)
        assert report.made == 2
        drawn = {str(row["style"]) for row in manifest(out)}
        assert all(name.startswith(("train-", "mine")) for name in drawn)
    by_name = tmp_path / "by_name"
    stylize_dataset(tmp_path / "in", "scream", by_name, PLAIN, workers=0)
    assert {k: v for k, v in tree(by_name).items() if "manifest" not in k} == {
        k: v for k, v in tree(tmp_path / "out2").items() if "manifest" not in k
    }


@pytest.mark.parametrize("kind", ["struct", "binary"])
def test_results_in_a_named_column_are_verified_there(tmp_path: Path, kind: str) -> None:
    """The other column would be the one that is found by its name."""
    cell = pa.struct([("bytes", pa.binary()), ("path", pa.string())]) if kind == "struct" else pa.binary()
    both = [encoded(0), encoded(1)]
    values = [{"bytes": data, "path": "p.png"} for data in both] if kind == "struct" else both
    row = dict(zip(("image", "photo"), values, strict=True))
    (tmp_path / "in").mkdir()
    schema = pa.schema([("image", cell), ("photo", cell)])
    pq.write_table(pa.Table.from_pylist([row], schema=schema), tmp_path / "in" / "a.parquet")
    options = JobOptions(model="lite", dtype="float32")
    stylize_dataset(tmp_path / "in", "scream", tmp_path / "out", options, workers=0, column="photo")
    assert not verify(tmp_path / "out")
    [shard] = (tmp_path / "out" / "data").iterdir()
    written = pq.read_table(shard)
    assert written["image"].to_pylist() == [row["image"]]
    assert len(datasets.load_dataset("parquet", data_files=str(shard), cache_dir=str(tmp_path / "cache"))["train"]) == 1
    [result] = written["photo"].to_pylist()
    unpainted = {**row, "photo": {**result, "bytes": both[1]}}
    pq.write_table(pa.Table.from_pylist([unpainted], schema=written.schema), shard)
    assert len(verify(tmp_path / "out")) == 1


def test_results_of_versions_that_did_not_name_the_column_can_be_verified(table: Path, tmp_path: Path) -> None:
    stylize_dataset(table, "scream", tmp_path / "out", JobOptions(model="lite", dtype="float32"), workers=0)
    for shard in (tmp_path / "out" / "data").iterdir():
        pq.write_table(pq.read_table(shard).replace_schema_metadata(None), shard)
    assert len(verify(tmp_path / "out")) == 1  # the damaged row
