"""How the C library hands out memory: for programs that compute picture after picture on a CPU."""

import ctypes
import sys

KEEP = 1 << 30
"""Bytes of freed memory that a process holds on to."""


def keep_freed_memory() -> bool:
    """Tell the C library to hand freed memory out again instead of returning it to the system.

    PyTorch frees a map as soon as it has been read. glibc returns memory of that size at once, and the system fills
    every page of 4 KB with zeros when it is touched the next time. Measured for the small network at 512x512 on two
    cores of an Intel Xeon: 11,534 such pages a picture without this, none with it, 62 and 47 ms.

    It changes the whole process, so the library never does it by itself: the `adain` command and the web page do, and
    a program of yours may, before its first picture.

    Returns:
        Whether it could be set: with glibc, that is on most Linux systems.
    """
    largest, trim = -3, -1  # M_MMAP_THRESHOLD, at most 32 MiB; M_TRIM_THRESHOLD (man 3 mallopt)
    return _set(largest, 32 << 20) and _set(trim, KEEP)


def share_freed_memory() -> bool:
    """Tell the C library to hand out again to any thread what another one has freed.

    glibc gives threads heaps of their own, up to eight a core, and each keeps what was freed in it. A server answers
    each request in whichever thread is free: after a while every heap is as large as the largest request.

    It changes the whole process, and threads that are started from then on.

    Returns:
        Whether it could be set: with glibc, that is on most Linux systems.
    """
    heaps = -8  # M_ARENA_MAX (man 3 mallopt)
    return _set(heaps, 1)


def return_freed_memory() -> bool:
    """Give the system what is free in the C library's heap, also between what is still used.

    Returns:
        Whether the C library can: with glibc, that is on most Linux systems.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform.startswith("linux") else None
    if trim is None:
        return False
    trim(0)
    return True


def _set(parameter: int, value: int) -> bool:
    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none
    return mallopt is not None and bool(mallopt(parameter, value))
