"""A real ComfyUI for tests: started from COMFYUI_PATH without writing into it, driven over HTTP.

COMFYUI_PATH is a checkout of ComfyUI; COMFYUI_PYTHON the interpreter that has its requirements (this one if not set).
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from patience import PATIENCE
from PIL import Image

ROOT = Path(__file__).parents[1]
FOLDER = "adain-style-transfer"
"""The pack's folder in custom_nodes."""

BYPASSED = 4
"""As a saved workflow says it of a node."""

Workflow = dict[str, dict[str, Any]]


class Refused(Exception):
    """ComfyUI did not accept a workflow."""


class ComfyServer:
    """A server with the pack and a base directory of its own."""

    def __init__(self, base: Path, *arguments: str, pack: Path = ROOT) -> None:
        self.base = base
        for name in ("custom_nodes", "models", "input", "output", "temp", "user"):
            (base / name).mkdir(parents=True, exist_ok=True)
        link = base / "custom_nodes" / FOLDER
        if not link.exists():
            link.symlink_to(pack, target_is_directory=True)
        # A true PNG: ComfyUI decodes JPEG by FFmpeg, whose colours differ from Pillow's.
        Image.open(ROOT / "examples" / "astronaut.jpg").save(base / "input" / "example.png")
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = (base / "log.txt").open("a+")
        command = [
            os.environ.get("COMFYUI_PYTHON", sys.executable), "main.py", "--cpu", "--listen", "127.0.0.1",
            "--port", str(self.port), "--disable-api-nodes", "--base-directory", str(base),
            "--database-url", "sqlite:///:memory:", *arguments,
        ]  # fmt: skip
        self.process = subprocess.Popen(
            command, cwd=os.environ["COMFYUI_PATH"], stdout=self.log, stderr=subprocess.STDOUT
        )
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                self.get("/system_stats")
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    self.close()
                    raise RuntimeError(f"ComfyUI did not start:\n{self.output()[-3000:]}") from None
                time.sleep(0.5)

    def output(self) -> str:
        """What it printed."""
        self.log.flush()
        return Path(self.log.name).read_text()

    def close(self) -> None:
        """Stop it."""
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def get(self, path: str) -> Any:
        """GET, as JSON."""
        with urllib.request.urlopen(self.url + path, timeout=PATIENCE) as answer:
            return json.load(answer)

    def post(self, path: str, data: Any) -> Any:
        """POST JSON; returns JSON or None."""
        request = urllib.request.Request(
            self.url + path, json.dumps(data).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            body = answer.read()
        return json.loads(body) if body else None

    def queue(self, workflow: Workflow) -> str:
        """Hand in a workflow; returns its id.

        Raises:
            Refused: with ComfyUI's answer.
        """
        try:
            return str(self.post("/prompt", {"prompt": workflow})["prompt_id"])
        except urllib.error.HTTPError as e:
            raise Refused(e.read().decode()) from e

    def wait(self, prompt: str) -> Run:
        """The finished run."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if found := self.get(f"/history/{prompt}"):
                return Run(self, found[prompt])
            if self.process.poll() is not None:
                raise RuntimeError(f"ComfyUI ended:\n{self.output()[-3000:]}")
            time.sleep(0.1)
        raise TimeoutError(f"prompt {prompt} not done after {PATIENCE:.0f} s:\n{self.output()[-2000:]}")

    def run(self, workflow: Workflow) -> Run:
        """Hand in a workflow and wait."""
        return self.wait(self.queue(workflow))


class Run:
    """One execution of a workflow."""

    def __init__(self, server: ComfyServer, entry: dict[str, Any]) -> None:
        self.server, self.outputs = server, entry["outputs"]
        self.status: str = entry["status"]["status_str"]
        self.messages: dict[str, dict[str, Any]] = dict(entry["status"]["messages"])

    @property
    def cached(self) -> set[str]:
        """Ids of the nodes that did not run again."""
        return set(self.messages["execution_cached"]["nodes"])

    @property
    def error(self) -> str:
        """The message that the user sees, "" if all went well."""
        return str(self.messages.get("execution_error", {}).get("exception_message", "")).strip()

    def files(self, node: str) -> list[Path]:
        """The pictures a node saved."""
        return [self.server.base / i["type"] / i["subfolder"] / i["filename"] for i in self.outputs[node]["images"]]


def to_api(graph: dict[str, Any], info: dict[str, Any]) -> Workflow:
    """A workflow as it is saved (nodes with widget values in order) in the form that the server runs.

    Args:
        graph: the saved workflow.
        info: the server's /object_info.
    """
    links = {link[0]: (str(link[1]), link[2]) for link in graph["links"]}
    api: Workflow = {}
    bypassed = {str(node["id"]) for node in graph["nodes"] if node.get("mode") == BYPASSED}
    for node in graph["nodes"]:
        if node["type"] not in info or str(node["id"]) in bypassed:
            continue  # a note, of which the server knows nothing; or a node that has nothing to pass on
        inputs: dict[str, Any] = {}
        widgets = [i for i in node.get("inputs", []) if "widget" in i]
        values = list(node.get("widgets_values", []))
        for socket_ in widgets:
            inputs[socket_["name"]] = values.pop(0)
            if values and isinstance(values[0], str) and values[0] in ("fixed", "randomize", "increment", "decrement"):
                values.pop(0)
        for socket_ in node.get("inputs", []):
            if socket_.get("link") is not None and links[socket_["link"]][0] not in bypassed:
                inputs[socket_["name"]] = list(links[socket_["link"]])
        api[str(node["id"])] = {"class_type": node["type"], "inputs": inputs}
    return api
