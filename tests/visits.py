"""A page in a real browser whose scripts must not fail."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from patience import PATIENCE

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page


@contextmanager
def visit(context: BrowserContext, url: str) -> Iterator[Page]:
    """An address, opened; errors of its scripts fail the test."""
    page = context.new_page()
    page.set_default_timeout(PATIENCE * 1000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(url)
    yield page
    page.close()
    assert not errors, errors
