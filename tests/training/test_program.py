"""Every command of training ends with one line when something went wrong."""

from __future__ import annotations

import errno
import signal

import pytest
import typer
from typer.testing import CliRunner

from adain_core.system.stopping import Stop
from training import program
from training.pictures import TrainingError


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

    app = typer.Typer()
    app.command()(command)
    monkeypatch.setattr(program, "start_program", lambda: None)
    monkeypatch.setattr(typer.Typer, "__call__", lambda self: None)
    program.run_app(app)
    monkeypatch.undo()
    done = CliRunner().invoke(app)
    assert done.exit_code == code and said in done.stderr and len(done.stderr.splitlines()) == 1
