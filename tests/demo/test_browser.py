"""The page in a real Chromium, as people use it: mouse, keyboard, phone.

Needs Playwright and Chromium (CHROMIUM, or /usr/bin/chromium); axe-core comes from the package axe-playwright-python.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

pytest.importorskip("gradio")
from adain_demo import opening
from demo_pictures import pixels
from demo_visitors import EXAMPLE, SIDE, arrived, example, like, mix, painted, set_number, shown, tile
from PIL import Image

from adain_core import AdaIN, Region

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page, Route

pytestmark = pytest.mark.needs("playwright", "axe_playwright_python", "chromium")

CONTROLS = {"Corners": "#corner-pad .dot", "Areas": "#area input", "Brush": "#brush .sheet img"}
"""What each way to mix styles shows."""


def test_from_an_example_to_the_download(page: Page, model: AdaIN) -> None:
    """Example, style, strength, three styles with a weight, colours: each time the file is the library's picture."""
    example(page)
    painted(page, tile(page, "starry-night").click, like(model.stylize(EXAMPLE, "starry-night", size=SIDE)))

    def weaker() -> None:
        page.locator("#strength input[type=range]").focus()
        for _ in range(10):
            page.keyboard.press("ArrowLeft")

    painted(page, weaker, like(model.stylize(EXAMPLE, "starry-night", size=SIDE, alpha=0.5)))
    mix(page)
    painted(page, tile(page, "scream").click)
    styles = [("starry-night", 1.0), ("scream", 1.0), ("irises", 1.0)]
    painted(page, tile(page, "irises").click, like(model.stylize(EXAMPLE, styles, size=SIDE, alpha=0.5)))

    def lighter() -> None:
        page.get_by_label("Weight of The Scream").focus()
        page.keyboard.press("Home")

    two = [("starry-night", 1.0), ("irises", 1.0)]
    painted(page, lighter, like(model.stylize(EXAMPLE, two, size=SIDE, alpha=0.5)))

    def colours() -> None:
        page.locator("#color input").click()
        page.get_by_role("option", name="brightness from the style").click()

    painted(page, colours, like(model.stylize(EXAMPLE, two, size=SIDE, alpha=0.5, color="luminance")))


def test_a_number_typed_as_soon_as_it_can_be_stays(page: Page) -> None:
    """On a slow machine too: what is folded away is there before it is shown."""
    size = "#size input[type=number]"
    page.evaluate(
        """async (size) => {
             document.evaluate("//*[text()='Colour, size and strokes']", document).iterateNext().click();
             const channel = new MessageChannel();  // sooner than a timer or a frame
             while (!document.querySelector(size))
               await new Promise((go) => { channel.port1.onmessage = go; channel.port2.postMessage(0); });
             const input = document.querySelector(size);
             input.value = 128;
             input.dispatchEvent(new Event("input", { bubbles: true }));
             for (let frame = 0; frame < 30; frame++) await new Promise(requestAnimationFrame);
           }""",
        size,
    )
    assert page.locator(size).input_value() == "128"


