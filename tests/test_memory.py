"""Free memory is what a container may take, not only what the machine has."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from adain_core.system import memory
from adain_core.system.memory import container_memory, free_memory

UNLIMITED = 9223372036854771712
"""What version 1 shows where there is no limit."""


def group(folder: Path, limit: int | str, usage: int, droppable: int, version: int) -> None:
    """A control group as the kernel shows it."""
    folder.mkdir(parents=True, exist_ok=True)
    names = ("memory.max", "memory.current") if version == 2 else ("memory.limit_in_bytes", "memory.usage_in_bytes")
    for name, value in zip(names, (limit, usage), strict=True):
        (folder / name).write_text(f"{value}\n")
    key = "inactive_file" if version == 2 else "total_inactive_file"
    (folder / "memory.stat").write_text(f"anon 5\n{key} {droppable}\n")


@pytest.mark.parametrize(("version", "lines"), [(2, "0::/a/b\n"), (1, "5:cpu:/a\n4:memory:/a/b\n0::/\n")])
def test_the_tightest_group_on_the_way_counts_less_what_can_be_dropped(
    tmp_path: Path, version: int, lines: str
) -> None:
    own, root = tmp_path / "own", tmp_path / "cgroup"
    own.write_text(lines)
    top = root if version == 2 else root / "memory"
    group(top / "a", 1000, 700, 100, version)
    group(top / "a" / "b", "max" if version == 2 else UNLIMITED, 300, 0, version)
    group(top / "other", 1, 1, 0, version)
    assert min(container_memory(root, own)) == 400


@pytest.mark.parametrize(("version", "lines"), [(2, "0::/\n"), (1, "4:memory:/docker/0123\n0::/\n")])
def test_within_a_container_its_group_is_shown_as_the_root(tmp_path: Path, version: int, lines: str) -> None:
    own, root = tmp_path / "own", tmp_path / "cgroup"
    own.write_text(lines)
    group(root if version == 2 else root / "memory", 1 << 30, 1 << 20, 0, version)
    assert list(container_memory(root, own)) == [(1 << 30) - (1 << 20)]


def test_without_groups_or_limits_the_machine_counts(tmp_path: Path) -> None:
    assert not list(container_memory(tmp_path, tmp_path / "missing"))
    (tmp_path / "own").write_text("0::/\n")
    assert not list(container_memory(tmp_path, tmp_path / "own"))
    group(tmp_path, "max", 5, 0, 2)
    assert not list(container_memory(tmp_path, tmp_path / "own"))


def test_free_memory_is_the_least_of_both(monkeypatch: pytest.MonkeyPatch) -> None:
    cpu = torch.device("cpu")
    assert free_memory(cpu) > 0
    monkeypatch.setattr(memory, "container_memory", lambda: iter([1234, 5678]))
    assert free_memory(cpu) == 1234
    monkeypatch.setattr(memory, "container_memory", lambda: iter([]))
    assert free_memory(cpu) > 5678
