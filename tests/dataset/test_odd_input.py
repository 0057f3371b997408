"""Whatever is in a dataset: an error of one line or a list of bad pictures, nothing lost, memory bounded."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytest.importorskip("pyarrow", reason="pyarrow is not installed: tables were NOT tested (pip install .[dataset])")

from command_here import adain_here
from odd_input import Case, cases

from adain_core.dataset import JobOptions, stylize_dataset, verify
from adain_core.dataset.manifest import read_rows
from adain_core.dataset.sources.kinds import open_source
from adain_core.dataset.state import JobFolder
from adain_core.errors import AdaINError
from adain_core.pictures.reading import open_picture

MEMORY = 512 << 20
"""Bytes that no case may need."""

THOROUGH = settings(
    max_examples=500, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)


def read_all(folder: Path) -> tuple[int, int]:
    """Pictures that can be read, and those that cannot."""
    source = open_source(str(folder))
    groups = source.groups()
    source.schema(), source.columns()
    keys = [item.key for group in groups for item in group.items]
    assert source.kind == "tar" or len(keys) == len(set(keys))
    good = 0
    for group in groups:
        for item in group.items:
            try:
                open_picture(source.read(item).data)
                good += 1
            except (AdaINError, OSError) as e:
                assert str(e)
    return good, len(keys) - good


@pytest.mark.slow
@given(case=cases)
@THOROUGH
def test_sources_refuse_in_words_and_read_what_is_whole(case: Case) -> None:
    before = psutil.Process().memory_info().rss
    with tempfile.TemporaryDirectory() as temporary:
        case.write(Path(temporary) / "in")
        try:
            read_all(Path(temporary) / "in")
        except AdaINError as e:
            assert str(e)
    assert psutil.Process().memory_info().rss - before < MEMORY


@pytest.mark.slow
@given(case=cases, store=st.sampled_from(["files", "tar", "parquet"]))
@settings(THOROUGH, max_examples=120)
def test_a_job_lists_every_picture_as_done_or_failed(case: Case, store: str) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder, out = Path(temporary) / "in", Path(temporary) / "deep" / "out"
        case.write(folder)
        before = {path for path in Path(temporary).rglob("*")}
        options = JobOptions(model="lite", dtype="float32", store=store)
        try:
            report = stylize_dataset(folder, "scream", out, options, workers=0)
        except AdaINError as e:
            assert str(e)
            shutil.rmtree(out.parent, ignore_errors=True)
            assert {path for path in Path(temporary).rglob("*")} == before
            return
        rows = list(read_rows(JobFolder(out).manifest))
        assert report.results == len(rows) == report.made + len(report.failed)
        assert len(verify(out)) == len(report.failed) and all(row["error"] for row in report.failed)
        written = {path for path in Path(temporary).rglob("*") if not path.is_relative_to(out.parent)}
        assert written == before


@pytest.mark.slow
@given(case=cases)
@settings(THOROUGH, max_examples=60)
def test_the_command_ends_with_a_code_and_lines_of_its_own(case: Case) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        case.write(Path(temporary) / "in")
        done = adain_here(
            "dataset",
            "in",
            "scream",
            "out",
            "--model",
            "lite",
            "--dtype",
            "float32",
            "--workers",
            0,
            cwd=Path(temporary),
        )
    assert done.returncode in (0, 1, 2)
    assert all(line.startswith(("adain:", "  ")) for line in done.stderr.decode().splitlines()), done.stderr