def test_corners_areas_and_the_brush(page: Page, model: AdaIN) -> None:
    """The same two styles mixed by a point, by an area, and where they are painted."""
    example(page)
    painted(page, tile(page, "starry-night").click)
    mix(page)
    painted(page, tile(page, "scream").click)
    page.get_by_role("radio", name="Corners").check()

    def corner() -> None:
        page.locator("#corner-pad .dot").wait_for()
        page.locator("#corner-pad .dot").focus()
        for _ in range(5):
            page.keyboard.press("ArrowRight")

    painted(page, corner, like(model.stylize(EXAMPLE, [("starry-night", 0.25), ("scream", 0.75)], size=SIDE)))

    half = np.zeros((256, 256), np.uint8)
    half[:, :128] = 255
    left = Region("starry-night", half)
    expected = model.stylize(EXAMPLE, [left], size=SIDE, feather=8, background="scream")
    painted(page, page.get_by_role("radio", name="Areas").check, like(expected))

    stroke = brush(page)
    first = painted(page, lambda: stroke(0.25))
    upper = pixels(first)
    photo = pixels(Image.open(EXAMPLE).convert("RGB").resize((SIDE, SIDE), Image.Resampling.LANCZOS))
    changed = np.abs(upper - photo).max(-1) > 2
    assert changed[SIDE // 4 - 5 : SIDE // 4 + 5, 40:90].mean() > 0.8, "the stroke is painted"
    assert not changed[SIDE * 3 // 4 :].any(), "the rest stays the photo"
    page.locator("#brush .layer").nth(1).click()
    both = pixels(painted(page, lambda: stroke(0.75)))
    assert (np.abs(both - photo).max(-1) > 2)[SIDE * 3 // 4 - 5 : SIDE * 3 // 4 + 5, 40:90].mean() > 0.8
    painted(page, page.get_by_label("Undo the last stroke").click, like(first))


def brush(page: Page) -> Callable[..., None]:
    """The brush, for the chosen styles; returns what draws a line at a height, over a part of the width."""
    page.get_by_role("radio", name="Brush").check()
    page.wait_for_function(
        """document.querySelectorAll('#brush .sheet canvas').length ===
           document.querySelectorAll('#styles .tile[aria-pressed=true]').length"""
    )
    page.locator("#brush .sheet").scroll_into_view_if_needed()

    def stroke(y: float, start: float = 0.2, end: float = 0.8) -> None:
        box = page.locator("#brush .sheet").bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + box["width"] * start, box["y"] + box["height"] * y)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * end, box["y"] + box["height"] * y, steps=5)
        page.mouse.up()

    return stroke


def layers(page: Page) -> list[list[int]]:
    """Painted pixels in the upper and the lower half of each layer."""
    return page.evaluate(
        """() => [...document.querySelectorAll('#brush .sheet canvas')].map((c) => {
             const halves = [0, 0], data = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
             for (let i = 3; i < data.length; i += 4) if (data[i]) halves[i < data.length / 2 ? 0 : 1]++;
             return halves; })"""
    )


def test_undo_brings_back_what_was_erased(page: Page) -> None:
    """Pixel by pixel, and the picture with it."""
    example(page)
    painted(page, tile(page, "starry-night").click)
    stroke = brush(page)
    whole = painted(page, lambda: stroke(0.25))
    before = layers(page)
    page.get_by_label("Erase instead of painting").click()
    painted(page, lambda: stroke(0.25, 0.6, 0.9))
    assert 0 < layers(page)[0][0] < before[0][0]
    painted(page, page.get_by_label("Undo the last stroke").click, like(whole))
    assert layers(page) == before and before[0][0] > 0


def test_own_style_pictures(page: Page, model: AdaIN, photo: Callable[..., Path]) -> None:
    """They join the grid, are chosen, and paint as the library does."""
    example(page)
    own = photo(9)

    def upload() -> None:
        with page.expect_file_chooser() as chooser:
            page.get_by_role("button", name="Add your own style").click()
        chooser.value.set_files(own)

    painted(page, upload, like(model.stylize(EXAMPLE, own, size=SIDE)))
    assert page.locator("#styles .tile[aria-pressed=true]").first.get_attribute("aria-label") == "Your picture 1"
    page.wait_for_function(  # the photo in it, no longer the picture itself
        "document.querySelector('#styles .tile .face').style.backgroundImage.startsWith('url(\"data:image/webp')"
    )


def test_a_preview_comes_while_the_slider_moves(page: Page) -> None:
    """And the full size once it is let go."""
    example(page)
    painted(page, tile(page, "scream").click)
    slider = page.locator("#strength input[type=range]")
    box = slider.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] / 2, steps=3)
    page.wait_for_function("document.querySelectorAll('#result img')[1].src.includes('preview')")
    painted(page, page.mouse.up)


