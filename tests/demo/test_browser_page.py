"""The page without a server in a real Chromium: it paints what the library paints, and nothing leaves the machine.

Needs Playwright, Chromium, and npm, which fetches onnxruntime-web (or ONNXRUNTIME_WEB: its archive or unpacked folder).
"""

from __future__ import annotations

import base64
import functools
import http.server
import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from chromium import CHROMIUM, FLAGS, chromium
from patience import PATIENCE
from PIL import Image

from adain_core import AdaIN, Style, builtin_styles

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.needs("playwright", "axe_playwright_python", "chromium", "npm", "onnxscript", "onnxruntime")

ROOT = Path(__file__).parents[2]
MAKE = ROOT / "demo" / "make_browser_page.py"
STYLES = ("scream", "starry-night", "water-lily-pond")
SMALL = "size=256&"


def made(folder: Path, *runtime: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(MAKE), str(folder), *runtime], capture_output=True, text=True)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder, as the command makes it."""
    folder = tmp_path_factory.mktemp("made") / "site"
    given = os.environ.get("ONNXRUNTIME_WEB")
    done = made(folder, *(["--runtime", given] if given else []))
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """Where a plain host of files serves it, one that sets no headers."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(site))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def lite() -> AdaIN:
    return AdaIN.from_pretrained("lite", device="cpu", dtype="float32")


@pytest.fixture(scope="module")
def visitor(browser: Browser, address: str) -> Iterator[BrowserContext]:
    """One visitor for most tests: what the first page kept is there for the others."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    yield context
    context.close()


@pytest.fixture
def page(visitor: BrowserContext, address: str) -> Iterator[Page]:
    """The page with its first picture, small."""
    yield from opened(visitor, f"{address}#{SMALL}style=scream")


def opened(context: BrowserContext, url: str) -> Iterator[Page]:
    """The page with its first picture; other hosts and errors of scripts fail the test."""
    page = context.new_page()
    page.set_default_timeout(PATIENCE * 1000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    context.on(
        "request",
        lambda asked: None if asked.url.startswith((url.split("#")[0], "blob:", "data:")) else errors.append(asked.url),
    )
    page.goto(url)
    page.wait_for_selector("html[data-ready]")
    settle(page)
    yield page
    page.close()
    assert not errors, errors


def settle(page: Page) -> None:
    """Until the picture is what is wanted."""
    page.wait_for_selector("#view[aria-busy=false]")


def give(page: Page, file: Path) -> None:
    """A photo, and its picture."""
    page.locator("#file").set_input_files(file)
    page.wait_for_selector(f"#photo[aria-label$='{file.stem}']")
    settle(page)


def choose(page: Page, style: str) -> None:
    page.locator(f"#sheet [data-key='{style}']").click()
    settle(page)


def shown(page: Page) -> np.ndarray:
    """The painted picture, (H, W, 3)."""
    url = page.evaluate("document.querySelector('#result').toDataURL('image/png')")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(url.split(",")[1]))).convert("RGB")).astype(int)


def differs(page: Page, wanted: Image.Image) -> int:
    """The largest difference to a picture, in levels of 255."""
    found, expected = shown(page), np.asarray(wanted.convert("RGB")).astype(int)
    assert found.shape == expected.shape
    return int(np.abs(found - expected).max())


@pytest.fixture(scope="module")
def photo_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """An example photo in a size, as PNG."""
    folder = tmp_path_factory.mktemp("photos")

    def make(name: str, width: int, height: int) -> Path:
        path = folder / f"{name}-{width}x{height}.png"
        with Image.open(ROOT / "examples" / f"{name}.jpg") as photo:
            photo.convert("RGB").resize((width, height)).save(path)
        return path

    return make


@pytest.mark.parametrize(
    ("name", "width", "height"), [("astronaut", 128, 136), ("chelsea", 151, 99), ("coffee", 13, 40)]
)
def test_it_paints_what_the_library_paints(
    page: Page, lite: AdaIN, photo_of: Callable[..., Path], name: str, width: int, height: int
) -> None:
    """Also at sides that are no multiple of 8, and below what the network needs."""
    photo = photo_of(name, width, height)
    give(page, photo)
    for style in STYLES:
        choose(page, style)
        assert differs(page, lite.stylize(Image.open(photo), style)) <= 1, style


def test_a_link_shows_the_same(visitor: BrowserContext, address: str, lite: AdaIN) -> None:
    """Styles by weights, a strength, the photo's colours, a smaller size: all of the first example, a JPEG."""
    url = f"{address}#style=scream:0.25,water-lily-pond&strength=0.6&colours=photo&size=256"
    for page in opened(visitor, url):
        mix = [("scream", 0.25), ("water-lily-pond", 1.0)]
        photo = ROOT / "examples" / "chelsea.jpg"
        assert differs(page, lite.stylize(photo, mix, alpha=0.6, color="luminance", size=256)) <= 1
        assert page.evaluate("location.href") == url
        page.locator("#strength").fill("1.5")
        settle(page)
        assert "strength=1.5" in page.evaluate("location.href")
        assert differs(page, lite.stylize(photo, mix, alpha=1.5, color="luminance", size=256)) <= 1


