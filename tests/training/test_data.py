"""Training data: fixed order, exact crops, tars, caches, and clear words about what cannot be used."""

import os
import tarfile
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from training import check_data, data
from training.data import Batches, Cache, Crops, Folder, hold_out, open_sources
from training.loader import batch_loader
from training.pictures import TrainingError, find_pictures


@pytest.fixture(scope="module")
def sources(photos: Path, paintings: Path):
    return open_sources(photos, paintings, None, 64)


def pairs(sources, **given):
    return Batches(*sources, Crops(32, 64, 0.2), **{"batch": 2, "seed": 3, **given})


def test_batch_is_a_function_of_seed_and_number(sources):
    """Asked in any order, by any object, batch k is the same; another seed gives others."""
    a, b = pairs(sources), pairs(sources)
    late = a[5]
    for k in range(5):
        b[k]
    assert torch.equal(late["content"], b[5]["content"]) and torch.equal(late["style"], b[5]["style"])
    assert not torch.equal(late["content"], pairs(sources, seed=4)[5]["content"])


@given(k=st.integers(0, 50), processes=st.integers(1, 3), batch=st.integers(1, 2))
@settings(max_examples=5, deadline=None)
def test_processes_share_what_one_would_see(sources, k, processes, batch):
    """The batches of all processes, put together, are the batch of one process with as many pairs."""
    whole = pairs(sources, batch=batch * processes)[k]
    parts = [pairs(sources, batch=batch, process=p, processes=processes)[k] for p in range(processes)]
    for side in ("content", "style"):
        assert torch.equal(torch.cat([part[side] for part in parts]), whole[side])


def test_every_picture_comes_once_an_epoch(sources):
    """No picture is seen twice before all were seen once, on either side; the order changes with the epoch."""
    batches = pairs(sources, batch=1)
    count = len(sources[0])
    orders = [[int(batches._order(data.CONTENT, epoch)[n]) for n in range(count)] for epoch in (0, 1)]
    assert sorted(orders[0]) == sorted(orders[1]) == list(range(count))
    assert orders[0] != orders[1]


def test_workers_give_the_same_batches_in_order(sources):
    """Preparing ahead in other processes changes nothing."""
    batches = pairs(sources)
    alone, helped = (list(batch_loader(batches, range(2, 5), workers=n, pin=False)) for n in (0, 2))
    assert [torch.equal(a["style"], b["style"]) for a, b in zip(alone, helped, strict=True)] == [True] * 3


def test_crop_keeps_the_aspect():
    """A circle stays a circle: crops are cut out of an evenly shrunk picture, never squeezed."""
    y, x = np.mgrid[:200, :300]
    disc = (((y - 100) ** 2 + (x - 150) ** 2 < 80**2) * 255).astype(np.uint8)
    crop = Crops(96, 100).centre(np.stack([disc] * 3, 2))[0] > 127
    height, width = int(crop.any(1).sum()), int(crop.any(0).sum())
    assert abs(height - width) <= 1 and abs(height - 80) <= 2


def test_unscaled_crop_is_cut_out_exactly():
    """At full size without jitter a crop is a window of the picture, perhaps mirrored: no resampling."""
    pixels = np.random.default_rng(0).integers(0, 255, (40, 50, 3), dtype=np.uint8)
    crop = Crops(32, 64).random(pixels, np.random.default_rng(1)).permute(1, 2, 0).numpy()
    windows = [pixels[y : y + 32, x : x + 32] for y in range(9) for x in range(19)]
    assert any(np.array_equal(crop, w) or np.array_equal(crop, w[:, ::-1]) for w in windows)


def test_picture_below_the_crop_is_enlarged():
    """Small pictures are used too, at the crop's size."""
    crop = Crops(64, 64).random(np.zeros((20, 30, 3), np.uint8), np.random.default_rng(0))
    assert crop.shape == (3, 64, 64)


def test_tar_shards_hold_the_same_pictures_as_the_folder(photos, tmp_path):
    """A tar, or a folder of tars, is read in place: same pictures, same order."""
    tar = tmp_path / "shards" / "part.tar"
    tar.parent.mkdir()
    with tarfile.open(tar, "w") as file:
        file.add(photos, ".")
    plain = [(f.name, f.open().pixels) for f in find_pictures(photos)]
    for source in (tar, tar.parent):
        shard = [(f.name, f.open().pixels) for f in find_pictures(source)]
        assert [Path(name).name for name, _ in shard] == [Path(name).name for name, _ in plain]
        assert all(np.array_equal(a, b) for (_, a), (_, b) in zip(plain, shard, strict=True))


def test_compressed_tar_is_refused_with_advice(photos, tmp_path):
    """It cannot be read by position."""
    with tarfile.open(tmp_path / "x.tar", "w:gz") as file:
        file.add(photos, ".")
    with pytest.raises(TrainingError, match=r"x\.tar cannot be read as an uncompressed tar"):
        find_pictures(tmp_path / "x.tar")


def test_cache_holds_shrunk_pictures_and_is_made_once(photos, tmp_path, monkeypatch):
    """The pixels are those of the shrunk file; a second run only maps them."""
    files = find_pictures(photos)
    cache = Cache.of(files, tmp_path, 50, "photos")
    assert len(cache) == len(files) and cache.name(0) == files[0].name
    assert np.array_equal(cache.pixels(4), files[4].open().resized(50).pixels)
    monkeypatch.setattr(data, "_write_pixels", lambda *a: pytest.fail("built again"))
    assert np.array_equal(Cache.of(files, tmp_path, 50, "photos").pixels(4), cache.pixels(4))