@pytest.mark.parametrize("kind", ["text", "empty", "huge"])
def test_a_bad_file_is_refused_with_a_message_and_the_page_lives(page: Page, kind: str, tmp_path: Path) -> None:
    from huge_png import huge_png

    bad = tmp_path / "photo.jpg"
    bad.write_text("no picture" if kind == "text" else "")
    says = {"text": "no picture", "empty": "0 bytes", "huge": "202 million pixels"}[kind]
    file = huge_png(tmp_path / "huge.png", 14_200) if kind == "huge" else bad
    page.locator("#photo input[type=file]").set_input_files(file)
    page.get_by_test_id("toast-body").filter(has_text=says).first.wait_for()
    page.wait_for_function("!document.querySelector('#photo img')")
    tile(page, "scream").click()
    page.wait_for_function("document.querySelector('#facts').innerText.includes('Choose a photo')")
    assert page.get_by_test_id("toast-body").count() == 1, "it is said once"
    example(page)
    painted(page, tile(page, "irises").click)


def test_a_click_replaces_the_style_and_the_switch_mixes(page: Page) -> None:
    """Without it one looks through the styles; switched off again, the last one stays."""
    chosen = "[...document.querySelectorAll('#styles .tile[aria-pressed=true]')].map((t) => t.dataset.key)"
    tile(page, "scream").click()
    tile(page, "irises").click()
    assert page.evaluate(chosen) == ["irises"]
    mix(page)
    tile(page, "scream").click()
    assert sorted(page.evaluate(chosen)) == ["irises", "scream"]
    page.get_by_role("switch", name="Mix up to 4").uncheck()
    assert page.evaluate(chosen) == ["scream"]


def test_the_layer_of_a_style_that_is_taken_away_goes_and_no_other(page: Page) -> None:
    """The first of two goes: what was painted for the second stays with it."""
    example(page)
    painted(page, tile(page, "starry-night").click)
    mix(page)
    painted(page, tile(page, "scream").click)
    stroke = brush(page)
    painted(page, lambda: stroke(0.25))
    page.locator("#brush .layer").nth(1).click()
    painted(page, lambda: stroke(0.75))
    before = layers(page)
    assert before[0][0] and not before[0][1] and before[1][1] and not before[1][0]
    after = painted(page, page.get_by_label("Take The Starry Night away").click)
    page.wait_for_function("document.querySelectorAll('#brush .sheet canvas').length === 1")
    assert layers(page) == before[1:]
    photo = pixels(Image.open(EXAMPLE).convert("RGB").resize((SIDE, SIDE), Image.Resampling.LANCZOS))
    changed = np.abs(pixels(after) - photo).max(-1) > 2
    assert changed[SIDE // 2 :].any() and not changed[: SIDE // 2 - 12].any()


def test_nothing_lies_over_a_result_that_fills_the_window(page: Page) -> None:
    """A click at the place of the photo's cross must not take the photo away."""
    example(page)
    painted(page, tile(page, "scream").click)
    page.evaluate("scrollTo(0, 0)")
    cross = page.locator("#photo button[aria-label*=emove], #photo button[aria-label*=lear]").first.bounding_box()
    assert cross is not None
    page.locator("#result button[aria-label=Fullscreen]").click()
    page.locator("#result.fullscreen").wait_for()
    at = [cross["x"] + cross["width"] / 2, cross["y"] + cross["height"] / 2]
    page.wait_for_function("at => document.elementFromPoint(...at)?.closest('#result') !== null", arg=at)


def test_a_number_is_read_when_it_is_finished(page: Page) -> None:
    """On the way to 0.5 stands 0; too much becomes the most; an empty box takes the number back; nothing is refused."""
    example(page)
    painted(page, tile(page, "scream").click)
    box, slider = page.locator("#strength input[type=number]"), page.locator("#strength input[type=range]")
    box.press("Control+a")
    page.keyboard.type("0.5", delay=30)
    assert slider.input_value() == "1", "it is still being typed"
    painted(page, lambda: page.keyboard.press("Enter"))
    assert slider.input_value() == "0.5"
    box.press("Control+a")
    page.keyboard.type("7")
    painted(page, lambda: page.keyboard.press("Enter"))
    assert slider.input_value() == box.input_value() == "1.5"
    box.fill("")
    box.blur()
    assert box.input_value() == "1.5"
    assert page.get_by_test_id("toast-body").count() == 0


def test_the_wheel_scrolls_the_page_and_zooms_with_control(page: Page) -> None:
    """Above the result, too."""
    example(page)
    painted(page, tile(page, "scream").click)
    page.evaluate("scrollTo(0, 0)")

    def over_the_result() -> None:
        box = page.locator("#result").bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.5)

    over_the_result()
    size = "document.querySelectorAll('#result img')[1].getBoundingClientRect().width"
    before = page.evaluate(size)
    page.mouse.wheel(0, 120)
    page.wait_for_function("scrollY > 0")
    assert page.evaluate(size) == before
    over_the_result()
    page.keyboard.down("Control")
    page.mouse.wheel(0, -240)
    page.keyboard.up("Control")
    page.wait_for_function(f"{size} > {before}")