@pytest.mark.parametrize(
    ("width", "height"), [(1500, 1000), pytest.param(3000, 2000, marks=pytest.mark.slow)], ids=["1500", "3000"]
)
def test_tiles_give_the_whole_picture(
    visitor: BrowserContext, address: str, lite: AdaIN, photo_of: Callable[..., Path], width: int, height: int
) -> None:
    photo = photo_of("coffee", width, height)
    for page in opened(visitor, f"{address}#style=scream&size=full"):
        give(page, photo)
        expected = np.asarray(lite.stylize(Image.open(photo), "scream")).astype(int)
        away = np.abs(shown(page) - expected)
        assert away.max() <= 2 and (away > 1).mean() < 1e-5


def test_a_long_painting_can_be_cancelled(page: Page, photo_of: Callable[..., Path]) -> None:
    """The page goes on with what is asked for next."""
    page.locator("#file").set_input_files(photo_of("coffee", 3000, 2000))
    page.wait_for_selector("#size option[value='1536']", state="attached")
    page.locator("#size").select_option("full")
    page.get_by_role("button", name="Cancel").click()
    page.locator("#alert", has_text="Cancelled").wait_for()
    page.locator("#size").select_option("256")
    settle(page)
    assert shown(page).shape == (256, 384, 3)


def test_every_style_is_painted_on_the_visitors_photo(page: Page, photo_of: Callable[..., Path]) -> None:
    give(page, photo_of("coffee", 64, 48))
    while page.locator("#sheet .old").count():
        page.wait_for_timeout(100)
    pictures = page.evaluate("[...document.querySelectorAll('#sheet .style canvas')].map((c) => c.toDataURL())")
    assert len(pictures) == len(set(pictures)) == len(builtin_styles(""))


def test_own_styles_are_files_of_the_program(
    page: Page, lite: AdaIN, photo_of: Callable[..., Path], tmp_path: Path
) -> None:
    """A picture's style is saved, read by the library, and by the page again."""
    picture, photo = photo_of("astronaut", 600, 640), photo_of("chelsea", 96, 80)
    give(page, photo)
    page.locator("#style-file").set_input_files(picture)
    page.locator("#chosen strong", has_text=picture.stem).wait_for()
    settle(page)
    assert differs(page, lite.stylize(Image.open(photo), Image.open(picture))) <= 1
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as a style file").click()
    file = tmp_path / "own.safetensors"
    download.value.save_as(file)
    style, expected = Style.load(file), lite.encode_style(picture)
    assert style.encoder == lite.encoder_id and style.name == picture.stem and file.stat().st_size < 4600
    np.testing.assert_allclose(style.mean, expected.mean, atol=2e-3)
    np.testing.assert_allclose(style.std, expected.std, atol=2e-3)
    style = builtin_styles(lite.encoder_id)["irises"]
    style.save(file)
    page.locator("#style-file").set_input_files(file)
    page.locator("#chosen strong", has_text="irises").wait_for()
    settle(page)
    assert differs(page, lite.stylize(Image.open(photo), style)) <= 1


