"""Killed at any moment and called again, a job ends as if nothing had happened.

`ADAIN_KILLS=50 pytest -m slow tests/dataset/test_kill.py` kills 50 times; without it a few times.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest
from command_here import adain_here
from dataset_pictures import COMMAND, ENVIRONMENT, adain, fill, manifest, tree

pytestmark = pytest.mark.slow

KILLS = int(os.environ.get("ADAIN_KILLS", "3"))


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Enough small pictures that a kill finds the job at work, one damaged."""
    folder = fill(tmp_path_factory.mktemp("many") / "photos", 20 * min(KILLS, 10) + 20)
    (folder / "class1" / "broken.jpg").write_bytes(b"these are not pixels")
    return folder


@pytest.mark.parametrize("store", ["files", "tar"])
def test_killed_again_and_again_a_job_ends_as_an_undisturbed_one(
    many: Path, styles: Path, tmp_path: Path, store: str
) -> None:
    kills = KILLS if store == "files" else max(KILLS // 10, 1)
    call = ["dataset", many, styles, "OUT", "--seed", "3", "-k", "2", "--workers", "1", "--to", store]
    call += ["--shard-size", "12", "--dtype", "float32", "--json"]

    def to(out: Path) -> list[str]:
        return [str(out) if part == "OUT" else str(part) for part in call]

    assert adain(*to(tmp_path / "calm")).returncode == 1  # the damaged picture
    rng = random.Random(0)
    progress, left, seen = [], kills, {}
    out, rounds = tmp_path / "killed", 0
    while left:
        rounds += 1
        process = subprocess.Popen(
            [*COMMAND, *to(out)], env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        if rng.random() < 0.8:
            _wait_for_start(out, process, made_before=_made(out))
            time.sleep(rng.choice([0.0, 0.05, 0.2, 0.5, 1.0]) * rng.random())
        else:  # while it starts, encodes styles, or works
            time.sleep(10 * rng.random())
        alive = process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()
        left -= alive
        progress.append(_made(out))
        for path, stamp in seen.items():
            assert path.stat().st_mtime_ns == stamp, f"{path} was written twice"
        seen = {path: path.stat().st_mtime_ns for path in _results(out)}
        if not alive and left:  # done before it could be killed: begin another one
            assert tree(out) == tree(tmp_path / "calm")
            out, seen = tmp_path / f"killed{rounds}", {}
    last = adain(*to(out))
    assert last.returncode == 1 and "broken.jpg" in last.stderr, last.stderr
    assert tree(out) == tree(tmp_path / "calm")
    assert len(manifest(out)) == 2 * len(list(many.rglob("*.*")))
    assert not list(out.glob(".adain-tmp-*"))
    print(f"{kills} kills, results on disk after each: {progress}")


def test_workers_do_not_outlive_a_killed_job(many: Path, styles: Path, tmp_path: Path) -> None:
    import psutil

    out = tmp_path / "out"
    process = subprocess.Popen(
        [*COMMAND, "dataset", str(many), str(styles), str(out), "--workers", "2"],
        env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    _wait_for_start(out, process, made_before=0)
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGKILL)
    process.wait()
    gone, alive = psutil.wait_procs(children, timeout=20)
    assert len(gone) >= 2 and not alive


def test_ctrl_c_stops_in_one_line_and_the_same_call_goes_on(many: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    call = ["dataset", str(many), "scream", str(out), "--workers", "1", "--dtype", "float32"]
    process = subprocess.Popen(
        [*COMMAND, *call], env=ENVIRONMENT, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # jobs in the background ignore it
    )  # fmt: skip
    _wait_for_start(out, process, made_before=0)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130 and "goes on" in said and "Traceback" not in said
    assert adain_here(*call, cwd=tmp_path).returncode == 1 and len(manifest(out)) == len(list(many.rglob("*.*")))


def _results(out: Path) -> list[Path]:
    return [path for path in out.rglob("*") if path.is_file() and ".adain-" not in path.name]


def _made(out: Path) -> int:
    return len(_results(out)) if out.exists() else 0


def _wait_for_start(out: Path, process: subprocess.Popen, made_before: int) -> None:  # type: ignore[type-arg]
    """Until it has made something more, has ended, or has had time enough to: kills hit work, not only imports."""
    deadline = time.monotonic() + 120
    while _made(out) == made_before and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