def test_the_camera_is_off_once_its_tab_is_left(page: Page) -> None:
    """No frame is sent any more; recording again turns it on again."""
    painting = "document.querySelector('#camera-facts').innerText.includes('pixels')"
    frames: list[str] = []
    page.on("request", lambda request: frames.append(request.url) if "/stream/" in request.url else None)
    page.get_by_role("tab", name="Camera").click()
    page.get_by_text("Click to use the camera").click()
    page.locator("#camera .capture-button").click()
    page.wait_for_function(painting)
    page.get_by_role("tab", name="Picture").click()
    page.wait_for_function("!document.querySelector('#camera video').srcObject.active")
    page.locator("#camera [title='start recording']").wait_for(state="attached")
    page.wait_for_timeout(500)
    sent = len(frames)
    page.wait_for_timeout(500)
    assert sent and len(frames) == sent
    page.get_by_role("tab", name="Camera").click()
    page.locator("#camera .capture-button").click()
    page.wait_for_function("document.querySelector('#camera video').srcObject.active")


def test_all_by_keyboard(page: Page) -> None:
    """With Tab, arrows, Enter: example, style; and back to the download."""
    page.keyboard.press("Tab")
    reached: list[str] = []

    def tab_to(selector: str, key: str = "Tab") -> None:
        for _ in range(60):
            if page.evaluate("s => document.activeElement?.matches(s)", selector):
                return
            reached.append(page.evaluate("document.activeElement?.outerHTML.slice(0, 80)"))
            page.keyboard.press(key)
        raise AssertionError(f"{selector} was not reached: {reached}")

    tab_to(".gallery-item")
    page.keyboard.press("Enter")
    tab_to("#styles .tile")
    page.keyboard.press("ArrowRight")
    before = page.evaluate("document.activeElement.dataset.key")
    page.keyboard.press("Enter")
    page.locator("#facts").get_by_text("Sunflowers").wait_for()
    assert before == "sunflowers"
    assert page.locator("#styles .tile[aria-pressed=true]").get_attribute("data-key") == before
    tab_to("#download, #download button, #download a", "Shift+Tab")


def test_on_a_phone_nothing_overflows(phone: Page) -> None:
    """From the empty page to the brush."""

    def fits() -> bool:
        return phone.evaluate("document.documentElement.scrollWidth <= innerWidth")

    assert fits()
    example(phone)
    painted(phone, tile(phone, "scream").tap)
    mix(phone)
    tile(phone, "starry-night").tap()
    for name, control in CONTROLS.items():
        phone.get_by_role("radio", name=name).check()
        phone.locator(control).wait_for()
        assert fits(), name
    for target in phone.locator("button:visible").all():
        box = target.bounding_box()
        spoken_only = box is None or box["height"] <= 1
        assert spoken_only or min(box["width"], box["height"]) >= 16, target.get_attribute("aria-label")


