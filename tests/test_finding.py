"""Files of a folder: links are followed and loops ended, what is hidden or no file is left out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from adain_core.commands import file_jobs
from adain_core.dataset.sources.folder import FolderSource
from adain_core.pictures.finding import find_files


def touch(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def test_files_of_these_suffixes_are_found_at_any_depth_and_hidden_ones_are_not(tmp_path: Path) -> None:
    touch(tmp_path, "a.PNG", "b/c.png", "b/d.txt", ".e.png", ".f/g.png", "b/._c.png")
    assert sorted(find_files(tmp_path, (".png",))) == ["a.PNG", "b/c.png"]


def test_linked_files_and_folders_are_followed(tmp_path: Path) -> None:
    touch(tmp_path / "disk", "x.png", "deep/y.png")
    root = touch(tmp_path / "root", "a.png")
    (root / "link").symlink_to(tmp_path / "disk")
    (root / "one.png").symlink_to(tmp_path / "disk" / "x.png")
    assert sorted(find_files(root, (".png",))) == ["a.png", "link/deep/y.png", "link/x.png", "one.png"]


def test_a_folder_is_searched_once_and_where_it_lies_however_many_links_lead_to_it(tmp_path: Path) -> None:
    root = touch(tmp_path, "b/deep/x.png")
    (root / "a").symlink_to("b")
    (root / "b" / "deep" / "up").symlink_to(root)
    (root / "itself").symlink_to("itself")
    assert list(find_files(root, (".png",))) == ["b/deep/x.png"]


def test_a_folder_that_is_left_out_is_so_behind_a_link_too(tmp_path: Path) -> None:
    root = touch(tmp_path, "in/a.png", "out/b.png")
    (root / "in" / "more").symlink_to(root / "out")
    assert list(find_files(root / "in", (".png",), leave_out=root / "out")) == ["a.png"]


def test_a_link_that_leads_nowhere_is_told_by_who_opens_it_and_a_pipe_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "lost.png").symlink_to("nowhere")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.png")
    assert list(find_files(tmp_path, (".png",))) == ["lost.png"]


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(find_files(tmp_path / "missing", (".png",)))


@pytest.mark.filterwarnings("ignore:.*left out")
def test_all_who_take_a_folder_find_the_same(tmp_path: Path) -> None:
    pytest.importorskip("torchvision", reason="training is not installed: its walk was NOT compared")
    from training.pictures import find_pictures

    touch(tmp_path / "disk", "x.jpg")
    root = touch(tmp_path / "root", "b.png", "a/c.tiff", "a-b.png", ".hidden/d.png", "notes.txt")
    (root / "link").symlink_to(tmp_path / "disk")
    expected = ["a-b.png", "a/c.tiff", "b.png", "link/x.jpg"]
    [group] = FolderSource(root).groups()
    assert [item.key for item in group.items] == expected
    assert [picture.name for picture in find_pictures(root)] == expected
    jobs = file_jobs.plan([str(root)], str(tmp_path / "out"), "style")
    assert [Path(job.source).relative_to(root).as_posix() for job in jobs] == expected
