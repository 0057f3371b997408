"""Which commit of this program is running."""

from __future__ import annotations

import subprocess
from pathlib import Path


def commit() -> str:
    """As ``git describe --always --dirty`` says it; empty outside of a checkout, or where there is no git."""
    command = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty"]
    try:
        return subprocess.run(command, capture_output=True, text=True).stdout.strip()
    except OSError:
        return ""
