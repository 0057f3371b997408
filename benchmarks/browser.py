"""The page without a server in browsers: the first picture, pictures a second beside the same network here, memory.

    python demo/make_browser_page.py site
    python -m benchmarks.browser site [--chromium /usr/bin/chromium] [--firefox /usr/bin/firefox-esr] [--rounds 20]

Pictures a second are those of the page's camera: each is encoded, painted and given back as 8-bit pixels. Browsers and
library take turns. Memory is the process's own that holds the page, after so many photos, each of another size and in
another style. A browser that is not there is left out.
"""

from __future__ import annotations

import argparse
import functools
import http.server
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil
import torch
from PIL import Image

from adain_core import AdaIN, builtin_styles
from benchmarks.machine import print_table

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Playwright

SIDES = (256, 384)
PICTURES, STEP = 50, 10
EXAMPLES = Path(__file__).parents[1] / "examples"
PHOTO = EXAMPLES / "astronaut.jpg"
READY = "html[data-ready] #view[aria-busy=false]"

PREPARE = """async () => {
  const { Engine } = await import('/page/engine.js');
  const engine = new Engine(() => {});
  await engine.ready;
  window.frame = async (side) => {
    const data = new Uint8ClampedArray(4 * side * side).map((_, i) => (i * 7919) % 251);
    const picture = { width: side, height: side, data }, start = performance.now();
    await engine.ask('frame', { picture, styles: [{ number: 0, weight: 1 }], alpha: 1, colours: 'style' });
    return (performance.now() - start) / 1000;
  };
}"""


class Host(http.server.ThreadingHTTPServer):
    """A plain host of files that counts what it sends."""

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), functools.partial(_Handler, directory=str(folder)))
        self.address, self.sent = f"http://127.0.0.1:{self.server_port}/", 0


class _Handler(http.server.SimpleHTTPRequestHandler):
    def copyfile(self, source: Any, outputfile: Any) -> None:
        content = source.read()
        self.server.sent += len(content)  # type: ignore[attr-defined]
        outputfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("site", type=Path, help="folder made by demo/make_browser_page.py")
    parser.add_argument("--chromium", type=Path, default=Path("/usr/bin/chromium"))
    parser.add_argument("--firefox", type=Path, default=Path("/usr/bin/firefox-esr"))
    parser.add_argument("--rounds", type=int, default=20)
    given = parser.parse_args()
    from playwright.sync_api import sync_playwright

    with Host(given.site) as host, sync_playwright() as playwright:
        threading.Thread(target=host.serve_forever, daemon=True).start()
        starts: Starts = {
            name: start
            for name, path, start in (
                ("Chromium", given.chromium, functools.partial(_chromium, playwright, given.chromium)),
                ("Firefox", given.firefox, functools.partial(_firefox, playwright, given.firefox)),
            )
            if path.is_file()
        }
        print_table("From the address to the first picture", list(first_pictures(starts, host)))
        print_table("Pictures a second", list(frames(starts, host, given.rounds)))
        print_table("Memory of the page's process, MB", list(memory(starts, host)))
        host.shutdown()


@contextmanager
def _chromium(playwright: Playwright, path: Path) -> Iterator[Browser]:
    started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"])
    yield started
    started.close()


@contextmanager
def _firefox(playwright: Playwright, path: Path) -> Iterator[Browser]:
    started = playwright.firefox.launch(channel="moz-firefox", executable_path=path)
    yield started
    started.close()


Starts = dict[str, Callable[[], Any]]


def first_pictures(starts: Starts, host: Host) -> Iterator[dict[str, object]]:
    """Rows: seconds, and what was sent until then, of a first visit and of one more."""
    for name, start in starts.items():
        with start() as browser:
            page = browser.new_page()
            for visit in ("first visit", "again"):
                host.sent, began = 0, time.perf_counter()
                page.goto(host.address)
                page.wait_for_selector(READY)
                took = time.perf_counter() - began
                yield {"": f"{name}, {visit}", "seconds": took, "MB sent": host.sent / 1e6}
                page.locator("#state", has_text="Works without a network").wait_for(timeout=120_000)


def frames(starts: Starts, host: Host, rounds: int) -> Iterator[dict[str, object]]:
    """Rows: the median of pictures that browsers and library paint in turns."""
    model = AdaIN.from_pretrained("lite", device="cpu", dtype="float32")
    style = builtin_styles(model.encoder_id)["starry-night"]
    photos = {side: np.asarray(Image.open(PHOTO).convert("RGB").resize((side, side))) for side in SIDES}

    def here(side: int) -> float:
        start = time.perf_counter()
        model.stylize(photos[side], style)
        return time.perf_counter() - start

    with ExitStack() as stack:
        runners: dict[str, Callable[[int], float]] = {f"adain_core, threads: {torch.get_num_threads()}": here}
        for name, start in starts.items():
            page = stack.enter_context(start()).new_page()
            page.goto(f"{host.address}page/words.js")  # of the same origin, but computes nothing, unlike the page
            page.evaluate(PREPARE)  # in one thread, as the host sets no headers
            runners[f"{name}, threads: 1"] = functools.partial(page.evaluate, "side => frame(side)")
        times: dict[tuple[int, str], list[float]] = {}
        for turn in range(rounds + 1):  # the first round warms up
            for side in SIDES:
                for name, run in runners.items():
                    seconds = run(side)
                    if turn:
                        times.setdefault((side, name), []).append(seconds)
    for (side, name), found in times.items():
        median = sorted(found)[len(found) // 2]
        yield {"": f"{side}x{side}, {name}", "ms": 1000 * median, "a second": 1 / median}


def memory(starts: Starts, host: Host) -> Iterator[dict[str, object]]:
    """Rows: memory of the process with the page after pictures of other sizes, each in another style."""
    with tempfile.TemporaryDirectory() as folder:
        photos = list(_photos(Path(folder)))
        for name, start in starts.items():
            with start() as browser:
                page = browser.new_page()
                page.goto(f"{host.address}#size=256")
                page.wait_for_selector(READY)
                row: dict[str, object] = {"": name, "0": _megabytes()}
                for count, photo in enumerate(photos, 1):
                    _paint(page, photo, count)
                    if count % STEP == 0:
                        row[str(count)] = _megabytes()
                yield row


def _photos(folder: Path) -> Iterator[Path]:
    examples = [Image.open(EXAMPLES / f"{name}.jpg").convert("RGB") for name in ("astronaut", "chelsea", "coffee")]
    for number in range(PICTURES):
        path = folder / f"photo{number}.jpg"
        examples[number % 3].resize((600 + 40 * (number % 10), 1000 - 40 * (number % 7))).save(path)
        yield path


def _paint(page: Page, photo: Path, number: int) -> None:
    page.locator("#file").set_input_files(photo)
    page.wait_for_selector(f"#photo[aria-label$='{photo.stem}']")
    page.locator("#sheet .style").nth(number).click()
    page.wait_for_selector("#view[aria-busy=false]")


def _megabytes() -> float:
    """Of the largest process that shows pages, that nobody shares with it."""
    return max(
        process.memory_full_info().uss / 1e6
        for process in psutil.Process().children(recursive=True)
        if any(part in ("--type=renderer", "tab") for part in process.cmdline())
    )


if __name__ == "__main__":
    main()
