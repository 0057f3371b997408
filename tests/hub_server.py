"""A small Hub for the tests: the resolve protocol of huggingface.co over HTTP on this machine.

It answers as the Hub does for a file kept in large-file storage: HEAD and GET on `/<user>/<repo>/resolve/<rev>/<file>`
with commit, ETag and size, then a redirect to another host, which holds the bytes and takes byte ranges. The other
host is another name and port of this machine: huggingface_hub tells by either, depending on its version, that it is not
the Hub, as the storage servers of the real Hub are not.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Hub:
    """What the server holds, what it was asked, and how it misbehaves.

    Attributes:
        repos: {"user/repo": {"file": bytes}}; any of `revisions` shows the same files.
        revisions: branches and tags that exist, besides the commit.
        requests: "METHOD path" of everything asked so far.
        agents: the user-agent of each.
        drop_after: each GET of content takes one from the front: break the connection after so many bytes.
        down: answer nothing but 503.
    """

    repos: dict[str, dict[str, bytes]] = field(default_factory=dict)
    revisions: tuple[str, ...] = ("main", "v1")
    requests: list[str] = field(default_factory=list)
    agents: list[str] = field(default_factory=list)
    drop_after: list[int] = field(default_factory=list)
    down: bool = False
    url: str = ""
    content_url: str = ""

    @property
    def downloads(self) -> int:
        """How many times content was asked for."""
        return sum(request.startswith("GET /content/") for request in self.requests)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def do_HEAD(self) -> None:
        self.answer()

    def do_GET(self) -> None:
        self.answer()

    def answer(self) -> None:
        self.hub.requests.append(f"{self.command} {self.path}")
        self.hub.agents.append(self.headers.get("User-Agent", ""))
        if self.hub.down:
            return self.reply(503)
        path = unquote(self.path)
        if match := re.fullmatch(r"/content/([0-9a-f]{64})", path):
            return self.content(match[1])
        match = re.fullmatch(r"/([^/]+/[^/]+)/resolve/(.+?)/([^/]+)", path)
        if not match or match[1] not in self.hub.repos:
            return self.reply(404, {"X-Error-Code": "RepoNotFound"})
        if match[2] not in (*self.hub.revisions, COMMIT):
            return self.reply(404, {"X-Error-Code": "RevisionNotFound"})
        data = self.hub.repos[match[1]].get(match[3])
        if data is None:
            return self.reply(404, {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": COMMIT})
        digest = hashlib.sha256(data).hexdigest()
        headers = {"X-Repo-Commit": COMMIT, "X-Linked-Etag": f'"{digest}"', "X-Linked-Size": str(len(data))}
        return self.reply(302, {**headers, "Location": f"{self.hub.content_url}/content/{digest}"})

    def content(self, digest: str) -> None:
        files = (data for repo in self.hub.repos.values() for data in repo.values())
        data = next((data for data in files if hashlib.sha256(data).hexdigest() == digest), None)
        if data is None:
            return self.reply(404)
        first, last = 0, len(data) - 1
        if match := re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", "")):
            first, last = int(match[1]), int(match[2] or last)
        part = data[first : last + 1]
        headers = {"ETag": f'"{digest}"', "Content-Length": str(len(part)), "Accept-Ranges": "bytes"}
        if match:
            headers["Content-Range"] = f"bytes {first}-{last}/{len(data)}"
        self.send_response(206 if match else 200)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            if self.hub.drop_after:
                part = part[: self.hub.drop_after.pop(0)]
                self.close_connection = True
            self.wfile.write(part)

    def reply(self, status: int, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": "0", **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing to the terminal: `Hub.requests` tells."""


@contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    """Run the Hub and its storage on free ports of this machine; `hub.url` is the address for HF_ENDPOINT."""
    handler = type("Handler", (_Handler,), {"hub": hub})
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), handler) for _ in range(2)]
    hub.url, hub.content_url = (
        f"http://{name}:{server.server_port}" for name, server in zip(("127.0.0.1", "localhost"), servers, strict=True)
    )
    threads = [threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True) for server in servers]
    for thread in threads:
        thread.start()
    try:
        yield hub
    finally:
        for server, thread in zip(servers, threads, strict=True):
            server.shutdown()
            server.server_close()
            thread.join()
