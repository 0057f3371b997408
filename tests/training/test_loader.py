"""Batches from other processes: with little shared memory, from one that dies, while a run is told to stop."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import torch

from training import loader
from training.data import Batches, Crops, open_sources
from training.loader import batch_loader, telling_of_dead_workers
from training.pictures import TrainingError
from training.run.checkpoint import latest_checkpoint, read_facts
from training.train import train

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def batches(photos: Path, paintings: Path) -> Batches:
    return Batches(*open_sources(photos, paintings, None, 64), Crops(32, 64), batch=2, seed=3)


@pytest.mark.parametrize("free", [0, loader.LEFT, float("inf")])
def test_batches_are_the_same_however_much_shared_memory_is_free(batches, monkeypatch, free):
    monkeypatch.setattr(loader, "shared_memory_free", lambda: free)
    for k, batch in enumerate(batch_loader(batches, range(3), workers=1, pin=False)):
        assert batch.keys() == batches[k].keys()
        for name, value in batches[k].items():
            if isinstance(value, torch.Tensor):
                assert torch.equal(batch[name], value) and batch[name].dtype == value.dtype
                assert batch[name].is_shared() is (free > loader.LEFT)


def test_shared_memory_that_others_took_meanwhile_is_done_without(batches, monkeypatch):
    def full(tensor):
        raise RuntimeError("unable to allocate shared memory(shm) for file: No space left on device (28)")

    monkeypatch.setattr(torch.Tensor, "share_memory_", full)
    [batch] = batch_loader(batches, range(1), workers=1, pin=False)
    assert torch.equal(batch["content"], batches[0]["content"])


SMALL = """
import sys, torch
from training.loader import Loader
class Large:
    def __getitem__(self, k):
        return {"content": torch.full((16, 3, 256, 256), k % 256, dtype=torch.uint8), "bad": []}
if __name__ == "__main__":
    found = [int(batch["content"].float().mean()) for batch in Loader(Large(), range(30), 4, False)]
    assert found == list(range(30)), found
    print("all came")
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="/dev/shm is Linux's")
def test_a_container_of_little_shared_memory_gets_every_batch(tmp_path):
    """Batches ahead of 50 MB in 20 MB: torch alone waits for ever. On a real file system, in a namespace of its own."""
    (tmp_path / "small.py").write_text(SMALL)
    script = f"mount -t tmpfs -o size=20m tmpfs /dev/shm || exit 77; exec {sys.executable} {tmp_path}/small.py"
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", script], env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True,
        text=True, timeout=100,
    )  # fmt: skip
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip(f"no namespace can be made here: little shared memory was NOT tried ({done.stderr[:80]})")
    assert done.returncode == 0 and "all came" in done.stdout, done.stderr


class Deadly:
    """Batches of which the second kills the process that prepares it."""

    def __init__(self, number):
        self.number = number

    def __getitem__(self, k):
        if k == 1:
            os.kill(os.getpid(), self.number)
        return {"content": torch.zeros(1), "bad": []}


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
def test_a_process_that_dies_ends_the_run_in_one_line():
    with pytest.raises(TrainingError, match=r"a process that prepares batches died.*goes on") as said:  # noqa: SIM117
        with telling_of_dead_workers():
            for _ in batch_loader(Deadly(signal.SIGKILL), range(4), workers=1, pin=False):
                time.sleep(0.05)
    assert "\n" not in str(said.value)


def test_other_errors_stay_what_they_are():
    with pytest.raises(RuntimeError, match="shapes"), telling_of_dead_workers():
        raise RuntimeError("shapes differ")


def test_what_a_process_cannot_do_is_said_in_one_line(photos, tmp_path):
    """Not as the traceback of another process."""
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "a.png").write_bytes(b"no picture")
    batches = Batches(*open_sources(photos, tmp_path / "bad", None, 64), Crops(32, 64), batch=2, seed=3)
    with pytest.raises(TrainingError, match="pictures in a row cannot be read") as said:
        next(iter(batch_loader(batches, range(2), workers=1, pin=False)))
    assert "\n" not in str(said.value)


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
@pytest.mark.parametrize("accumulate", [pytest.param(1, marks=pytest.mark.slow), 2])
def test_one_signal_ends_a_run_that_waits_for_a_batch_and_it_goes_on_bit_equal(
    config, tmp_path, monkeypatch, accumulate
):
    from training import train as module

    straight = config(out=tmp_path / "straight", accumulate=accumulate)
    train(straight)
    stuck = 2 * accumulate + accumulate - 1  # the third update's last batch

    def hanging(batches, numbers, **given):
        for k in numbers:
            if k == stuck:
                threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGTERM)).start()
                time.sleep(60)
            yield batches[k]

    run = config(out=tmp_path / "run", accumulate=accumulate)
    with monkeypatch.context() as patched:
        patched.setattr(module, "batch_loader", hanging)
        start = time.monotonic()
        train(run)
        assert time.monotonic() - start < 50
    checkpoint = latest_checkpoint(run.out / "checkpoints")
    assert checkpoint is not None and read_facts(checkpoint)["step"] == 2
    train(config(out=tmp_path / "run", accumulate=accumulate))
    assert (run.out / "decoder.safetensors").read_bytes() == (straight.out / "decoder.safetensors").read_bytes()
