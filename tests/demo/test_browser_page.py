"""The page without a server in real browsers: it paints what the library paints, and nothing leaves the machine.

Each promise is held in Chromium and in Firefox. Needs Playwright, both browsers, and npm, which fetches
onnxruntime-web (or ONNXRUNTIME_WEB: its archive or unpacked folder).
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
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import chromium
import firefox
import numpy as np
import pytest
from patience import PATIENCE
from PIL import Image
from visits import visit

from adain_core import AdaIN, Style, builtin_styles

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, ProxySettings, ViewportSize

pytestmark = pytest.mark.needs("playwright", "axe_playwright_python", "npm", "onnxscript", "onnxruntime")

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


class Host(http.server.ThreadingHTTPServer):
    """A plain host of files, one that sets no headers."""

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), functools.partial(Files, directory=str(folder)))
        self.address = f"http://127.0.0.1:{self.server_port}/"
        self.sends_networks = threading.Event()
        self.sends_networks.set()


class Files(http.server.SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path.endswith(".onnx.z"):
            cast(Host, self.server).sends_networks.wait()
        super().do_GET()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def host(site: Path) -> Iterator[Host]:
    with Host(site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(scope="module")
def address(host: Host) -> str:
    return host.address


@pytest.fixture(scope="module")
def downloads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where Firefox saves."""
    return tmp_path_factory.mktemp("downloads")


@pytest.fixture(
    scope="module", params=[pytest.param(name, marks=pytest.mark.needs(name)) for name in ("chromium", "firefox")]
)
def browser(request: pytest.FixtureRequest, downloads: Path) -> Iterator[Browser]:
    starts = {"chromium": chromium.chromium, "firefox": functools.partial(firefox.firefox, downloads)}
    with starts[request.param]() as started:
        yield started


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Elsewhere]:
    """All other hosts, as a proxy that visitors have: none of them is ever asked."""
    with Elsewhere(("127.0.0.1", 0), Refusing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


class Elsewhere(http.server.ThreadingHTTPServer):
    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.asked: list[str] = []

    def proxy(self) -> ProxySettings:
        return {"server": f"http://127.0.0.1:{self.server_port}", "bypass": "127.0.0.1"}


class Refusing(http.server.BaseHTTPRequestHandler):
    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline()
        if self.raw_requestline and self.parse_request():
            cast(Elsewhere, self.server).asked.append(self.path)
            self.send_error(403)
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def lite() -> AdaIN:
    return AdaIN.from_pretrained("lite", device="cpu", dtype="float32")


@pytest.fixture(scope="module")
def visitor(browser: Browser, elsewhere: Elsewhere) -> Iterator[BrowserContext]:
    """One visitor for most tests: what the first page kept is there for the others."""
    viewport: ViewportSize = {"width": 1280, "height": 900}
    with closing(browser.new_context(viewport=viewport, accept_downloads=True, proxy=elsewhere.proxy())) as context:
        yield context
        assert not elsewhere.asked


@contextmanager
def without_service_worker(browser: Browser) -> Iterator[BrowserContext]:
    """A visitor whose browser has none. In Firefox that is a matter of the whole program."""
    if browser.browser_type.name == "chromium":
        with closing(browser.new_context(service_workers="block")) as context:
            yield context
        return
    with closing(browser.browser_type.launch(**firefox.options(**{"dom.serviceWorkers.enabled": False}))) as started:
        yield started.new_context()


@pytest.fixture
def page(visitor: BrowserContext, address: str) -> Iterator[Page]:
    """The page with its first picture, small."""
    yield from opened(visitor, f"{address}#{SMALL}style=scream")


def opened(context: BrowserContext, url: str) -> Iterator[Page]:
    """The page with its first picture; errors of scripts fail the test."""
    with visit(context, url) as page:
        page.wait_for_selector("html[data-ready]")
        settle(page)
        yield page


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


def saved(page: Page, button: str, downloads: Path) -> Path:
    """The file that a button gives, under its name."""
    press = page.get_by_role("button", name=button)
    if page.context.browser.browser_type.name == "chromium":
        with page.expect_download() as download:
            press.click()
        # in a folder of its own: where a file of that name is, Firefox would give its own another one
        download.value.save_as(file := downloads / "chromium" / download.value.suggested_filename)
        return file
    before = set(downloads.iterdir())  # of what Firefox saves, Playwright hears nothing
    press.click()
    deadline = time.monotonic() + PATIENCE
    while not (new := [each for each in set(downloads.iterdir()) - before if finished(each)]):
        assert time.monotonic() < deadline, sorted(downloads.iterdir())
        page.wait_for_timeout(50)
    return new[0]


def finished(path: Path) -> bool:
    return path.suffix != ".part" and path.stat().st_size > 0


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
        beyond = lite.stylize(photo, mix, alpha=1.5, color="luminance", size=256)
        assert differs(page, beyond) <= 2, "a strength above 1 enlarges how sums were rounded, too"


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
    page: Page, lite: AdaIN, photo_of: Callable[..., Path], downloads: Path
) -> None:
    """A picture's style is saved, read by the library, and by the page again."""
    picture, photo = photo_of("astronaut", 600, 640), photo_of("chelsea", 96, 80)
    give(page, photo)
    page.locator("#style-file").set_input_files(picture)
    page.locator("#chosen strong", has_text=picture.stem).wait_for()
    settle(page)
    assert differs(page, lite.stylize(Image.open(photo), Image.open(picture))) <= 1
    file = saved(page, "Save as a style file", downloads)
    assert file.name == f"{picture.stem}.safetensors"
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


