"""How much memory there is: the device's, the machine's, and what a container may take of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch

CGROUPS = Path("/sys/fs/cgroup")
"""Where Linux shows control groups; `/proc/self/cgroup` names this process's own."""


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory is used up; PyTorch raises a plain RuntimeError for it on a CPU."""
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or "can't allocate memory" in str(error)


def free_memory(device: torch.device) -> int:
    """Bytes that can still be taken on a device."""
    if device.type == "cuda":  # what PyTorch holds and does not use can be taken, too
        held = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return int(torch.cuda.mem_get_info(device)[0]) + held
    import psutil

    return min([int(psutil.virtual_memory().available), *container_memory()])


def container_memory(root: Path = CGROUPS, own: Path = Path("/proc/self/cgroup")) -> Iterator[int]:
    """Bytes left in each control group this process is in that has a limit: its own, and those around it.

    Version 2 of control groups has ``memory.max``, version 1 ``memory/memory.limit_in_bytes``. Files that the kernel
    keeps in memory and can drop at once (``inactive_file``) do not count as taken. The machine's own memory, as psutil
    tells it, is that of the host even where a container may take much less.

    Args:
        root: where control groups are shown.
        own: the file that names this process's groups.
    """
    try:
        lines = own.read_text(encoding="utf-8").splitlines()
    except OSError:
        return  # another system
    for line in lines:
        number, _, rest = line.partition(":")
        kinds, _, path = rest.partition(":")
        if number == "0" and not kinds:
            folder, names = root, ("memory.max", "memory.current", "inactive_file")
        elif "memory" in kinds.split(","):
            folder = root / "memory"
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
        else:
            continue
        inside = folder / path.lstrip("/")
        # Within a container its own group is shown as the root; elsewhere any group on the way may have a limit.
        for group in {folder, *(g for g in (inside, *inside.parents) if folder in g.parents)}:
            left = _left(group, *names)
            if left is not None:
                yield left


def _left(group: Path, limit: str, usage: str, droppable: str) -> int | None:
    """Bytes that may still be taken in a group; None where there is no limit, or no such group."""
    try:
        most, taken = int((group / limit).read_text()), int((group / usage).read_text())
        stat = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
    except (OSError, ValueError):  # "max" is no number
        return None
    return max(most - taken + int(stat.get(droppable, 0)), 0)
