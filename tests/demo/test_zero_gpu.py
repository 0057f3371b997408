"""The page on ZeroGPU, by the real `spaces` package: a call that needs the GPU runs in a copy of the server's process.

This machine stands in for two things that only a Space has: the service that hands out GPUs, and the card itself.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

pytest.importorskip("gradio")
from demo_clips import make_clip
from demo_pictures import pixels

from adain_core import AdaIN

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.needs("spaces", "av", "scenedetect")]

PAGE = """
import json, multiprocessing, os, sys
import spaces.zero.torch
# The two steps that touch a card, of which there is none.
spaces.zero.torch.init = spaces.zero.torch.move = lambda *args, **options: None
from adain_demo.server import launch
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
photo, clip, folder = sys.argv[1:]
blocks = launch(block=False, dtype="float32", quiet=True)
client = Client(blocks.local_url, verbose=False, download_files=folder, analytics_enabled=False)
ask = dict(photo=handle_file(photo), size=64, api_name="/stylize")
said = {"server": os.getpid()}
said["picture"] = client.predict(styles="scream", **ask)[0]
said["in areas"] = client.predict(styles="scream, irises", area="top", **ask)[0]
said["subject"] = client.predict(styles="scream", area="subject", model="lite", **ask)[0]
try:
    client.predict(styles="scream", model="lite", refine=2, **ask)
except AppError as e:
    said["refused"] = str(e)
clip = dict(clip=handle_file(clip), size=96, model="lite", api_name="/stylize_video")
said["clip"] = client.predict(style="scream", **clip)[0]
print("SAID " + json.dumps(said))
for child in multiprocessing.active_children():
    child.kill()
os._exit(0)
"""


class Gpus(BaseHTTPRequestHandler):
    """Hands out GPUs as a Space's own service does."""

    asked: list[tuple[str, dict[str, list[str]]]]

    def do_POST(self) -> None:
        parts = urlsplit(self.path)
        idle = any(path == "/release" for path, _ in self.asked)  # the copy that has the GPU can be used once more
        self.asked.append((parts.path, parse_qs(parts.query)))
        answer = json.dumps({"idle": idle, "nvidiaIndex": 0, "nvidiaUUID": "", "allowToken": "token"}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory, photo: Any) -> Iterator[dict[str, Any]]:
    """What a page on ZeroGPU answered, and what the service was asked for."""
    folder = tmp_path_factory.mktemp("zero")
    (folder / "cgroup").write_text("0::/space\n")
    (folder / "page.py").write_text(PAGE)
    handler = type("Handler", (Gpus,), {"asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    given = {
        "SPACES_ZERO_GPU": "true",
        "SPACES_ZERO_DEVICE_API_URL": f"http://127.0.0.1:{server.server_address[1]}",
        "ZEROGPU_PROC_SELF_CGROUP_PATH": str(folder / "cgroup"),
        "ZEROGPU_OFFLOAD_DIR": str(folder / "tensors"),
        "GRADIO_TEMP_DIR": str(folder / "gradio"),
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "demo"), os.environ.get("PYTHONPATH", "")]),
    }
    call = [sys.executable, "page.py", str(photo(1)), str(make_clip(folder / "clip.mp4", 4)), str(folder)]
    done = subprocess.run(
        call, cwd=folder, env={**os.environ, **given}, capture_output=True, text=True, timeout=300, check=False
    )
    server.shutdown()
    lines = [line for line in done.stdout.splitlines() if line.startswith("SAID ")]
    assert lines, done.stdout + done.stderr
    yield {**json.loads(lines[0].removeprefix("SAID ")), "asked": handler.asked, "log": done.stdout + done.stderr}


def test_pictures_and_clips_are_the_librarys(space: dict[str, Any], model: AdaIN, photo: Any) -> None:
    """They went there and back."""
    expected = model.stylize(photo(1), "scream", size=64)
    assert np.abs(pixels(space["picture"]) - pixels(expected)).max() <= 1
    assert np.abs(pixels(space["in areas"]) - pixels(space["picture"])).max() > 8
    assert pixels(space["subject"]).shape == pixels(space["picture"]).shape
    assert Path(space["clip"]).stat().st_size > 1000


def test_each_call_asks_for_a_gpu_and_gives_it_back(space: dict[str, Any]) -> None:
    """In another process than the server's, for as long as that kind of work may take."""
    asked = space["asked"]
    scheduled = [query for path, query in asked if path == "/schedule"]
    assert [query["durationSeconds"] for query in scheduled] == [["30"]] * 4 + [["120"]]
    assert [path for path, _ in asked].count("/release") == 5
    users = {int(query["pid"][0]) for path, query in asked if path == "/allow"}
    assert users and space["server"] not in users


def test_what_was_wrong_is_said_as_elsewhere(space: dict[str, Any]) -> None:
    """`spaces` itself would let the name of the error through, and no word of it."""
    assert "vgg19" in space["refused"]


def test_nothing_is_asked_for_before_anybody_comes(space: dict[str, Any]) -> None:
    """The model is loaded in the background all the same; a GPU's seconds are a visitor's."""
    assert [path for path, _ in space["asked"]][:2] == ["/startup-report", "/schedule"]
