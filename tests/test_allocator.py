"""Freed memory is kept where a program asks for that, and nowhere else."""

import platform
import subprocess
import sys

import pytest

COUNT = """
import resource, numpy
{before}
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
def maps():
    held = [numpy.ones(1 << 20) for _ in range(6)]  # 8 MB each, 2,048 pages
for _ in range(5):
    maps()
start = faults()
for _ in range(10):
    maps()
print(faults() - start)
"""


def faults(before: str) -> int:
    run = subprocess.run(
        [sys.executable, "-c", COUNT.format(before=before)], capture_output=True, text=True, check=True
    )
    return int(run.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told: NOT tried on this system")
def test_memory_is_handed_out_again_without_new_pages() -> None:
    """Without the setting glibc fetches tens of thousands, in most processes: it depends on what else lies where."""
    setting = "from adain_core.system.allocator import keep_freed_memory\nassert keep_freed_memory()"
    assert max(faults(setting) for _ in range(5)) < 2_048


def test_where_the_c_library_cannot_be_told_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    from adain_core.system.allocator import keep_freed_memory

    monkeypatch.setattr(sys, "platform", "darwin")
    assert keep_freed_memory() is False
