"""A skip must say why, and where everything is installed it must not happen at all.

`@pytest.mark.needs("playwright")` skips a test where a package is not installed that `.[test]` does not bring
("chromium", "firefox": the browsers, "npm": the program).
SKIPS_ALLOWED, a regular expression, is what reasons of skips may be: any other one fails the run.
"""

from __future__ import annotations

import os
import re
import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest
from chromium import CHROMIUM
from firefox import FIREFOX

_refused: list[str] = []


def _there(name: str) -> bool:
    if name == "npm":
        return shutil.which(name) is not None
    browsers = {"chromium": CHROMIUM, "firefox": FIREFOX}
    return Path(browsers[name]).is_file() if name in browsers else find_spec(name) is not None


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("needs"):
        if missing := [name for name in mark.args if not _there(name)]:
            pytest.skip(f"not installed: {', '.join(missing)}: this was NOT tested (see .ci/run)")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    _look_at(report)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    _look_at(report)


def _look_at(report: pytest.TestReport | pytest.CollectReport) -> None:
    allowed = os.environ.get("SKIPS_ALLOWED")
    if report.skipped and allowed is not None and not hasattr(report, "wasxfail"):
        reason = str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if not re.search(allowed, reason):
            _refused.append(f"{report.nodeid}: {reason}")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if _refused and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _refused:
        terminalreporter.section("skips that are not allowed here", red=True)
        for line in _refused:
            terminalreporter.write_line(line)