def test_cache_lists_bad_files_and_leaves_them_out(tmp_path):
    """What cannot be read is known by name; if nothing can, that is an error."""
    Image.new("RGB", (20, 20), "red").save(tmp_path / "good.png")
    (tmp_path / "bad.jpg").write_bytes(b"no picture")
    cache = Cache.of(find_pictures(tmp_path), tmp_path / "cache", 16, "photos")
    assert [cache.name(i) for i in range(len(cache))] == ["good.png"] and "bad.jpg" in cache.bad[0]
    (tmp_path / "good.png").unlink()
    with pytest.raises(TrainingError, match="none of 1 pictures can be read"):
        Cache.of(find_pictures(tmp_path), tmp_path / "cache", 16, "photos")


def test_a_picture_replaced_in_place_makes_another_source(tmp_path):
    """Even by one of as many bytes: files that were written anew are not taken for the old ones."""
    file = tmp_path / "x.bmp"
    Image.new("RGB", (20, 20), "red").save(file)
    before, length = Folder(find_pictures(tmp_path)).identity(), file.stat().st_size
    Image.new("RGB", (20, 20), "blue").save(file)
    os.utime(file, ns=(0, 0))  # a clock may be too coarse to tell the two writings apart
    assert file.stat().st_size == length
    assert Folder(find_pictures(tmp_path)).identity() != before


def test_full_disk_while_caching_is_said_and_leaves_nothing(photos, tmp_path, monkeypatch):
    """No half of a cache is ever taken for a whole one."""

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(data, "_write_pixels", full)
    with pytest.raises(TrainingError, match=r"No space left.*are free"):
        Cache.of(find_pictures(photos), tmp_path / "cache", 50, "photos")
    assert list((tmp_path / "cache").iterdir()) == []


def test_only_bad_pictures_end_the_search(tmp_path):
    """A source of which nothing can be read is an error, not an endless loop."""
    for i in range(3):
        (tmp_path / f"{i}.png").write_bytes(b"no")
    bad = Folder(find_pictures(tmp_path))
    with pytest.raises(TrainingError, match="3 pictures in a row cannot be read"):
        pairs((bad, bad))[0]


def test_held_out_pictures_are_fixed_and_never_trained_on(sources):
    """The same pictures whatever the seed; at most a tenth; by name where names are given."""
    train, held = hold_out(sources[0], 100)
    assert len(held) == 1 and not set(train) & set(held) and len(train) + len(held) == 12
    assert hold_out(sources[0], 100) == (train, held)
    assert [sources[0].name(i) for i in hold_out(sources[0], 0, ["below/03.png"])[1]] == ["below/03.png"]
    with pytest.raises(TrainingError, match=r"'gone\.png' is not in the source"):
        hold_out(sources[0], 0, ["gone.png"])


def test_holdout_list_of_another_form_is_refused(tmp_path):
    """Missing, or not the two lists of names."""
    with pytest.raises(TrainingError, match="is no list of held-out pictures"):
        data.read_holdout(tmp_path / "none.json")
    (tmp_path / "x.json").write_text('{"content": []}')
    with pytest.raises(TrainingError, match="KeyError"):
        data.read_holdout(tmp_path / "x.json")


@pytest.mark.parametrize(
    ("photos_at", "paintings_at", "said"),
    [
        ("nowhere", "b", "photos: no folder or tar file"),
        ("empty", "b", "photos: no picture in"),
        ("a", "a", "overlap"),
        ("a", "a/below", "overlap"),
        ("paintings", "photos", "look swapped"),
    ],
)
def test_folders_that_cannot_be_meant_are_refused(tmp_path, photos_at, paintings_at, said):
    """Missing, empty, the same twice, one inside the other, or by their names swapped."""
    for name in ("a/below", "b", "paintings", "photos", "empty"):
        (tmp_path / name).mkdir(parents=True)
        if name != "empty":
            Image.new("RGB", (9, 9)).save(tmp_path / name / "x.png")
    with pytest.raises(TrainingError, match=said):
        open_sources(tmp_path / photos_at, tmp_path / paintings_at, None, 64)


def test_check_data_names_bad_and_counts_small_pictures(photos, tmp_path, capsys):
    """Everything is decoded; what training would pass over is known before it starts."""
    mixed = tmp_path / "mixed"
    mixed.mkdir()
    Image.new("RGB", (20, 40)).save(mixed / "small.png")
    Image.new("RGB", (40, 40)).save(mixed / "large.png")
    (mixed / "cut.png").write_bytes((mixed / "large.png").read_bytes()[:60])
    check_data.main(photos, mixed, crop=32)
    said = capsys.readouterr().out
    assert "photos: 12 good, 0 bad, 0 below 32" in said
    assert "bad: cut.png" in said and "paintings: 2 good, 1 bad, 1 below 32" in said


def test_check_data_refuses_a_side_without_one_good_picture(tmp_path):
    """Nothing to train on is an error."""
    (tmp_path / "x.png").write_bytes(b"no")
    with pytest.raises(TrainingError, match="photos: none of 1 pictures can be read"):
        check_data.check(tmp_path, "photos", 32)
