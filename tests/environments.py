"""Empty environments outside the checkout, for what is shipped: each gets only what the thing that is tested asks for.

Torch alone is lent to them by links from the environment the tests run in: several GB that would say nothing new.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement


class Environment:
    """A virtual environment in a folder of its own.

    Attributes:
        folder: holds the environment and an empty folder `work`, where commands run.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.work = folder, folder / "work"
        self.work.mkdir(parents=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
        self.bin = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
        # Nothing of the checkout, or of what started the tests, may be seen from there.
        unwanted = ("PYTHON", "VIRTUAL_ENV", "PYTEST", "COV_", "COMFYUI")
        self.variables = {k: v for k, v in os.environ.items() if not k.startswith(unwanted)}
        self.variables |= {"HF_HUB_OFFLINE": "1", "GRADIO_ANALYTICS_ENABLED": "False"}
        [self.site] = map(Path, self.python("import site; print(site.getsitepackages()[0])").stdout.splitlines())
        _lend(self.site, "torch")

    def run(self, *command: str | Path, code: int = 0, seconds: float = 600) -> subprocess.CompletedProcess[str]:
        """Run one of its programs in its empty folder; the exit code must be `code`."""
        call = [str(self.bin / command[0]), *map(str, command[1:])]
        done = subprocess.run(
            call, cwd=self.work, env=self.variables, capture_output=True, text=True, timeout=seconds, check=False
        )
        assert done.returncode == code, f"{' '.join(call)}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def python(self, code: str) -> subprocess.CompletedProcess[str]:
        """Run a program text."""
        return self.run("python", "-c", code)

    def install(self, *requirements: str | Path) -> None:
        """`pip install`, with all that it asks for; torch must be the one that is there."""
        self.run("python", "-m", "pip", "install", "-q", *requirements)
        assert (self.site / "torch").is_symlink(), "pip put in another torch"

    def start(self, *command: str | Path) -> Server:
        """Start a program that serves a page on an address it prints."""
        return Server(self, [str(self.bin / command[0]), *map(str, command[1:])])


class Server:
    """A running program; its address is the first one that it prints."""

    def __init__(self, environment: Environment, call: list[str]) -> None:
        self.process = subprocess.Popen(
            call, cwd=environment.work, env={**environment.variables, "PYTHONUNBUFFERED": "1"}, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        said = ""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            said += line
            if found := re.search(r"http://[\w.]+:\d+", line):
                self.url = found[0].replace("0.0.0.0", "127.0.0.1")
                return
        pytest.fail(f"{' '.join(call)} ended with {self.process.wait()} before it served anything:\n{said}")

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(30)


def _lend(site: Path, name: str, seen: set[str] | None = None) -> None:
    """Link an installed distribution, and all that it requires, into another environment's packages."""
    seen = set() if seen is None else seen
    if name in seen:
        return
    seen.add(name)
    there = distribution(name)
    for top in {file.parts[0] for file in there.files or [] if file.parts[0] != ".."}:
        source, link = Path(str(there.locate_file(top))), site / top
        if not link.exists() and source.exists() and not top.startswith(("_virtualenv", "distutils-precedence")):
            link.symlink_to(source)
    for text in there.requires or []:
        required = Requirement(text)
        if required.marker is None or required.marker.evaluate({"extra": ""}):
            _lend(site, required.name, seen)
