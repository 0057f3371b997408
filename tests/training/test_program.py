"""Every command of training ends with one line when something went wrong."""

from __future__ import annotations

import errno
import signal
import warnings
from collections.abc import Callable

import pytest
import typer
from typer.testing import CliRunner, Result

from adain_core.errors import AdaINWarning
from adain_core.system.stopping import Stop
from training import program
from training.pictures import TrainingError


def call(command: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> Result:
    """Run it as a program, but for what holds for the whole process."""
    app = typer.Typer()
    app.command()(command)
    with monkeypatch.context() as patched:
        patched.setattr(program, "start_program", lambda: None)
        patched.setattr(typer.Typer, "__call__", lambda self: None)
        program.run_app(app)
    return CliRunner().invoke(app)


def test_a_warning_of_the_library_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def command() -> None:
        """Warns."""
        warnings.warn("a.jpg is cut off", AdaINWarning, stacklevel=1)

    done = call(command, monkeypatch)
    assert done.exit_code == 0 and done.stderr == "warning: a.jpg is cut off\n"


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (TrainingError("no picture in 'x'"), 1, "error: no picture in 'x'\n"),
        (PermissionError(errno.EACCES, "Permission denied", "run/config.json"), 1, "error: run/config.json: Perm"),
        (OSError(errno.ENOSPC, "No space left on device", "run/config.json"), 1, "that are free; make room, then call"),
        (Stop(signal.SIGTERM), 128 + signal.SIGTERM, "stopped\n"),
    ],
)
def test_an_error_is_one_line_and_an_exit_code(
    error: BaseException, code: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def command() -> None:
        """Fails."""
        raise error

    done = call(command, monkeypatch)
    assert done.exit_code == code and said in done.stderr and len(done.stderr.splitlines()) == 1
