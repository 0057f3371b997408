"""The built-in styles as the page shows them: names, painters, and one picture of all thumbnails.

Made by `thumbnails.py`, so that the page needs neither torch nor weights.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

ASSETS = Path(__file__).parent / "assets"
SPRITE = ASSETS / "styles.webp"
INDEX = ASSETS / "styles.json"
COLUMNS = 13
"""Thumbnails a row in the sprite."""


@functools.cache
def catalogue() -> tuple[dict[str, Any], ...]:
    """Every built-in style: key, title, by (painter and year), at (its place in the sprite)."""
    rows = json.loads(INDEX.read_text(encoding="utf-8"))
    return tuple({**row, "at": at} for at, row in enumerate(rows))


def choices() -> list[tuple[str, str]]:
    """What a list of the built-in styles shows, and the key of each."""
    return [(f"{row['title']} · {row['by']}" if row["by"] else row["title"], row["key"]) for row in catalogue()]


def row_of(key: str, info: dict[str, str]) -> dict[str, str]:
    """What the page says of a style."""
    by = ", ".join(part for part in (info.get("artist", ""), info.get("year", "")) if part)
    return {"key": key, "title": info.get("title") or key, "by": by}
