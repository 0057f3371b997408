"""The web page as a user feels it: first page, a picture cold and warm, the strength slider, many requests.

python -m benchmarks.demo            # needs the demo extra, Playwright and Chromium (CHROMIUM, or /usr/bin/chromium)
python -m benchmarks.demo tiles      # the styles on a visitor's photo
python -m benchmarks.demo mixed      # the server's memory over 500 requests of all kinds, a quarter of an hour
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from PIL import Image

from benchmarks.machine import print_table

ROOT = Path(__file__).parent.parent
PHOTO = ROOT / "examples" / "astronaut.jpg"  # 512x512
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")


def start() -> tuple[subprocess.Popen[bytes], str, float]:
    """The app in a process of its own: the process, its address, and when it was started."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    began = time.perf_counter()
    call = [sys.executable, str(ROOT / "demo" / "app.py"), "--port", str(port)]
    return subprocess.Popen(call, stdout=subprocess.DEVNULL), f"http://127.0.0.1:{port}", began


def answers(url: str) -> None:
    """Wait for the first answer."""
    for _ in range(1200):
        try:
            urllib.request.urlopen(url, timeout=5).read()
            return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(url)


def connect(url: str, folder: str) -> Any:
    """A client with some patience."""
    from gradio_client import Client

    return Client(url, verbose=False, download_files=folder, analytics_enabled=False, httpx_kwargs={"timeout": 120})


def post(url: str, body: bytes, headers: dict[str, str]) -> bytes:
    """The answer to a POST."""
    return urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=60).read()


def photos(folder: Path, count: int, side: int) -> list[Path]:
    """Different photos, so that none is remembered from another."""
    source = np.asarray(Image.open(PHOTO).convert("RGB").resize((side, side)))
    paths = [folder / f"{side}-{i}.png" for i in range(count)]
    for i, path in enumerate(paths):
        Image.fromarray(np.roll(source, 8 * i, axis=1)).save(path, compress_level=1)
    return paths


def first_page(page: Any) -> list[dict[str, object]]:
    """From the start of the process to the styles on the screen."""
    process, url, began = start()
    answers(url)
    up = time.perf_counter() - began
    page.goto(url)
    page.wait_for_selector("#styles .tile")
    drawn = time.perf_counter() - began
    try:
        return [
            {"from the start of the process to": "first answer of the server", "seconds": up},
            {"from the start of the process to": "first page in Chromium", "seconds": drawn},
            {"from the start of the process to": "... of which after the server was up", "seconds": drawn - up},
        ]
    finally:
        process.kill()


def one_picture(url: str, folder: Path) -> list[dict[str, object]]:
    """A 512x512 picture in a built-in style through the API, and the same work without the app."""
    import torch

    from adain_core import AdaIN, open_picture

    paths = photos(folder, 9, 512)
    info = json.loads(urllib.request.urlopen(f"{url}/gradio_api/info", timeout=60).read())
    asked = info["named_endpoints"]["/stylize"]["parameters"]

    def ask(path: Path, strength: float = 1.0) -> float:
        """Upload, call and download by plain HTTP, as a browser does; client libraries add their own time."""
        began = time.perf_counter()
        content = path.read_bytes()
        head = b'--edge\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\n'
        kind = {"Content-Type": "multipart/form-data; boundary=edge"}
        [uploaded] = json.loads(post(f"{url}/gradio_api/upload", head + content + b"\r\n--edge--\r\n", kind))
        file = {"path": uploaded, "meta": {"_type": "gradio.FileData"}}
        given = {"photo": file, "styles": "scream", "strength": strength, "size": 512}
        data = [given.get(each["parameter_name"], each["parameter_default"]) for each in asked]
        body = json.dumps({"data": data}).encode()
        event = json.loads(post(f"{url}/gradio_api/call/stylize", body, {"Content-Type": "application/json"}))
        stream = urllib.request.urlopen(f"{url}/gradio_api/call/stylize/{event['event_id']}", timeout=120).read()
        answer = json.loads(stream.decode().split("data: ")[-1])
        urllib.request.urlopen(f"{url}/gradio_api/file={answer[0]['path']}", timeout=60).read()
        return time.perf_counter() - began

    cold = ask(paths[0])
    warm = sorted(ask(path) for path in paths[1:8])[3]
    again = sorted(ask(paths[8], 0.5 + 0.05 * i) for i in range(1, 9))[3]
    model = AdaIN.from_pretrained()
    x = open_picture(PHOTO).tensor()
    f = model.encode(x)

    def network() -> None:
        model.decode(model.encode(x))

    def decode() -> None:
        model.decode(f)

    def seconds(function: Any) -> float:
        times = []
        for _ in range(8):
            began = time.perf_counter()
            function()
            times.append(time.perf_counter() - began)
        return sorted(times[1:])[3]

    with torch.inference_mode():
        both, half = seconds(network), seconds(decode)
    return [
        {"512x512, built-in style": "cold: first request after the start", "seconds": cold, "network": both,
         "overhead": f"{100 * (cold - both) / cold:.0f}%"},
        {"512x512, built-in style": "warm: a new photo", "seconds": warm, "network": both,
         "overhead": f"{100 * (warm - both) / warm:.0f}%"},
        {"512x512, built-in style": "warm: another strength", "seconds": again, "network": half,
         "overhead": f"{100 * (again - half) / again:.0f}%"},
    ]  # fmt: skip


