"""A wrong call of `adain dataset` says in one line what is wrong and what to do, and changes nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from command_here import adain_here
from dataset_pictures import COMMAND, ENVIRONMENT, adain, fill, manifest, tree

from adain_core.dataset import JobOptions, StoppedError, stylize_dataset
from adain_core.errors import AdaINError


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory, contents: Path) -> Path:
    """A folder with what the calls below name."""
    folder = tmp_path_factory.mktemp("calls")
    fill(folder / "photos", 3)
    (folder / "empty").mkdir()
    (folder / "texts").mkdir()
    (folder / "texts" / "a.txt").write_text("no picture")
    (folder / "full").mkdir()
    (folder / "full" / "precious.txt").write_text("keep me")
    (folder / "mixed").mkdir()
    (folder / "mixed" / "a.tar").write_bytes(b"")
    (folder / "mixed" / "a.png").write_bytes(b"")
    (folder / "torn.tar").write_bytes(b"no tar at all" * 100)
    (folder / "torn.parquet").write_bytes(b"no table at all")
    (folder / "stranger").mkdir()
    (folder / "stranger" / ".adain-manifest.jsonl").write_text('{"output": "a.png"}\n')
    return folder


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["photos", "scream", "photos/out"], "lies in the folder of pictures photos"),
        (["photos", "scream", "photos"], "lies in the folder of pictures photos"),
        (["photos", "full", "full/out"], "lies in the folder of styles full"),
        (["photos", "texts", "out"], "no picture in the style folder texts"),
        (["photos", "stary-night", "out"], "starry-night"),
        (["photos", "no/where", "out"], "no dataset 'no/where'"),
        (["empty", "scream", "out"], "no picture in empty"),
        (["texts", "scream", "out"], "no picture in texts"),
        (["missing", "scream", "out"], "no dataset 'missing'"),
        (["photos", "scream", "full"], "full is not empty"),
        (["photos", "scream", "stranger"], "did not start"),
        (["mixed", "scream", "out"], "give a folder of one kind"),
        (["torn.tar", "scream", "out"], "torn.tar cannot be read as a tar file"),
        (["torn.parquet", "scream", "out"], "torn.parquet cannot be read as Parquet"),
        (["photos", "scream"], "CONTENT STYLES OUT_DIR"),
        (["photos", "scream", "out", "--alpha", "strong"], "'strong'"),
        (["photos", "scream", "out", "--alpha", "1:0.5"], "0.5:1"),
        (["photos", "scream", "out", "--alpha", "-1"], "alpha"),
        (["photos", "scream", "out", "-k", "2"], "2 styles a picture, but only 1 of 1"),
        (["photos", "scream", "out", "--to", "zip"], "'zip'"),
        (["photos", "scream", "out", "--format", "gif"], "gif"),
        (["photos", "scream", "out", "--device", "gpu9"], "gpu9"),
        (["photos", "scream", "out", "--model", "nowhere"], "nowhere"),
        (["photos", "--verify"], ".adain-manifest.jsonl"),
        (["photos", "scream", "texts/a.txt"], "texts/a.txt is a file"),
    ],
)
def test_a_wrong_call_says_what_is_wrong_and_exits_2(here: Path, arguments: list[str], said: str) -> None:
    before = tree(here)
    done = adain_here("dataset", *arguments, *([] if "--verify" in arguments else ["--workers", "0"]), cwd=here)
    assert done.returncode == 2, done.stdout
    assert said in done.stderr.decode() and len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert tree(here) == before
    shutil.rmtree(here / "out", ignore_errors=True)


def test_two_pictures_never_become_one_file(tmp_path: Path) -> None:
    fill(tmp_path / "in", 1)
    shutil.copy(tmp_path / "in/class0/picture000.png", tmp_path / "in/class0/picture000.webp")
    with pytest.raises(AdaINError, match=r"both become class0/picture000\.jpg"):
        stylize_dataset(tmp_path / "in", "scream", tmp_path / "out", JobOptions(suffix=".jpg"), workers=0)
    assert not (tmp_path / "out").exists()


def test_links_that_lead_into_the_input_are_seen_through(tmp_path: Path) -> None:
    fill(tmp_path / "in", 1)
    (tmp_path / "link").symlink_to(tmp_path / "in")
    with pytest.raises(AdaINError, match="lies in the folder of pictures"):
        stylize_dataset(tmp_path / "in", "scream", tmp_path / "link" / "out", workers=0)


@pytest.mark.slow
def test_a_full_disk_stops_the_job_in_one_line_and_nothing_is_lost(tmp_path: Path) -> None:
    """On a real file system of a few blocks, in a namespace of its own."""
    fill(tmp_path / "in", 24)
    (tmp_path / "disk").mkdir()
    command = " ".join(
        [f"'{COMMAND[0]}' -c '{COMMAND[2]}'", f"dataset {tmp_path}/in scream {tmp_path}/disk/out --size 96"]
    )
    script = f"""
        mount -t tmpfs -o size=200k tmpfs {tmp_path}/disk || exit 77
        {command} --format png --dtype float32 --workers 1; echo "exit $?" >&2
        ls -A {tmp_path}/disk/out | grep tmp- >&2
        mount -o remount,size=100M {tmp_path}/disk
        {command} --format png --dtype float32 --workers 1 && cp -r {tmp_path}/disk/out {tmp_path}/out
    """
    done = subprocess.run(["unshare", "-rm", "sh", "-c", script], env=ENVIRONMENT, capture_output=True, text=True)
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip(f"no namespace with a small disk can be made here: a full disk was NOT tried ({done.stderr[:80]})")
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 2 and lines[1] == "exit 1", lines  # no traceback, nothing left in the temporary folder
    assert "No space left on device" in lines[0] and "make room, then call again" in lines[0]
    assert done.returncode == 0 and len(manifest(tmp_path / "out")) == 24
    stylize_dataset(
        tmp_path / "in", "scream", tmp_path / "roomy", JobOptions(size=96, suffix=".png", dtype="float32"), workers=0
    )
    assert tree(tmp_path / "out") == tree(tmp_path / "roomy")


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    fill(tmp_path / "in", 1)
    (tmp_path / "file").write_text("")
    done = adain_here("dataset", "in", "scream", "file/out", "--workers", "0", cwd=tmp_path)
    assert done.returncode == 2 and b"Not a directory" in done.stderr and len(done.stderr.splitlines()) == 1


def test_a_worker_that_dies_stops_the_job_in_words_and_the_same_call_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import psutil

    fill(tmp_path / "in", 60)
    killed = []

    def kill_once(done: int, total: int) -> None:
        if not killed:
            killed.extend(psutil.Process(os.getpid()).children())
            killed[-1].kill()

    with pytest.raises(StoppedError, match="a worker was killed by signal 9: memory may have run out"):
        stylize_dataset(tmp_path / "in", "scream", tmp_path / "out", workers=1, advance=kill_once)
    assert killed
    report = stylize_dataset(tmp_path / "in", "scream", tmp_path / "out", workers=0)
    assert len(manifest(tmp_path / "out")) == 60 and not report.failed


@pytest.mark.needs("ray")
def test_no_cluster_at_the_address_is_said(tmp_path: Path) -> None:
    fill(tmp_path / "in", 1)
    done = adain("dataset", tmp_path / "in", "scream", tmp_path / "out", "--ray", "127.0.0.1:1")
    assert done.returncode == 2 and "no Ray cluster answers at '127.0.0.1:1'" in done.stderr, done.stderr
    assert len(done.stderr.splitlines()) == 1
