"""The page without a server in Chromium, beside the same network here: the first picture, and pictures a second.

    python demo/make_browser_page.py site
    python -m benchmarks.browser site [--chromium /usr/bin/chromium] [--rounds 20]

Pictures a second are those of the page's camera: each is encoded, painted and given back as 8-bit pixels.
"""

from __future__ import annotations

import argparse
import functools
import http.server
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from adain_core import AdaIN
from benchmarks.machine import median_seconds, print_table

SIDES = (256, 384)
PHOTO = Path(__file__).parents[1] / "examples" / "astronaut.jpg"

FRAMES = """async ([side, rounds]) => {
  const { Engine } = await import('/page/engine.js');
  const engine = new Engine(() => {});
  await engine.ready;
  const data = new Uint8ClampedArray(4 * side * side).map((_, i) => (i * 7919) % 251);
  const picture = { width: side, height: side, data };
  const seconds = [];
  for (let round = 0; round < rounds + 3; round++) {
    const start = performance.now();
    await engine.ask('frame', { picture, styles: [{ number: 0, weight: 1 }], alpha: 1, colours: 'style' });
    seconds.push((performance.now() - start) / 1000);
  }
  engine.worker.terminate();
  return seconds.slice(3).sort((a, b) => a - b)[rounds >> 1];
}"""


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("site", type=Path, help="folder made by demo/make_browser_page.py")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    parser.add_argument("--rounds", type=int, default=20)
    given = parser.parse_args()
    with http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(_Quiet, directory=str(given.site))
    ) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        measure(f"http://127.0.0.1:{server.server_port}/", given.chromium, given.rounds)
        server.shutdown()


def measure(address: str, chromium: str, rounds: int) -> None:
    """Print both tables."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-dev-shm-usage"])
        page = browser.new_page()
        rows = []
        for visit in ("first visit", "again"):
            start = time.perf_counter()
            page.goto(address)
            page.wait_for_selector("html[data-ready] #view[aria-busy=false]")
            rows.append({"": visit, "seconds": time.perf_counter() - start})
            page.wait_for_timeout(30_000 if visit == "first visit" else 0)  # what it keeps for later
        print_table("From the address to the first picture", rows)
        page.goto(f"{address}page/words.js")  # of the same origin, but computes nothing, unlike the page
        painted = {f"browser, {side}x{side}": page.evaluate(FRAMES, [side, rounds]) for side in SIDES}
        browser.close()
    model = AdaIN.from_pretrained("lite", device="cpu", dtype="float32")
    style = model.stored_style("starry-night")
    for side in SIDES:
        photo = np.asarray(Image.open(PHOTO).convert("RGB").resize((side, side)))
        call = functools.partial(model.stylize, photo, style)
        painted |= median_seconds({f"here, {side}x{side}": call}, rounds)
    print_table(
        "Pictures a second", [{"": name, "ms": 1000 * t, "a second": 1 / t} for name, t in sorted(painted.items())]
    )


if __name__ == "__main__":
    main()