def test_the_page_opens_with_a_picture_and_asks_for_nothing(desktop: BrowserContext, app: str) -> None:
    """Photo, style and result are there; nothing is painted before somebody does something."""
    page, asked = desktop.new_page(), []
    page.on("request", lambda request: asked.append(request.url) if request.method == "POST" else None)
    page.goto(app)
    page.wait_for_function(
        "[...document.querySelectorAll('#result img, #photo img')].filter((i) => i.naturalWidth).length === 3"
    )
    assert page.locator("#styles .tile[aria-pressed=true]").get_attribute("data-key") == opening.STYLE
    page.wait_for_timeout(500)
    page.close()
    assert not asked


OWN_TILES = """[...document.querySelectorAll('#styles .tile .face')]
    .filter((face) => face.style.backgroundImage.startsWith('url("data:image/webp')).length"""


def test_the_styles_are_shown_on_the_visitors_photo(page: Page) -> None:
    """All of them, those that are seen first; on the next photo anew."""
    example(page)
    page.wait_for_function(f"{OWN_TILES} > 0")
    first = page.evaluate("document.querySelector('#styles .tile .face').style.backgroundImage")
    assert first.startswith('url("data:image/webp')
    page.wait_for_function(f"{OWN_TILES} === document.querySelectorAll('#styles .tile').length")
    page.get_by_role("button", name="Example: coffee").click()
    page.wait_for_function(
        "first => { const now = document.querySelector('#styles .tile .face').style.backgroundImage;"
        " return now !== first && now.startsWith('url(\"data:image/webp'); }",
        arg=first,
    )


def test_a_tile_tells_title_painter_and_year(page: Page) -> None:
    """When one points at it; its name is below it whole."""
    about = tile(page, "starry-night").locator(".about")
    assert about.evaluate("node => getComputedStyle(node).opacity") == "0"
    tile(page, "starry-night").hover()
    page.wait_for_function("getComputedStyle(document.querySelector('#styles .tile .about')).opacity === '1'")
    assert about.inner_text().split("\n") == ["The Starry Night", "Vincent van Gogh, 1889"]
    cut = """[...document.querySelectorAll('#styles .tile > .name')]
        .filter((n) => n.scrollWidth > n.clientWidth || n.scrollHeight > n.clientHeight + 1).length"""
    assert page.evaluate(cut) == 0


def test_on_a_phone_the_result_is_in_sight_when_a_style_is_tapped(phone: Page) -> None:
    """Far down in the list, too, which is no box that scrolls within the page."""
    example(phone)
    last = phone.locator("#styles .tile").last
    last.scroll_into_view_if_needed()
    painted(phone, last.tap)
    box = phone.locator("#result img").nth(1).bounding_box()
    assert box is not None and box["y"] >= -1 and box["y"] + box["height"] < 844 / 2
    assert phone.evaluate("(g => g.scrollHeight === g.clientHeight)(document.querySelector('#styles .tiles'))")


def test_undo_and_the_results_so_far(page: Page) -> None:
    """Photo, style and strength come back with the picture, and stay in the address but for the photo."""
    example(page)
    facts = page.locator("#facts")
    painted(page, tile(page, "scream").click)
    page.wait_for_function("location.search.includes('style=scream')")
    scream = page.url
    assert "astronaut" not in scream
    page.get_by_role("button", name="Example: coffee").click()
    page.wait_for_function("document.querySelectorAll('#history .result').length === 5")
    page.locator("#history .undo").click()
    page.wait_for_function("document.querySelector('#photo img').src.includes('astronaut')")
    facts.get_by_text(f"The Scream · {SIDE} x {SIDE}").wait_for()
    page.keyboard.press("Control+z")
    facts.get_by_text(f"Wheat Field with Cypresses · {SIDE} x {SIDE}").wait_for()
    page.wait_for_function("!location.search.includes('style')")
    assert tile(page, opening.STYLE).get_attribute("aria-pressed") == "true"
    page.locator("#history .result").nth(3).click()
    facts.get_by_text("The Scream").wait_for()
    page.wait_for_function("url => location.href === url", arg=scream)
    assert page.locator("#history .result").count() == 5, "nothing is painted anew, nothing lost"