def slider(page: Any, url: str) -> list[dict[str, object]]:
    """The strength slider in Chromium at 512 px: from the key or mouse to the new picture on the screen."""
    page.goto(url)
    page.wait_for_selector("#styles .tile")
    page.get_by_role("button", name="Example: astronaut").click()
    page.wait_for_function("document.querySelector('#facts').innerText.includes('pixels')", timeout=60_000)
    page.locator("#styles .tile[data-key=scream]").click()
    page.wait_for_function("document.querySelector('#facts').innerText.includes('Scream')", timeout=60_000)
    page.wait_for_timeout(1000)
    source = "document.querySelectorAll('#result img')[1]"
    box = page.locator("#strength input[type=range]").bounding_box()

    def until(act: Any, preview: bool) -> float:
        before = page.evaluate(f"{source}.src")
        began = time.perf_counter()
        act()
        page.wait_for_function(
            f"([before, preview]) => {{ const i = {source}; return i.src !== before && i.complete"
            " && i.src.includes('preview') === preview; }",
            arg=[before, preview], timeout=60_000, polling=10,
        )  # fmt: skip
        return time.perf_counter() - began

    moves, releases = [], []
    for i in range(6):
        page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] / 2)
        page.mouse.down()
        x = box["x"] + box["width"] * (0.2 + 0.05 * i)
        moves.append(until(lambda x=x: page.mouse.move(x, box["y"] + box["height"] / 2), True))
        releases.append(until(page.mouse.up, False))
    return [
        {"strength slider at 512x512": "preview while it moves", "seconds, median of 6": sorted(moves)[3]},
        {"strength slider at 512x512": "full size after release", "seconds, median of 6": sorted(releases)[3]},
    ]


def many(process: subprocess.Popen[bytes], url: str, folder: Path) -> list[dict[str, object]]:
    """Fifty requests of ten clients, each with photos of its own; memory of the server's process."""
    from gradio_client import handle_file

    server = psutil.Process(process.pid)
    rows: list[dict[str, object]] = []
    paths = photos(folder, 50, 256)
    peak = 0

    def user(number: int) -> int:
        nonlocal peak
        client, done = connect(url, str(folder)), 0
        for turn in range(5):
            path = paths[5 * number + turn]
            client.predict(photo=handle_file(path), styles="irises", size=256, api_name="/stylize")
            peak = max(peak, server.memory_info().rss)
            done += 1
        return done

    for turn in range(1, 9):
        peak, before = 0, server.memory_info().rss
        began = time.perf_counter()
        with ThreadPoolExecutor(10) as pool:
            answered = sum(pool.map(user, range(10)))
        took = time.perf_counter() - began
        after = server.memory_info().rss
        rows.append({"50 requests of 10 clients, 256x256": f"round {turn}", "answered": answered, "seconds": took,
                     "MiB before": before / 2**20, "peak": peak / 2**20, "after": after / 2**20})  # fmt: skip
    return rows


def tiles(page: Any, url: str) -> list[dict[str, object]]:
    """All styles on a visitor's photo, from the moment its first result is there."""
    page.goto(url)
    page.wait_for_selector("#styles .tile")
    page.get_by_role("button", name="Example: astronaut").click()
    page.wait_for_function("document.querySelector('#facts').innerText.includes('512 x 512')", timeout=60_000)
    began, rows = time.perf_counter(), []
    count = "document.querySelectorAll('#styles .tile').length"
    done = (
        "[...document.querySelectorAll('#styles .tile .face')].filter((f) => f.style.backgroundImage.includes('data:'))"
    )
    for words, wanted in (("the first", "1"), ("half of them", f"{count} / 2"), ("all", count)):
        page.wait_for_function(f"{done}.length >= {wanted}", timeout=120_000, polling=20)
        rows.append({"tiles of 117 styles": words, "seconds": time.perf_counter() - began})
    return rows


