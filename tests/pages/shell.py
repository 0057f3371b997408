"""As much of a shell as the pages need: commands one a line, `&&`, `|`, `>`, variables set for one command.

The commands are those of this project, in the process of the tests: a new one takes seconds to import PyTorch. Whatever
else a page tells to run is refused, so that it gets a mark (`<!-- not run: why -->`) or a place here.
"""

from __future__ import annotations

import argparse
import re
import runpy
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer
from command_here import adain_here
from pages.blocks import ROOT

from adain_core.cli import app


@dataclass(frozen=True)
class Call:
    """One command: its words, whether it reads what the one before it wrote, and the file that its output goes to."""

    words: list[str]
    piped: bool = False
    into: str = ""

    def __str__(self) -> str:
        return shlex.join(self.words)


def calls(code: str) -> Iterator[Call]:
    """The commands of a block, in order."""
    for line in code.replace("\\\n", " ").splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars="|&>")
        lexer.whitespace_split = True
        words: list[str] = []
        piped, into = False, ""
        tokens = [*lexer, "&&"]
        while tokens:
            token = tokens.pop(0)
            if token == ">":
                into = tokens.pop(0)
            elif token not in ("&&", "|"):
                words.append(token)
            elif words:
                yield Call(words, piped, into)
                words, piped, into = [], token == "|", ""


def adain(call: Call, cwd: Path, given: bytes | None) -> bytes:
    done = adain_here(*call.words[1:], cwd=cwd, given=given)
    assert done.returncode == 0, f"{call}\n{done.stderr.decode()}"
    return done.stdout


def cat(call: Call, cwd: Path, given: bytes | None) -> bytes:
    return b"".join((cwd / name).read_bytes() for name in call.words[1:])


def python(call: Call, cwd: Path, given: bytes | None) -> bytes:
    """A script of the project or a module, in a process of its own."""
    words = [str(ROOT / word) if (ROOT / word).is_file() and word.endswith(".py") else word for word in call.words[1:]]
    done = subprocess.run([sys.executable, *words], cwd=cwd, input=given, capture_output=True)
    assert done.returncode == 0, f"{call}\n{done.stdout.decode()}{done.stderr.decode()}"
    return done.stdout


RUNS: dict[str, Callable[[Call, Path, bytes | None], bytes]] = {"adain": adain, "cat": cat, "python": python}


def run(code: str, cwd: Path) -> None:
    """Run a block in a folder; what fails, or is no command of this project, fails the test."""
    wrote = b""
    for call in calls(code):
        assert call.words[0] in RUNS, f"no test runs {call.words[0]!r}: mark the block <!-- not run: why -->"
        wrote = RUNS[call.words[0]](call, cwd, wrote if call.piped else None)
        if call.into:
            (cwd / call.into).write_bytes(wrote)


class Parsed(BaseException):
    """A program has read its arguments, and would begin."""


def parse(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a command of this project read its arguments and stop there; a wrong one fails the test."""
    if call.words[0] == "adain":
        parse_adain(call)
    elif call.words[0] == "python" and (target := module_of(call.words)):
        parse_python(*target, monkeypatch)
    elif call.words[0] == "pip":
        check_extras(str(call))


def parse_adain(call: Call) -> None:
    command, words = typer.main.get_command(app), call.words[1:]
    if words[:1] == ["demo"] and "demo" not in getattr(command, "commands", {}):
        command, words = demo_command(), words[1:]  # this checkout is on the path, but not installed
    parse_typer(command, words)


def demo_command() -> Any:
    """What `adain demo` is once the page's package is installed."""
    beside = typer.Typer()
    beside.command()(pytest.importorskip("adain_demo.command").demo)
    return typer.main.get_command(beside)


def parse_typer(command: Any, words: list[str]) -> None:
    """As Typer would before it calls the function."""
    words = list(words)
    while subcommands := getattr(command, "commands", None):
        assert words and words[0] in subcommands, f"no command {shlex.join(words)}"
        command = subcommands[words.pop(0)]
    command.make_context("command", words).close()


def module_of(words: list[str]) -> tuple[str, list[str]] | None:
    """Which of this project's modules a call of Python runs, and the rest of its words."""
    if words[1:2] == ["-m"] and words[2].split(".")[0] in ("training", "benchmarks", "docs", "tests"):
        return words[2], words[3:]
    return None


def parse_python(module: str, words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def by_argparse(self: argparse.ArgumentParser, *given: Any, **more: Any) -> None:
        read(self, *given, **more)
        raise Parsed

    def by_typer(self: typer.Typer, *given: Any, **more: Any) -> None:
        parse_typer(typer.main.get_command(self), sys.argv[1:])
        raise Parsed

    file = ROOT / (module.replace(".", "/") + ".py")
    assert file.is_file(), f"there is no {module}"
    if not re.search("argparse|typer|training.program|from .program", file.read_text(encoding="utf-8")):
        assert not words, f"python -m {module} takes no arguments"
        return
    read = argparse.ArgumentParser.parse_args
    with monkeypatch.context() as patch:
        patch.setattr(argparse.ArgumentParser, "parse_args", by_argparse)
        patch.setattr(typer.Typer, "__call__", by_typer)
        patch.setattr("training.program.start_program", lambda: None)
        patch.setattr(sys, "argv", [module, *words])
        patch.delitem(sys.modules, module, raising=False)
        try:
            runpy.run_module(module, run_name="__main__")
        except Parsed:
            return
    raise AssertionError(f"python -m {module} ran through")


def check_extras(call: str) -> None:
    """Extras that are installed by name exist."""
    if sys.version_info < (3, 11):
        import tomli as tomllib
    else:
        import tomllib
    known = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    named = {
        name for group in re.findall(r"(?:\.|adain-style-transfer)\[([\w,-]+)\]", call) for name in group.split(",")
    }
    assert named <= set(known), f"`{call}` names extras that there are not: {', '.join(sorted(named - set(known)))}"
