"""Clips on the page in a real Chromium: from the upload to the result, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("gradio")
pytest.importorskip("av", reason="PyAV is not installed: clips were NOT tested in a browser")
pytest.importorskip("scenedetect", reason="PySceneDetect is not installed: clips were NOT tested in a browser")
from demo_clips import make_clip

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.needs("playwright", "chromium")


def clip_facts(page: Page, says: str) -> None:
    """Wait for what is said of the clip."""
    page.wait_for_function("s => document.querySelector('#clip-facts').innerText.includes(s)", arg=says)


def take_clip(page: Page, path: Path) -> None:
    """Upload a clip, to be painted by the small network; wait for its first frame and the estimate."""
    clear = page.locator("#clip button[aria-label*=lear], #clip button[aria-label*=emove]")
    if clear.count():
        clear.first.click()
        clip_facts(page, "Choose a clip")
    page.locator("#clip input[type=file]").set_input_files(path)
    clip_facts(page, "to paint")


def test_a_clip_can_be_stopped(page: Page, tmp_path: Path) -> None:
    """And the next one has its turn, which it has only once the first has ended."""
    long, short = make_clip(tmp_path / "long.mp4", 100), make_clip(tmp_path / "short.mp4", 2)
    page.get_by_role("tab", name="Video").click()
    take_clip(page, long)
    page.locator("#go-clip").click()
    page.wait_for_function("!document.querySelector('#stop-clip').disabled")
    page.locator("#stop-clip").click()
    clip_facts(page, "Stopped.")
    take_clip(page, short)
    page.locator("#go-clip").click()
    clip_facts(page, "2 frames in")


def test_a_clip_from_the_upload_to_a_gif(page: Page, tmp_path: Path) -> None:
    """Its first frame is painted before anybody asks, in each style that is tapped; what it becomes can be chosen."""
    page.get_by_role("tab", name="Video").click()
    assert page.locator("#go-clip").is_disabled()
    take_clip(page, make_clip(tmp_path / "short.mp4", 3))
    page.locator("#clip-model label").filter(has_text="lite").click()
    frame = "document.querySelectorAll('#clip-preview img')[1].src"
    before = page.evaluate(frame)
    page.locator("#clip-styles .tile[data-key=scream]").click()
    page.wait_for_function(f"before => {frame} !== before", arg=before)
    page.locator("#clip-kind label").filter(has_text="GIF").click()
    page.locator("#go-clip").click()
    clip_facts(page, "3 frames in")
    page.wait_for_function("document.querySelector('#clip-animation img').src.endsWith('.gif')")


def test_a_clip_that_is_too_long_is_refused_at_once(page: Page, tmp_path: Path) -> None:
    """Before anybody waits for it."""
    page.get_by_role("tab", name="Video").click()
    page.locator("#clip input[type=file]").set_input_files(make_clip(tmp_path / "long.mp4", 140))
    page.get_by_test_id("toast-body").filter(has_text="up to 10 s").wait_for()
    page.wait_for_function("document.querySelector('#clip input[type=file]') !== null")
    assert page.get_by_test_id("toast-body").count() == 1 and page.locator("#go-clip").is_disabled()
