"""A Hugging Face dataset becomes a tar shard: the stored files, untouched, in the dataset's order."""

import pytest
from PIL import Image

from training.fetch_dataset import main
from training.pictures import TrainingError, find_pictures

pytest.importorskip("datasets")


@pytest.fixture
def dataset(tmp_path, monkeypatch):
    """A dataset in a local folder, which the library streams as it would one of the Hub."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    folder = tmp_path / "dataset" / "train"
    folder.mkdir(parents=True)
    for i in range(4):
        Image.new("RGB", (20 + i, 30), (60 * i, 0, 0)).save(folder / f"{i}.png")
    return folder.parent


def test_pictures_are_kept_as_they_are_up_to_the_limit(dataset, tmp_path):
    """Three of four, byte by byte, readable as training data."""
    main(str(dataset), tmp_path / "out.tar", limit=3)
    found = find_pictures(tmp_path / "out.tar")
    assert [file.name for file in found] == ["0000000.png", "0000001.png", "0000002.png"]
    assert [file.open().width for file in found] == [20, 21, 22]
    with (tmp_path / "out.tar").open("rb") as tar:
        tar.seek(found[1].offset)
        assert tar.read(found[1].size) == (dataset / "train" / "1.png").read_bytes()


def test_wrong_column_is_refused_with_the_right_ones(dataset, tmp_path):
    """And no file is left behind."""
    with pytest.raises(TrainingError, match="has no column 'photo': its picture columns are image"):
        main(str(dataset), tmp_path / "out.tar", column="photo")
    assert not (tmp_path / "out.tar").exists()


def test_dataset_that_is_not_there_is_named(tmp_path):
    """With what the library says."""
    with pytest.raises(TrainingError, match="cannot be streamed"):
        main(str(tmp_path / "nothing"), tmp_path / "out.tar")
