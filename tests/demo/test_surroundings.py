"""The page starts wherever it can, and says in one line where it cannot."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("gradio")
from adain_demo import surroundings

from adain_core.errors import AdaINError

ROOT = Path(__file__).parents[2]


def test_a_proxy_is_not_asked_for_this_machine() -> None:
    """Others are reached as before."""
    environment = {"HTTP_PROXY": "http://proxy:3128", "NO_PROXY": "intranet"}
    surroundings.reach_itself(environment, "192.168.1.5")
    assert environment["HTTP_PROXY"] == "http://proxy:3128"
    assert environment["no_proxy"].split(",") == ["intranet", "localhost", "127.0.0.1", "::1", "192.168.1.5"]


def test_a_socks_proxy_that_cannot_be_used_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = {"ALL_PROXY": "socks5://proxy:1080"}
    monkeypatch.setattr(surroundings, "find_spec", lambda name: name)
    surroundings.reach_itself(environment, None)
    assert environment["ALL_PROXY"] == "socks5://proxy:1080"
    monkeypatch.setattr(surroundings, "find_spec", lambda name: None)
    surroundings.reach_itself(environment, None)
    assert "ALL_PROXY" not in environment


def test_a_folder_of_another_user_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file in its place can be written by nobody, not even by root."""
    monkeypatch.setattr(surroundings.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(surroundings.tempfile, "tempdir", str(tmp_path))
    environment: dict[str, str] = {}
    surroundings.keep_files(environment)
    assert environment == {}
    (tmp_path / "gradio").rmdir()
    (tmp_path / "gradio").touch()
    surroundings.keep_files(environment)
    assert Path(environment["GRADIO_TEMP_DIR"]).is_dir()
    with pytest.raises(AdaINError, match=r"GRADIO_TEMP_DIR is .*gradio: .*Name a folder"):
        surroundings.keep_files({"GRADIO_TEMP_DIR": str(tmp_path / "gradio")})


def test_an_address_that_cannot_be_had_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(AdaINError, match=rf"cannot listen on 127.0.0.1, port {port}: .*in use"):
            surroundings.check_address("127.0.0.1", port)
    surroundings.check_address("127.0.0.1", 0)
    with pytest.raises(AdaINError, match=r"cannot listen on no\.such\.host\.invalid"):
        surroundings.check_address("no.such.host.invalid", 0)


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="SIGTERM is of POSIX")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 0)])
def test_it_ends_in_order_while_it_computes(tmp_path: Path, number: signal.Signals, code: int) -> None:
    """Threads that are in the middle of a picture do not abort the process."""
    busy = (
        "import sys, threading, torch; from adain_demo import command, server\n"
        "def work(service):\n"
        "    print('busy', flush=True); x = torch.rand(1, 8, 256, 256)\n"
        "    while True: torch.nn.functional.conv2d(x, torch.rand(8, 8, 3, 3))\n"
        "server.warm_up = work; command.demo(device='cpu')"
    )
    environment = os.environ | {"GRADIO_TEMP_DIR": str(tmp_path), "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'demo'}"}
    server = subprocess.Popen(
        [sys.executable, "-c", busy], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # jobs in the background ignore it
    )  # fmt: skip
    try:
        assert server.stdout is not None and any(line == "busy\n" for line in server.stdout)
        server.send_signal(number)
        _, said = server.communicate(timeout=60)
    finally:
        server.kill()
    assert (server.returncode, "terminate" in said) == (code, False), said


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="SIGTERM is of POSIX")
def test_it_starts_behind_proxies_and_sigterm_ends_it(tmp_path: Path) -> None:
    """With the exit code of that signal, by itself."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    closed = "http://127.0.0.1:9"
    environment = os.environ | {"HTTP_PROXY": closed, "HTTPS_PROXY": closed, "ALL_PROXY": "socks5://127.0.0.1:9"}
    environment |= {"GRADIO_TEMP_DIR": str(tmp_path), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, str(ROOT / "demo" / "app.py"), "--port", str(port), "--device", "cpu"]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        assert any(str(port) in line for line in server.stdout), "it says where it runs"
        server.send_signal(signal.SIGTERM)
        assert server.wait() == 128 + signal.SIGTERM
    finally:
        server.kill()
        server.wait()
