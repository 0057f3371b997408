"""Debian's Firefox for tests in a browser, by Playwright. FIREFOX is its path (/usr/bin/firefox-esr if not set)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser

FIREFOX = os.environ.get("FIREFOX", "/usr/bin/firefox-esr")
PREFERENCES = {
    # A camera that shows a test picture, and is allowed.
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,
    # Nothing is asked of other hosts.
    "app.normandy.enabled": False,
    "browser.safebrowsing.downloads.remote.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,",
}


def options(**preferences: Any) -> dict[str, Any]:
    """What starts it: the program as it is, not the one that Playwright patches, is the channel "moz-firefox"."""
    return {
        "channel": "moz-firefox",
        "executable_path": FIREFOX,
        "firefox_user_prefs": PREFERENCES | preferences,
    }


@contextmanager
def firefox(downloads: Path) -> Iterator[Browser]:
    """A browser without a window, that saves in this folder."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as p:
        browser = p.firefox.launch(**options(), downloads_path=downloads)
        try:
            yield browser
        finally:
            browser.close()