def test_the_download_is_the_picture(page: Page, downloads: Path) -> None:
    file = saved(page, "Download", downloads)
    assert file.name == "chelsea_scream.png"
    assert differs(page, Image.open(file)) == 0


def test_no_request_leaves_the_origin(visitor: BrowserContext, address: str, elsewhere: Elsewhere) -> None:
    """None is sent while the page is used, and a script of the page could send none."""
    page = visitor.new_page()
    page.goto(address)
    page.wait_for_selector("html[data-ready]", timeout=PATIENCE * 1000)
    assert page.evaluate("fetch('http://elsewhere.example/?photo').then(() => 'sent', () => 'refused')") == "refused"
    assert not elsewhere.asked
    page.goto("http://elsewhere.example/")  # it would have been noticed
    page.close()
    assert "http://elsewhere.example/" in elsewhere.asked
    elsewhere.asked.clear()


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
    with without_service_worker(browser) as context:
        for page in opened(context, f"{address}#{SMALL}style=scream"):
            page.locator("#computes", has_text="Threads: 1").wait_for()
            assert differs(page, lite.stylize(ROOT / "examples" / "chelsea.jpg", "scream", size=256)) <= 1
            assert page.evaluate("navigator.serviceWorker?.controller ?? null") is None


def test_photo_and_styles_are_there_before_the_network_has_come(browser: Browser, host: Host) -> None:
    """A visitor chooses meanwhile, and sees what is awaited."""
    with without_service_worker(browser) as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE * 1000)
        host.sends_networks.clear()
        try:
            page.goto(f"{host.address}#{SMALL}style=scream")
            page.wait_for_selector("#photo[aria-label$='chelsea']")
            assert page.evaluate("document.querySelector('#photo').width") == 451
            assert "Loading the network" in page.locator("#facts").inner_text()
            page.locator("#sheet [data-key='irises']").click()
            assert page.get_attribute("#view", "aria-busy") == "true"
        finally:
            host.sends_networks.set()
        page.wait_for_selector("html[data-ready]")
        settle(page)
        assert "irises" in page.evaluate("location.hash") and shown(page).shape == (256, 385, 3)


@pytest.mark.parametrize("way", ["paste", "drop"])
def test_a_photo_comes_by(page: Page, way: str) -> None:
    page.evaluate(
        """async (way) => {
             const data = new DataTransfer(), blob = await (await fetch('examples/coffee.jpg')).blob();
             data.items.add(new File([blob], `${way}.jpg`, { type: blob.type }));
             if (way === 'paste')  // Firefox lets no script make a ClipboardEvent with files
               return void dispatchEvent(Object.assign(new Event('paste'), { clipboardData: data }));
             const drop = new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true });
             document.querySelector('#view').dispatchEvent(drop);
           }""",
        way,
    )
    page.wait_for_selector(f"#photo[aria-label$={way}]")
    settle(page)
    assert shown(page).shape == (256, 384, 3)


def test_a_camera_is_painted_live_and_takes_the_photo(visitor: BrowserContext, address: str) -> None:
    """A camera that the browser imitates. Stopped, the photo from before is back."""
    for page in opened(visitor, f"{address}#{SMALL}style=scream"):
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


WEBGPU = """async ([address, change]) => {
  const { Networks } = await import(`${address}engine/networks.js`);
  const { Content } = await import(`${address}engine/transfer.js`);
  const { reduced } = await import(`${address}engine/resize.js`);
  const { read } = await import(`${address}page/pictures.js`);
  const networks = await Networks.load(() => {});
  const declined = await Networks.quicker(), found = await Networks.quicker(() => true);
  networks.trial = async (side) => {
    const told = await Networks.prototype.trial.call(networks, Math.min(side, 64));  // larger ones would take minutes
    return change[networks.provider]?.picture === "other" ? { ...told, picture: told.picture.map((x) => x + 3 / 255) }
         : { ...told, ...change[networks.provider] };
  };
  await networks.accelerate(found);
  const photo = await read(new File([await (await fetch(`${address}examples/coffee.jpg`)).blob()], "coffee.jpg"));
  const number = networks.about.styles.findIndex(({ key }) => key === "scream");
  const content = new Content(networks, reduced(photo, 64));
  const { data, width, height } = await content.paint(networks.style(number), 1, "style");
  const rows = Array.from({ length: height }, (_, y) => Array.from(data.subarray(4 * width * y, 4 * width * (y + 1))));
  return { declined: !declined, provider: networks.provider, rows };
}"""
"""Trials with a card, of which the test changes what came out, then a picture as it is painted from then on."""


