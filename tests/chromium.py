"""Chromium for tests in a browser, by Playwright. CHROMIUM is its path (/usr/bin/chromium if not set)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",  # containers have 64 MB there: pages crash
    # A camera that shows a test picture, and is allowed.
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    # Nothing is asked of other hosts.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autofill-server-url=http://127.0.0.1:9/",  # it would ask about every page with a text field
    "--no-first-run",
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()
