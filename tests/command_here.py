"""The `adain` command in the process of the tests: a new one takes seconds to import PyTorch, and says the same."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from typer.testing import CliRunner

from adain_core.cli import app


def adain_here(*arguments: object, cwd: Path, given: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    """What a process of the command would end with, called in the folder `cwd` with `given` on stdin.

    Raises:
        BaseException: what the command let through. A process would end with a traceback.
    """
    before = Path.cwd()
    os.chdir(cwd)
    try:
        done = CliRunner().invoke(app, [*map(str, arguments)], input=given)
    finally:
        os.chdir(before)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return subprocess.CompletedProcess(arguments, done.exit_code, done.stdout_bytes, done.stderr_bytes)
