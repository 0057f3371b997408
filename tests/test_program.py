"""What holds for a whole process: names in any encoding, and signals that end it in order."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from adain_core.system.program import start_program
from adain_core.system.stopping import SIGNALS, Stop, exit_code, heed_stops, ignore_stops

ROOT = Path(__file__).parents[1]
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals: NOT tried how they are heard")


@pytest.fixture
def signals():
    """The handlers as they were, afterwards."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    for number in SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("signals")
@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "cp932"])
def test_a_letter_that_the_output_lacks_is_written_as_its_number(
    encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding=encoding))
    start_program()
    print("снег-\N{SNOWMAN}.png \udce9", flush=True)
    text = written.getvalue().decode(encoding)
    assert text.endswith("-\\u2603.png \\udce9\n") and text.startswith(("снег", "\\u0441\\u043d\\u0435\\u0433"))


def test_the_command_goes_past_a_name_that_the_output_cannot_show(tmp_path: Path) -> None:
    names = ["a-\N{SNOWMAN}.png", "b.png"]
    for name in names:
        (tmp_path / name).write_bytes(b"no picture")
    done = subprocess.run(
        [sys.executable, "-c", "from adain_core.cli import main; main()", "stylize", ".", "-s", "scream", "-o", "out"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "cp1252", "HF_HUB_OFFLINE": "1"},
        capture_output=True,
    )
    assert done.returncode == 1 and b"2 of 2 pictures failed" in done.stderr, done.stderr
    assert b"a-\\u2603.png" in done.stderr and b"b.png" in done.stderr and b"Traceback" not in done.stderr


@posix
@pytest.mark.usefixtures("signals")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_to_end_is_raised_as_ctrl_c_is(name: str) -> None:
    heed_stops()
    with pytest.raises(KeyboardInterrupt) as raised:
        signal.raise_signal(getattr(signal, name))
    assert exit_code(raised.value) == 128 + getattr(signal, name)


def test_ctrl_c_without_a_handler_of_ours_ends_as_shells_say_it() -> None:
    assert exit_code(KeyboardInterrupt()) == 130


@pytest.mark.usefixtures("signals")
def test_a_signal_that_follows_at_once_is_the_same_request() -> None:
    """`timeout` sends one to the process and one to its group."""
    heed_stops()
    with pytest.raises(Stop):
        signal.raise_signal(signal.SIGTERM)
    signal.raise_signal(signal.SIGTERM)


@pytest.mark.usefixtures("signals")
def test_what_a_process_was_started_to_ignore_stays_ignored() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    heed_stops()
    signal.raise_signal(signal.SIGTERM)
    ignore_stops()
    signal.raise_signal(signal.SIGINT)


@posix
def test_a_second_signal_ends_the_process_at_once() -> None:
    script = (
        "import time\nfrom adain_core.system import stopping\nstopping.SAME_REQUEST = 0.05\nstopping.heed_stops()\n"
        "try: print('ready', flush=True); time.sleep(60)\n"
        "except KeyboardInterrupt: print('stopping', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None and process.stdout.readline() == "ready\n"
    process.terminate()
    assert process.stdout.readline() == "stopping\n"
    time.sleep(0.2)
    process.terminate()
    assert process.wait(timeout=30) == -signal.SIGTERM
