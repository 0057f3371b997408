"""Takes the README's screenshots of the web page: python -m docs.demo.make (needs Playwright and Chromium)."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from PIL import Image

from benchmarks.demo import CHROMIUM, answers, start

HERE = Path(__file__).parent
DESKTOP: dict[str, Any] = {"viewport": {"width": 1360, "height": 900}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True,
}  # fmt: skip


def paint(page: Any, url: str, example: str | None, styles: list[str]) -> None:
    """A photo (that of the opening, if none is named) in styles, ready to be looked at."""
    page.goto(url)
    page.wait_for_selector("#styles .tile")
    if example:
        page.get_by_role("button", name=f"Example: {example}").click()
        page.wait_for_function("document.querySelector('#facts').innerText.includes('pixels')", timeout=120_000)
    for style in styles:
        page.locator(f"#styles .tile[data-key={style}]").click()
        page.wait_for_timeout(500)
    page.wait_for_function("document.querySelector('#facts').innerText.includes('pixels')", timeout=120_000)
    settle(page)


def settle(page: Any) -> None:
    """Wait until nothing is painted any more."""
    page.wait_for_timeout(1500)
    page.wait_for_function("!document.querySelector('#result .meta-text, #result .eta-bar')", timeout=120_000)
    page.wait_for_timeout(500)
    page.mouse.move(2, 2)


def save(shot: bytes, name: str) -> None:
    """As WebP: a fifth of the PNG."""
    Image.open(io.BytesIO(shot)).convert("RGB").save(HERE / f"{name}.webp", quality=86, method=6)


def main() -> None:
    from playwright.sync_api import sync_playwright

    process, url, _ = start()
    try:
        answers(url)
        with sync_playwright() as p:
            browser = p.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
            page = browser.new_context(**DESKTOP).new_page()
            paint(page, url, "astronaut", ["composition-viii", "eagle-over-fukagawa"])
            page.evaluate("scrollTo(0, 0)")
            page.wait_for_timeout(500)
            save(page.screenshot(), "desktop")
            page = browser.new_context(**PHONE).new_page()
            paint(page, url, None, ["scream"])
            page.evaluate("scrollBy(0, document.querySelector('#styles .tiles').getBoundingClientRect().top - 330)")
            page.wait_for_timeout(500)
            save(page.screenshot(), "phone")
            browser.close()
    finally:
        process.kill()


if __name__ == "__main__":
    main()
