"""How long tests wait for what another process does: much, for busy machines. Only a test that fails waits so long."""

from __future__ import annotations

import os

PATIENCE = float(os.environ.get("PATIENCE", "1800"))
"""Seconds."""
