"""What holds for a whole process, set by each program before all else."""

from __future__ import annotations

import io
import sys

from .allocator import keep_freed_memory
from .stopping import heed_stops


def start_program() -> None:
    """Keep freed memory, end in order when a signal asks for it, and write every name.

    A letter that the output's encoding lacks (on Windows that of a pipe or file is a small one) is written as its
    number, such as \\u2603, and so is a byte of a file name that is no text.
    """
    keep_freed_memory()
    heed_stops()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
