"""A job in the calling process ends when the call ends."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from dataset_pictures import fill, tree

from adain_core.dataset import JobOptions, stylize_dataset


@pytest.mark.parametrize("store", ["files", "tar"])
def test_nothing_is_painted_after_the_call_was_stopped(tmp_path: Path, store: str) -> None:
    fill(tmp_path / "in", 60)
    options = JobOptions(model="lite", dtype="float32", store=store, shard_size=20, batch=2)

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    before = set(threading.enumerate())
    with pytest.raises(KeyboardInterrupt):
        stylize_dataset(tmp_path / "in", "scream", tmp_path / "out", options, workers=0, advance=stop)
    made = tree(tmp_path / "out")
    for thread in set(threading.enumerate()) - before:
        thread.join(60)
    assert tree(tmp_path / "out") == made and len(made) < {"files": 60, "tar": 3}[store] + 1  # the manifest
    stylize_dataset(tmp_path / "in", "scream", tmp_path / "out", options, workers=0)
    stylize_dataset(tmp_path / "in", "scream", tmp_path / "calm", options, workers=0)
    assert tree(tmp_path / "out") == tree(tmp_path / "calm")
