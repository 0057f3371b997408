"""Weights from the Hub: what is downloaded, checked and kept, and what is said when it cannot be had.

Each case runs in a Python process of its own with HF_ENDPOINT and HF_HOME set, as huggingface_hub reads them when it is
imported; the server is a real one on this machine.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from hub_server import COMMIT, Hub, serving

from adain_core import __version__
from adain_core.networks.vgg import VGGEncoder
from adain_core.networks.vgg_decoder import Decoder
from adain_core.weights.network_files import save_decoder, save_encoder

CONTENT = bytes(range(256)) * 800  # 205 kB
SHA256 = hashlib.sha256(CONTENT).hexdigest()
ROOT = Path(__file__).resolve().parents[1]

PRELUDE = """
import time
time.sleep = lambda seconds: None  # huggingface_hub waits up to 24 s between retries
from adain_core.errors import WeightsError
from adain_core.weights import catalog as known
from adain_core.weights.find import resolve_model
from adain_core.weights.hub import fetch
for expression in {expressions}:
    try:
        print(eval(expression))
    except WeightsError as e:
        print("WeightsError:", e)
"""


@pytest.fixture
def hub() -> Iterator[Hub]:
    with serving(Hub({"user/repo": {"a.safetensors": CONTENT}})) as hub:
        yield hub


@pytest.fixture
def ask(hub: Hub, tmp_path: Path) -> SimpleNamespace:
    """`run(*expressions)` evaluates them in a new process whose Hub is `hub`; a line of value or error for each."""

    def run(*expressions: str, **env: str) -> str:
        settings = {"HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path / "hf"), "PYTHONPATH": str(ROOT)}
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("HF_", "HUGGING"))}
        done = subprocess.run(
            [sys.executable, "-c", PRELUDE.format(expressions=expressions)],
            env={**kept, **settings, **env},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return SimpleNamespace(run=run, cache=tmp_path / "hf" / "hub")


def a_file(sha256: str = SHA256, revision: str = "v1") -> str:
    return f"fetch('user/repo', 'a.safetensors', {revision!r}, sha256={sha256!r})"


def leftovers(cache: Path) -> list[Path]:
    """Everything in the cache that would pass for a whole file."""
    return [path for path in cache.rglob("blobs/*") if path.is_file() and path.suffix != ".incomplete"]


def test_a_file_is_downloaded_whole(hub: Hub, ask: SimpleNamespace) -> None:
    assert Path(ask.run(a_file())).read_bytes() == CONTENT
    assert hub.downloads == 1


def test_every_request_for_a_file_says_which_program_asks(hub: Hub, ask: SimpleNamespace) -> None:
    ask.run(a_file())
    agents = [agent for request, agent in zip(hub.requests, hub.agents, strict=True) if "/api/" not in request]
    assert agents and all(f"adain-style-transfer/{__version__}" in agent for agent in agents), agents


def test_a_cached_file_of_known_hash_needs_no_server(hub: Hub, ask: SimpleNamespace) -> None:
    first = ask.run(a_file())
    hub.down, hub.requests = True, []
    assert ask.run(a_file()) == first
    assert ask.run(a_file(), HF_HUB_OFFLINE="1") == first
    assert hub.requests == []


def test_a_wrong_hash_is_refused_and_the_file_removed_so_that_a_retry_can_succeed(
    hub: Hub, ask: SimpleNamespace
) -> None:
    hub.repos["user/repo"]["a.safetensors"] = tampered = b"x" + CONTENT[1:]
    message = ask.run(a_file())
    assert message.startswith("WeightsError:")
    assert SHA256 in message and hashlib.sha256(tampered).hexdigest() in message
    assert leftovers(ask.cache) == []
    hub.repos["user/repo"]["a.safetensors"] = CONTENT
    assert Path(ask.run(a_file())).read_bytes() == CONTENT


def test_a_file_damaged_in_the_cache_is_downloaded_again(hub: Hub, ask: SimpleNamespace) -> None:
    path = Path(ask.run(a_file()))
    path.resolve().write_bytes(b"damaged")
    assert Path(ask.run(a_file())).read_bytes() == CONTENT
    assert hub.downloads == 2


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("fetch('user/repo', 'b.safetensors')", ["'user/repo'", "has no file 'b.safetensors'"]),
        ("fetch('user/other', 'a.safetensors')", ["no repo 'user/other'", "hf auth login"]),
        ("fetch('user/repo', 'a.safetensors', 'v9')", ["'user/repo'", "no revision 'v9'"]),
        ("fetch('a/b/c', 'a.safetensors')", ["'a/b/c'", "no Hub id"]),
    ],
)
def test_what_the_hub_does_not_have_is_named_in_one_line(
    ask: SimpleNamespace, expression: str, words: list[str]
) -> None:
    message = ask.run(expression)
    assert message.startswith("WeightsError:") and len(message.splitlines()) == 1
    assert all(word in message for word in words), message


def test_offline_mode_says_what_is_missing_where_and_what_to_do(hub: Hub, ask: SimpleNamespace) -> None:
    message = ask.run(a_file(), HF_HUB_OFFLINE="1")
    for word in ("a.safetensors", "user/repo", str(ask.cache), "HF_HUB_OFFLINE", "unset"):
        assert word in message
    assert hub.requests == []


def test_no_connection_says_so(hub: Hub, ask: SimpleNamespace) -> None:
    message = ask.run(a_file(), HF_ENDPOINT="http://127.0.0.1:9")  # the discard port: nobody listens
    for word in ("WeightsError:", "a.safetensors", str(ask.cache), "http://127.0.0.1:9 did not serve it"):
        assert word in message


def test_a_connection_that_drops_midway_is_taken_up_where_it_broke(hub: Hub, ask: SimpleNamespace) -> None:
    """In the same call, or in the next one where huggingface_hub does not retry by itself."""
    hub.drop_after = [100_000]
    *_, path = ask.run(a_file(), a_file()).splitlines()
    assert Path(path).read_bytes() == CONTENT
    assert hub.downloads == 2


def test_a_download_that_breaks_off_is_an_error_that_leaves_no_half_file_and_the_next_call_succeeds(
    hub: Hub, ask: SimpleNamespace
) -> None:
    hub.drop_after = [100_000, *[0] * 6]  # then nothing more comes, however often it is tried
    message = ask.run(a_file())
    assert "WeightsError: download of a.safetensors of user/repo (revision v1) broke off" in message
    assert "try again" in message and len(message.splitlines()) == 1
    assert leftovers(ask.cache) == []
    hub.drop_after = []
    assert Path(ask.run(a_file())).read_bytes() == CONTENT


def test_a_commit_or_branch_of_unknown_hash_is_served_from_the_cache_when_the_hub_is_down(
    hub: Hub, ask: SimpleNamespace
) -> None:
    paths = [ask.run(a_file("", revision)) for revision in (COMMIT, "main")]
    hub.down = True
    assert [ask.run(a_file("", revision)) for revision in (COMMIT, "main")] == paths


def test_known_weights_that_are_not_bundled_come_from_the_hub_and_are_checked(
    hub: Hub, ask: SimpleNamespace, tmp_path: Path
) -> None:
    """`find` takes repo, revision and hash from the table; its error names bundled place, cache and repo."""
    bundled = tmp_path / "weights"
    bundled.mkdir()
    row = dict(name="a", file="a.safetensors", kind="styles", encoder="", sha256=SHA256, size=len(CONTENT))
    row |= dict(repo_id="user/repo", revision="v1", licence="", origin="", recipe="")
    (bundled / "index.json").write_text(json.dumps([row]))
    find = f"""[setattr(known, 'bundled_folder', lambda: known.Path({str(bundled)!r})), known.find('a')][1]"""
    message = ask.run(find, HF_HUB_OFFLINE="1")
    for word in ("'a'", str(bundled / "a.safetensors"), str(ask.cache), "user/repo", "HF_HUB_OFFLINE", "reinstall"):
        assert word in message
    assert Path(ask.run(find)).read_bytes() == CONTENT
    (bundled / "a.safetensors").write_bytes(b"bundled")
    assert Path(ask.run(find)) == bundled / "a.safetensors"


def test_a_model_of_a_hub_repo_is_found_with_its_encoder(hub: Hub, ask: SimpleNamespace, tmp_path: Path) -> None:
    torch.manual_seed(0)
    about = dict(licence="MIT", origin="random", recipe="none")
    encoder = save_encoder(VGGEncoder(), tmp_path / "encoder.safetensors", **about)
    save_decoder(Decoder(), tmp_path / "decoder.safetensors", encoder=encoder, **about)
    files = {name: (tmp_path / name).read_bytes() for name in ("encoder.safetensors", "decoder.safetensors")}
    hub.repos = {"user/repo": files, "user/bare": {"decoder.safetensors": files["decoder.safetensors"]}}
    resolve = "resolve_model"
    *found, missing = ask.run(
        f"{resolve}('user/repo@v1')[0]", f"{resolve}('user/repo@v1')[1]", f"{resolve}('user/bare')"
    ).splitlines()
    assert [Path(path).read_bytes() for path in found] == list(files.values())
    assert f"needs encoder {encoder}" in missing and "'user/bare' has no file 'encoder.safetensors'" in missing


@pytest.mark.slow
def test_a_model_is_counted_as_a_download_once(hub: Hub, ask: SimpleNamespace, tmp_path: Path) -> None:
    """The Hub counts requests for config.json; a program that loads the model each minute is one download."""
    torch.manual_seed(0)
    about = dict(licence="MIT", origin="random", recipe="none")
    encoder = save_encoder(VGGEncoder(), tmp_path / "encoder.safetensors", **about)
    save_decoder(Decoder(), tmp_path / "decoder.safetensors", encoder=encoder, **about)
    names = ("encoder.safetensors", "decoder.safetensors")
    hub.repos = {"user/repo": {**{name: (tmp_path / name).read_bytes() for name in names}, "config.json": b"{}"}}
    resolve = "resolve_model('user/repo@v1')"
    assert "WeightsError" not in ask.run(resolve, resolve)
    asked = [request for request in hub.requests if request.endswith("/config.json")]
    assert asked[0] == "HEAD /user/repo/resolve/v1/config.json"
    hub.requests = []
    assert "WeightsError" not in ask.run(resolve)
    assert not [request for request in hub.requests if request.endswith("/config.json")]
