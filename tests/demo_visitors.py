"""Visitors of the page in a real Chromium: fixtures, and what they do with it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from chromium import chromium
from demo_pictures import pixels
from patience import PATIENCE
from PIL import Image
from visits import visit

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Locator, Page

EXAMPLE = Path(__file__).parents[1] / "examples" / "astronaut.jpg"
SIDE = 128
Wanted = Callable[[Image.Image], bool]
"""Whether a picture is the one that a test waits for."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def desktop(browser: Browser) -> BrowserContext:
    """What all visitors on a desktop share: the browser's cache, so that the page comes quickly."""
    return browser.new_context(viewport={"width": 1280, "height": 900})


@pytest.fixture
def page(desktop: BrowserContext, app: str) -> Iterator[Page]:
    """A fresh visitor on a desktop; errors of scripts fail the test."""
    yield from arrived(desktop, app)


@pytest.fixture
def phone(browser: Browser, app: str) -> Iterator[Page]:
    """A fresh visitor on a phone."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    yield from arrived(context, app)
    context.close()


def arrived(context: BrowserContext, app: str) -> Iterator[Page]:
    with visit(context, app) as page:
        page.wait_for_selector("#styles .tile")
        page.wait_for_function("document.querySelectorAll('.gallery-item[aria-label]').length === 3")
        yield page


def example(page: Page) -> None:
    """Take an example, in a small size: these machines are slow. It is painted in the style of the opening."""
    page.get_by_text("Colour, size and strokes").click()
    set_number(page, "#size", SIDE)
    page.get_by_role("button", name="Example: astronaut").click()
    page.locator("#facts").get_by_text(f"{SIDE} x {SIDE} pixels").wait_for()


def set_number(page: Page, slider: str, number: float) -> None:
    """Type a number until the slider follows: Gradio may set a control's first value again after it is shown."""
    box, range_ = page.locator(f"{slider} input[type=number]"), page.locator(f"{slider} input[type=range]")
    deadline = time.monotonic() + PATIENCE
    while float(range_.input_value()) != number:
        assert time.monotonic() < deadline, "the slider does not follow"
        box.fill(str(number))
        box.blur()
        page.wait_for_timeout(100)


def mix(page: Page) -> None:
    """Let further clicks add styles."""
    page.get_by_role("switch", name="Mix up to 4").check()


def tile(page: Page, key: str) -> Locator:
    """A style in the grid."""
    return page.locator(f"#styles .tile[data-key='{key}']")


def shown(page: Page) -> str:
    """What the result shows now; empty if nothing."""
    images = page.locator("#result img")
    return images.nth(1).get_attribute("src") or "" if images.count() > 1 else ""


def painted(page: Page, act: Callable[[], Any], wanted: Wanted = lambda _: True) -> Image.Image:
    """Do something, wait for a new full-size picture, download it; until it is the wanted one.

    Several keys paint several pictures: the wanted one is the last.
    """
    before = shown(page)
    act()
    page.wait_for_function(
        """before => { const now = document.querySelectorAll('#result img')[1]?.src ?? '';
                       const facts = document.querySelector('#facts').innerText;
                       return now && now !== before && !now.includes('preview') && facts.includes('pixels'); }""",
        arg=before,
    )
    deadline = time.monotonic() + PATIENCE
    while True:
        with page.expect_download() as download:
            page.locator("#download").click()
        image = Image.open(download.value.path())
        if wanted(image):
            return image
        assert time.monotonic() < deadline, "the picture is another one, and stays so"
        page.wait_for_timeout(100)


def like(expected: Image.Image) -> Wanted:
    """The library's picture, within one of 255 levels."""
    return lambda image: image.size == expected.size and bool(np.abs(pixels(image) - pixels(expected)).max() <= 1)