def test_a_link_brings_style_strength_and_options(desktop: BrowserContext, app: str) -> None:
    """Painted at once, on the photo that the page opens with."""
    for page in arrived(desktop, f"{app}/?style=irises:0.5,scream&strength=0.7&size=128&mix=corners"):
        page.locator("#facts").get_by_text("Irises + The Scream · 192 x 128").wait_for()
        assert page.locator("#strength input[type=number]").input_value() == "0.7"
        assert page.get_by_role("switch", name="Mix up to 4").is_checked()
        assert page.get_by_role("radio", name="Corners").is_checked()
        assert page.get_by_label("Weight of Irises").input_value() == "0.5"
        page.reload()
        page.locator("#facts").get_by_text("Irises + The Scream · 192 x 128").wait_for()


def test_requests_that_come_at_once_end_with_what_was_asked_for_last(page: Page) -> None:
    """Also where the network is so slow that a later one could overtake: none is lost, none comes too late."""
    example(page)
    held = []

    def late(route: Route) -> None:
        held.append(route)
        if len(held) == 1:  # until others would have come and gone
            page.wait_for_timeout(1500)
        route.continue_()

    page.route("**/queue/join*", late)
    page.locator("#photo button[aria-label*=emove], #photo button[aria-label*=lear]").first.click()
    page.get_by_role("button", name="Example: coffee").click()
    page.locator("#photo img").wait_for()
    tile(page, "irises").click()
    tile(page, "scream").click()
    page.locator("#facts").get_by_text(f"The Scream · 192 x {SIDE} pixels").wait_for()
    page.unroute("**/queue/join*")
    page.wait_for_timeout(1000)
    assert page.locator("#facts").inner_text().startswith("The Scream · 192") and shown(page)


def test_after_a_refusal_what_was_asked_for_meanwhile_is_painted(page: Page, photo: Callable[..., Path]) -> None:
    """Gradio forgets it if the first one ends with an error."""
    example(page)
    page.locator("#photo input[type=file]").set_input_files(photo(3, 400, 16))
    page.locator("#photo img[src*=photo-3]").wait_for()
    set_number(page, "#size", 1504)
    tile(page, "irises").click()
    set_number(page, "#size", 16 * 8)
    page.locator("#facts").get_by_text("Irises · ").wait_for()


def test_axe_finds_nothing_serious(page: Page) -> None:
    """Empty, with a result, and in every mode; light and dark."""
    found = find_spec("axe_playwright_python")
    assert found is not None and found.origin is not None
    script = Path(found.origin).with_name("axe.min.js").read_text(encoding="utf-8")

    def check(where: str) -> None:
        page.evaluate(  # settled: an animation that is given up on the way rejects what waits for it
            "Promise.allSettled(document.getAnimations().map((a) => a.effect.getTiming().iterations < 9 && a.finished))"
            ".then(() => null)"
        )
        page.evaluate(script)
        result = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        bad = [
            (v["id"], [n["html"][:120] for n in v["nodes"][:3]])
            for v in result["violations"]
            if v["impact"] in ("serious", "critical")
        ]
        assert not bad, (where, bad)

    check("empty")
    example(page)
    painted(page, tile(page, "scream").click)
    mix(page)
    painted(page, tile(page, "irises").click)
    check("result")
    for name, control in CONTROLS.items():
        page.get_by_role("radio", name=name).check()
        page.locator(control).wait_for()
        check(name)
    page.emulate_media(color_scheme="dark")
    page.wait_for_selector("body.dark")
    check("dark")
