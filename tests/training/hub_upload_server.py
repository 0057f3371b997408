"""A small Hub that takes uploads: the commit and large-file protocols of huggingface.co over HTTP on this machine."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class UploadHub:
    """What was uploaded, and how the server misbehaves.

    Attributes:
        repos: {"user/repo": {"file": bytes}} as of the last commit.
        commits: how many commits were made.
        tags: {"user/repo": {tag: commit}}.
        token: what must be presented.
        fail_content: answer large files with 403, as a full quota does.
        break_off: end the connection in the middle of a request: of a large file ("content"), or of the "commit".
        agents: the user-agent of each request to the Hub (the storage is another host).
    """

    repos: dict[str, dict[str, bytes]] = field(default_factory=dict)
    commits: int = 0
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    token: str = "hf_test"
    fail_content: bool = False
    break_off: str = ""
    agents: list[str] = field(default_factory=list)
    url: str = ""
    _content: dict[str, bytes] = field(default_factory=dict)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: UploadHub

    def do_POST(self) -> None:
        self.hub.agents.append(self.headers.get("User-Agent", ""))
        if self.hub.break_off == "commit" and "/commit/" in self.path:
            return self._end_midway()
        body = self._body()
        if self.path == "/api/validate-yaml":
            return self.reply(200, {"errors": [], "warnings": []})
        if self.headers.get("Authorization") != f"Bearer {self.hub.token}":
            return self.reply(401, {"error": "Invalid username or password."})
        if self.path == "/api/repos/create":
            asked = json.loads(body)
            repo = f"{asked['organization']}/{asked['name']}" if asked.get("organization") else asked["name"]
            if repo in self.hub.repos:
                return self.reply(
                    409, {"error": "You already created this model repo", "url": f"{self.hub.url}/{repo}"}
                )
            self.hub.repos[repo] = {}
            return self.reply(200, {"url": f"{self.hub.url}/{repo}", "name": repo})
        if match := re.fullmatch(r"/api/models/(.+)/preupload/main", self.path):
            files = [
                {
                    "path": file["path"],
                    "uploadMode": "regular" if file["path"].endswith((".md", ".json")) else "lfs",
                    "shouldIgnore": False,
                }
                for file in json.loads(body)["files"]
            ]
            return self.reply(200, {"files": files})
        if self.path.endswith(".git/info/lfs/objects/batch"):
            objects = [
                {**asked, "actions": {"upload": {"href": f"{self.hub.url}/content/{asked['oid']}"}}}
                for asked in json.loads(body)["objects"]
            ]
            return self.reply(200, {"transfer": "basic", "objects": objects})
        if match := re.fullmatch(r"/api/models/(.+)/commit/main", self.path):
            return self.commit(match[1], body)
        if match := re.fullmatch(r"/api/models/(.+)/tag/(.+)", self.path):
            tags, tag = self.hub.tags.setdefault(match[1], {}), json.loads(body)["tag"]
            if tag in tags:
                return self.reply(409, {"error": f"Tag {tag} already exists"})
            tags[tag] = match[2]
            return self.reply(200, {})
        return self.reply(404, {"error": f"no {self.path}"})

    def do_PUT(self) -> None:
        if self.hub.break_off == "content":
            return self._end_midway()
        body, digest = self._body(), self.path.rsplit("/", 1)[-1]
        if self.hub.fail_content or hashlib.sha256(body).hexdigest() != digest:
            return self.reply(403, {"error": "storage refused"})
        self.hub._content[digest] = body
        return self.reply(200, {})

    def commit(self, repo: str, body: bytes) -> None:
        files = dict(self.hub.repos[repo])
        for line in body.splitlines():
            entry = json.loads(line)
            if entry["key"] == "file":
                files[entry["value"]["path"]] = base64.b64decode(entry["value"]["content"])
            elif entry["key"] == "lfsFile":
                if entry["value"]["oid"] not in self.hub._content:
                    return self.reply(400, {"error": "large file was not uploaded"})
                files[entry["value"]["path"]] = self.hub._content[entry["value"]["oid"]]
        self.hub.repos[repo] = files
        self.hub.commits += 1
        oid = f"{self.hub.commits:040x}"
        return self.reply(200, {"success": True, "commitOid": oid, "commitUrl": f"{self.hub.url}/{repo}/commit/{oid}"})

    def _end_midway(self) -> None:
        self.rfile.read(10)
        self.close_connection = True

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def reply(self, status: int, answer: dict[str, object]) -> None:
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Nothing to the terminal."""


@contextmanager
def serving_uploads(hub: UploadHub) -> Iterator[UploadHub]:
    """Run it on a free port of this machine; `hub.url` is the address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": hub}))
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