@pytest.fixture(scope="module")
def imitated_card(browser: Browser) -> Iterator[Browser]:
    """Chromium with a card that it imitates on the CPU. The page itself would not try such a one."""
    flags = [*chromium.FLAGS, "--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"]
    with closing(browser.browser_type.launch(executable_path=chromium.CHROMIUM, args=flags)) as started:
        yield started


@pytest.mark.slow
@pytest.mark.needs("chromium")
@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
@pytest.mark.parametrize(
    ("change", "provider"),
    [
        pytest.param({"wasm": {"seconds": 1e9}}, "webgpu", id="alike-and-sooner"),
        pytest.param({"wasm": {"seconds": 0}}, "wasm", id="alike-but-later"),
        pytest.param(
            {"wasm": {"seconds": 1e9}, "webgpu": {"picture": "other"}}, "wasm", id="sooner-but-another-picture"
        ),
    ],
)
def test_webgpu_computes_only_where_its_picture_is_alike_and_sooner(
    imitated_card: Browser, address: str, lite: AdaIN, change: dict[str, Any], provider: str
) -> None:
    """Whatever computes in the end paints what the library paints."""
    with closing(imitated_card.new_context(service_workers="block")) as context:
        page = context.new_page()
        page.goto(f"{address}page/words.js")  # a document of the same origin that computes nothing
        tried = page.evaluate(WEBGPU, [address, change])
    assert tried["declined"] and tried["provider"] == provider
    expected = np.asarray(lite.stylize(ROOT / "examples" / "coffee.jpg", "scream", size=64)).astype(int)
    found = np.asarray(tried["rows"]).reshape(*expected.shape[:2], 4)[..., :3]
    assert np.abs(found - expected).max() <= 1


def test_without_webgpu_webassembly_computes(page: Page) -> None:
    page.locator("#computes", has_text="Threads").wait_for()


@pytest.mark.parametrize(("locale", "says"), [("zh-CN", "强度"), ("ja-JP", "強さ"), ("fr-FR", "Strength")])
def test_it_speaks_the_browsers_language(browser: Browser, address: str, locale: str, says: str) -> None:
    with closing(browser.new_context(locale=locale)) as context:
        page = context.new_page()
        page.goto(address)
        page.get_by_text(says, exact=True).wait_for()
        assert page.get_attribute("html", "lang") == ("en" if locale == "fr-FR" else locale[:2])


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
    """Desktop and phone, light and dark, one style and several."""
    found = find_spec("axe_playwright_python")
    assert found is not None and found.origin is not None
    page.evaluate(Path(found.origin).with_name("axe.min.js").read_text(encoding="utf-8"))
    page.locator("#many").check()
    choose(page, "irises")
    for width, height in ((1280, 900), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        for scheme in ("light", "dark"):
            if page.context.browser.browser_type.name == "chromium":  # Firefox cannot be told
                page.emulate_media(color_scheme=scheme)
            page.wait_for_timeout(300)  # thumbnails fade
            result = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
            bad = [
                (v["id"], [n["html"][:120] for n in v["nodes"][:3]])
                for v in result["violations"]
                if v["impact"] in ("serious", "critical")
            ]
            assert not bad, (width, scheme, bad)


OVERLAPPING = """() => {
  const all = [...document.querySelectorAll('button, select, input:not(#compare)')].filter((each) => each.offsetWidth);
  const boxes = all.map((each) => each.getBoundingClientRect()), found = [];
  const shared = (p, q, [start, end]) => Math.min(p[end], q[end]) - Math.max(p[start], q[start]) > 1;
  for (const [n, p] of boxes.entries())
    for (const [k, q] of boxes.entries())
      if (k < n && shared(p, q, ['left', 'right']) && shared(p, q, ['top', 'bottom']))
        found.push([all[n].outerHTML.slice(0, 80), all[k].outerHTML.slice(0, 80)]);
  return found;
}"""
"""Pairs of what can be pressed that lie on each other. The handle over the picture lies under its button on purpose."""


@pytest.mark.parametrize("locale", ["en-US", "zh-CN", "ja-JP"])
def test_nothing_overlaps_or_overflows(browser: Browser, address: str, locale: str) -> None:
    """From small phones on, with several styles, in every language."""
    with closing(browser.new_context(locale=locale)) as context:
        for page in opened(context, f"{address}#{SMALL}style=scream,irises"):
            for width in (1440, 900, 390, 360):
                page.set_viewport_size({"width": width, "height": 800})
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
                assert not page.evaluate(OVERLAPPING), width


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
