"""What keyboards, screen readers and unsteady hands need, beyond what axe can see."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("gradio")
from demo_visitors import example, mix, painted, set_number, tile

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.needs("playwright", "chromium")

SMALL = """() => [...document.querySelectorAll("button, a, input, [role=slider], [role=tab]")].filter((one) => {
  const box = one.getBoundingClientRect();
  if (!one.checkVisibility() || box.width <= 1 || box.height <= 1) return false;
  const inside = one.type === "radio" || one.type === "checkbox" ? "label" : ".wrap-inner";
  const target = one.closest(inside) ?? one;
  const parts = [target, ...target.querySelectorAll(".icon-wrap")].map((part) => part.getBoundingClientRect());
  return Math.max(...parts.map((part) => part.width)) < 24 || Math.max(...parts.map((part) => part.height)) < 24;
}).map((one) => one.outerHTML.slice(0, 120))"""


def test_every_target_has_24_pixels(page: Page) -> None:
    """On every tab, with all that is folded away."""
    for tab in page.get_by_role("tab").all():
        tab.click()
        page.wait_for_timeout(300)
        page.evaluate("document.querySelectorAll('.fold details').forEach((fold) => (fold.open = true))")
        assert page.evaluate(SMALL) == []


def test_what_has_the_focus_is_seen(page: Page) -> None:
    """From the top with Tab, until the first styles."""
    seen = []
    for _ in range(30):
        page.keyboard.press("Tab")
        ring = page.evaluate(
            """() => { const one = document.activeElement;
                 const around = [one, one.closest("label"), one.querySelector(".icon-wrap")].filter(Boolean);
                 const shown = around.some((part) => { const style = getComputedStyle(part);
                   return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2; });
                 return [one.outerHTML.slice(0, 100), one === document.body || shown]; }"""
        )
        seen.append(ring)
        if "tile" in ring[0]:
            break
    assert all(shown for _, shown in seen), [what for what, shown in seen if not shown]
    assert len(seen) > 10


def test_radios_are_one_group(page: Page) -> None:
    """One stop for Tab; arrow keys choose within it."""
    page.locator("#mix input[value=blend]").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelector('#mix input[value=corners]').checked")
    page.locator("#corner-pad .note").wait_for()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('#mix')") is None
    assert page.get_by_role("radiogroup", name="Where styles go").count() == 1


def test_the_border_between_before_and_after_moves_by_keys(page: Page) -> None:
    """And says where it is."""
    handle = page.get_by_role("slider", name="Before and after")
    handle.focus()
    border = "document.querySelector('#result [data-testid=slider]')"
    before = page.evaluate(f"{border}.getBoundingClientRect().x")
    page.keyboard.press("ArrowRight")
    page.wait_for_function(f"{border}.getBoundingClientRect().x > {before} + 5")
    page.wait_for_function(f"{border}.getAttribute('aria-valuenow') === '55'")
    page.keyboard.press("Home")
    page.wait_for_function(f"{border}.getAttribute('aria-valuenow') === '0'")


def test_pictures_have_words_and_results_are_announced(page: Page) -> None:
    """What is said below the result is spoken."""
    alts = page.evaluate("[...document.querySelectorAll('#result img, #photo img')].map((image) => image.alt)")
    assert sorted(alts) == ["After: the painted picture", "Before: the photo", "Photo"]
    status = page.get_by_role("status").filter(has_text="Wheat Field")
    assert status.count() == 1
    example(page)
    page.get_by_role("status").filter(has_text="pixels").wait_for()


def test_who_wants_no_motion_gets_none(browser: Browser, app: str) -> None:
    from demo_visitors import arrived

    context = browser.new_context(reduced_motion="reduce")
    for page in arrived(context, app):
        longest = page.evaluate(
            """() => Math.max(...[...document.querySelectorAll("*")].map((one) => {
                 const style = getComputedStyle(one);
                 return Math.max(parseFloat(style.transitionDuration), parseFloat(style.animationDuration)); }))"""
        )
        assert longest < 0.01
    context.close()


def test_a_slow_picture_can_be_stopped_and_another_wish_ends_it(page: Page) -> None:
    """The page goes on with what is wanted now; where a model cannot refine, nothing says that it does."""
    example(page)
    painted(page, tile(page, "scream").click)
    assert not page.locator("#stop").is_visible()
    set_number(page, "#size", 640)
    page.locator("#facts").get_by_text("640 x 640").wait_for()
    results = page.locator("#history .result").count()
    set_number(page, "#refine", 4)
    page.locator("#stop").wait_for()
    page.locator("#stop").click()
    page.locator("#stop").wait_for(state="hidden")
    assert page.locator("#history .result").count() == results, "it was not painted to its end"
    page.locator("#model input").click()
    page.get_by_role("option", name="lite").click()
    page.wait_for_function("document.querySelector('#refine input[type=range]').disabled")
    page.wait_for_function("before => document.querySelectorAll('#history .result').length > before", arg=results)
    assert page.get_by_test_id("toast-body").count() == 0


def test_own_styles_are_named_and_taken_away_everywhere(page: Page, photo: Callable[..., Path]) -> None:
    """On both tabs."""
    there = "#clip-styles .tile[aria-label='My cup']"
    example(page)

    def upload() -> None:
        with page.expect_file_chooser() as chooser:
            page.get_by_role("button", name="Add your own style").first.click()
        chooser.value.set_files(photo(9))

    painted(page, upload)
    page.get_by_label("Name of your picture").first.fill("My cup")
    page.keyboard.press("Enter")
    page.locator("#styles .tile[aria-label='My cup']").wait_for()
    picture, video = (page.get_by_role("tab", name=name) for name in ("Picture", "Video"))
    video.click()
    page.locator(there).wait_for()
    picture.click()
    page.get_by_role("button", name="Delete My cup").click()
    page.locator("#styles .tile[aria-label='My cup']").wait_for(state="detached")
    video.click()
    page.locator(there).wait_for(state="detached")


def test_each_place_of_an_area_takes_a_style_by_a_tap(page: Page) -> None:
    """The place outside is offered; a tap on a place, then on a tile, gives it another style."""
    example(page)
    painted(page, tile(page, "scream").click)
    painted(page, page.get_by_role("radio", name="Areas").check)
    page.get_by_role("button", name="Outside").click()
    painted(page, tile(page, "irises").click)
    assert page.get_by_role("switch", name="Mix up to 4").first.is_checked()
    page.get_by_role("button", name="Choose another style in place of The Scream").click()
    painted(page, tile(page, "sunflowers").click)
    page.locator("#facts").get_by_text("Sunflowers + Irises").wait_for()
    mix(page)