ROUND = 50
"""Requests after which memory is looked at."""


def mixed(
    process: subprocess.Popen[bytes], url: str, folder: Path, page: Any, rounds: int = 10
) -> list[dict[str, object]]:
    """All kinds of requests, each with a file of its own: mostly small pictures; 24 megapixels, refinement, own styles,
    a clip, a visitor with the page's tiles, a camera."""
    from gradio_client import handle_file

    server, client, rows = psutil.Process(process.pid), connect(url, str(folder)), []
    source = Image.open(PHOTO).convert("RGB")
    done, began = 0, time.perf_counter()

    def file(side: tuple[int, int], number: int) -> Any:
        path = folder / f"mixed-{side[0]}-{number}.jpg"
        picture = source.rotate(7 * number % 360).resize(side, Image.Resampling.BILINEAR)
        picture.save(path, quality=85)
        return handle_file(path)

    for turn in range(rounds):
        peak = 0
        for i in range(ROUND):
            number = turn * ROUND + i
            if i % 25 == 10:
                given = {"photo": file((6000, 4000), number), "styles": "kiss", "size": 512}
            elif i % 25 == 15:
                given = {"photo": file((320, 256), number), "styles": "irises", "size": 256, "refine": 2, "texture": 1}
            elif i % 10 == 5:
                own = file((500, 400), 1000 + number)
                given = {"photo": file((320, 256), number), "style_picture": own, "size": 256, "stroke": 256}
            else:
                given = {"photo": file((320, 256), number), "styles": "scream, irises:0.5", "size": 256}
            if i == 20:
                client.predict(clip(folder, number), "scream", size=128, api_name="/stylize_video")
            elif i == 40:
                visitor(page, url, file((900, 700), number)["path"])
            else:
                client.predict(**given, api_name="/stylize")
            peak, done = max(peak, server.memory_info().rss), done + 1
        rows.append({"requests": done, "minutes": (time.perf_counter() - began) / 60,
                     "MiB": server.memory_info().rss / 2**20, "peak of the round": peak / 2**20})  # fmt: skip
        print(rows[-1], flush=True)
    return rows


def clip(folder: Path, number: int) -> Any:
    """Ten frames."""
    import av
    from gradio_client import handle_file

    path = folder / f"clip-{number}.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 256, 192, "yuv420p"
        pixels = np.asarray(Image.open(PHOTO).convert("RGB").resize((256, 192)))
        for i in range(10):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(np.roll(pixels, number + 3 * i, axis=1), format="rgb24")))
        out.mux(stream.encode())
    return handle_file(path)


def visitor(page: Any, url: str, photo: str) -> None:
    """Somebody who brings a photo, looks through some styles, then turns on the camera for a few seconds."""
    page.goto(url)
    page.wait_for_selector("#styles .tile")
    page.locator("#photo button[aria-label*=emove], #photo button[aria-label*=lear]").first.click()
    page.locator("#photo input[type=file]").set_input_files(photo)
    for style in ("starry-night", "scream", "kiss"):
        page.locator(f"#styles .tile[data-key={style}]").click()
        page.locator("#history .result[aria-current=true]").wait_for()
        page.wait_for_timeout(1500)
    page.get_by_role("tab", name="Camera").click()
    page.get_by_text("Click to Access Webcam").click()
    page.locator("#camera .capture-button").click()
    page.wait_for_function("document.querySelector('#camera-facts').innerText.includes('pixels')", timeout=60_000)
    page.wait_for_timeout(2000)
    page.goto("about:blank")


def main() -> None:
    from playwright.sync_api import sync_playwright

    parts = sys.argv[1:] or ["page", "picture", "slider", "tiles", "many"]
    with tempfile.TemporaryDirectory() as name, sync_playwright() as p:
        folder = Path(name)
        camera = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
        browser = p.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", *camera]
        )
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        if "page" in parts:
            print_table("First page", first_page(page))
        process, url, _ = start()
        try:
            answers(url)
            time.sleep(8)  # the model is loaded
            if "picture" in parts:
                print_table("One picture", one_picture(url, folder))
            if "slider" in parts:
                print_table("Strength", slider(page, url))
            if "tiles" in parts:
                print_table("Tiles", tiles(page, url))
            if "mixed" in parts:
                print_table("Mixed requests", mixed(process, url, folder, page))
            if "many" in parts:
                print_table("Many users", many(process, url, folder))
            print(json.dumps({"server MiB": round(psutil.Process(process.pid).memory_info().rss / 2**20)}))
        finally:
            process.kill()
        browser.close()


if __name__ == "__main__":
    main()