def test_a_broken_file_is_refused_in_a_line_and_the_page_goes_on(page: Page, tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG no picture")
    page.locator("#file").set_input_files(broken)
    page.locator("#alert", has_text="broken.png is no picture").wait_for()
    wrong = tmp_path / "wrong.safetensors"
    builtin_styles("")["irises"].save(wrong)  # of the other network
    page.locator("#style-file").set_input_files(wrong)
    page.locator("#alert", has_text="wrong.safetensors is no style file").wait_for()
    before = shown(page)
    choose(page, "irises")
    assert (shown(page) != before).any()


def test_the_download_is_the_picture(page: Page) -> None:
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    assert download.value.suggested_filename == "chelsea_scream.png"
    assert differs(page, Image.open(download.value.path())) == 0


def test_it_works_without_a_network_after_the_first_visit(browser: Browser, address: str) -> None:
    context = browser.new_context()
    for page in opened(context, f"{address}#{SMALL}style=scream"):
        page.locator("#state", has_text="Works without a network").wait_for()
        first = shown(page)
        context.set_offline(True)
        page.reload()
        page.wait_for_selector("html[data-ready]")
        settle(page)
        assert (shown(page) == first).all()
        page.get_by_role("button", name="Example: coffee").click()
        page.wait_for_selector("#photo[aria-label$=coffee]")
    context.close()


def test_a_host_without_headers_gives_threads_by_the_service_worker(page: Page) -> None:
    assert page.evaluate("crossOriginIsolated")


def test_it_works_without_threads_and_service_worker(browser: Browser, address: str, lite: AdaIN) -> None:
    context = browser.new_context(service_workers="block")
    for page in opened(context, f"{address}#{SMALL}style=scream"):
        page.locator("#computes", has_text="Threads: 1").wait_for()
        assert differs(page, lite.stylize(ROOT / "examples" / "chelsea.jpg", "scream", size=256)) <= 1
    context.close()


@pytest.mark.parametrize("way", ["paste", "drop"])
def test_a_photo_comes_by(page: Page, way: str) -> None:
    page.evaluate(
        """async (way) => {
             const data = new DataTransfer(), blob = await (await fetch('examples/coffee.jpg')).blob();
             data.items.add(new File([blob], `${way}.jpg`, { type: blob.type }));
             if (way === 'paste') return void dispatchEvent(new ClipboardEvent('paste', { clipboardData: data }));
             const drop = new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true });
             document.querySelector('#view').dispatchEvent(drop);
           }""",
        way,
    )
    page.wait_for_selector(f"#photo[aria-label$={way}]")
    settle(page)
    assert shown(page).shape == (256, 384, 3)


def test_a_camera_is_painted_live_and_takes_the_photo(browser: Browser, address: str) -> None:
    """A camera that Chromium imitates. Stopped, the photo from before is back."""
    camera = [*FLAGS, "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    started = browser.browser_type.launch(executable_path=CHROMIUM, args=camera)
    for page in opened(started.new_context(), f"{address}#{SMALL}style=scream"):
        before = shown(page)
        page.get_by_role("button", name="Camera").click()
        page.locator("#facts", has_text="pictures a second").wait_for()
        assert shown(page).shape[0] == 256 and shown(page).shape != before.shape
        page.get_by_role("button", name="Stop").click()
        settle(page)
        assert (shown(page) == before).all()
        page.get_by_role("button", name="Camera").click()
        page.get_by_role("button", name="Take the photo").click()
        page.wait_for_selector("#photo[aria-label$=photo]")
        settle(page)
        assert "pixels" in page.locator("#facts").inner_text() and shown(page).shape != before.shape
    started.close()


@pytest.mark.slow
def test_webgpu_is_taken_only_if_its_picture_is_alike_and_sooner(browser: Browser, address: str) -> None:
    """Here it is a card imitated on the CPU: not tried by the page, and slower where it is."""
    imitated = [*FLAGS, "--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"]
    started = browser.browser_type.launch(executable_path=CHROMIUM, args=imitated)
    page = started.new_context(service_workers="block").new_page()
    page.goto(f"{address}page/words.js")  # a document of the same origin that computes nothing
    tried = page.evaluate(
        """async (address) => {
             const { Networks } = await import(`${address}engine/networks.js`);
             const networks = await Networks.load(() => {});
             const declined = await Networks.quicker(), found = await Networks.quicker(() => true);
             const byWasm = await networks.trial(64);
             await networks.accelerate(found);
             const taken = networks.provider;
             await networks.start(found.runtime, found.wasm, 'ort-wasm-simd-threaded.asyncify', 'webgpu');
             const byGpu = await networks.trial(64);
             const away = Math.max(...byGpu.picture.map((x, i) => Math.abs(x - byWasm.picture[i])));
             return { declined: !declined, taken, away };
           }""",
        address,
    )
    assert tried["declined"] and 0 < tried["away"] < 2 / 255
    assert tried["taken"] == "wasm"
    started.close()


@pytest.mark.parametrize(("locale", "says"), [("zh-CN", "强度"), ("ja-JP", "強さ"), ("fr-FR", "Strength")])
def test_it_speaks_the_browsers_language(browser: Browser, address: str, locale: str, says: str) -> None:
    context = browser.new_context(locale=locale, service_workers="block")
    page = context.new_page()
    page.goto(address)
    page.get_by_text(says, exact=True).wait_for()
    assert page.get_attribute("html", "lang") == ("en" if locale == "fr-FR" else locale[:2])
    context.close()


def test_every_language_has_every_word() -> None:
    text = (ROOT / "demo" / "browser" / "site" / "page" / "words.js").read_text(encoding="utf-8")
    code = text.split("const language")[0] + "console.log(JSON.stringify(WORDS))"
    words = json.loads(subprocess.run(["node", "-e", code], capture_output=True, text=True, check=True).stdout)
    places = {key: text.count("{") for key, text in words["en"].items()}
    assert all({key: text.count("{") for key, text in each.items()} == places for each in words.values())


def test_all_by_keyboard(page: Page) -> None:
    """The whole sheet is one stop of the Tab key, arrows move within; the handle moves by arrows."""

    def tab_to(selector: str) -> None:
        for _ in range(30):
            if page.evaluate("s => document.activeElement.matches(s)", selector):
                return
            page.keyboard.press("Tab")
        raise AssertionError(f"{selector} was not reached")

    tab_to("#compare")
    page.keyboard.press("ArrowRight")
    assert page.locator("#compare").input_value() == "36"
    tab_to("#strength")
    page.keyboard.press("ArrowLeft")
    settle(page)
    tab_to("#sheet button")
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    settle(page)
    assert page.evaluate("location.hash") == "#style=irises&strength=0.99&size=256"
    page.keyboard.press("Tab")
    assert not page.evaluate("Boolean(document.activeElement.closest('#sheet'))")


def test_axe_finds_nothing_serious(page: Page) -> None:
    """Desktop and phone, light and dark, one style and several; nothing overflows."""
    found = find_spec("axe_playwright_python")
    assert found is not None and found.origin is not None
    page.evaluate(Path(found.origin).with_name("axe.min.js").read_text(encoding="utf-8"))
    page.locator("#many").check()
    choose(page, "irises")
    for width, height in ((1280, 900), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.wait_for_timeout(300)  # thumbnails fade
            result = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
            bad = [
                (v["id"], [n["html"][:120] for n in v["nodes"][:3]])
                for v in result["violations"]
                if v["impact"] in ("serious", "critical")
            ]
            assert not bad, (width, scheme, bad)


def test_the_first_visit_costs_less_than_six_megabytes(site: Path) -> None:
    kept = json.loads((site / "kept.js").read_text(encoding="utf-8").split("self.KEPT = ")[1].rstrip(";\n"))
    assert "model/about.json" in kept and sum((site / path).stat().st_size for path in kept if path != "./") < 6e6


def test_another_runtime_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.tgz"
    other.write_bytes(b"something else")
    done = made(tmp_path / "site", "--runtime", str(other))
    assert done.returncode == 1 and "integrity" in done.stderr and len(done.stderr.splitlines()) == 1
    assert not list(tmp_path.glob("*site*"))


def test_a_folder_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    done = made(tmp_path)
    assert done.returncode == 2 and "is there already" in done.stderr and not list(tmp_path.iterdir())


def test_the_header_is_one_that_a_static_space_takes(site: Path) -> None:
    text = (site / "README.md").read_text(encoding="utf-8").split("---")[1]
    lines = dict(line.strip().split(": ", 1) for line in text.splitlines() if ": " in line)
    assert lines["sdk"] == "static" and (site / lines["app_file"]).is_file() and len(lines["short_description"]) <= 60
    assert lines["cross-origin-embedder-policy"] == "require-corp"
    assert lines["cross-origin-opener-policy"] == "same-origin"
