"""What the documentation tells to type does what it says: all of it runs, on tiny pictures, page by page.

A block that needs what a test has not (a card, a camera, the Hub, minutes) says so in a comment before it,
`<!-- not run: needs a camera -->`; of those the options, modules and extras are still looked at.
"""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import pytest
from pages.blocks import RUN, TRANSLATED, Block, blocks, pages, text_of
from pages.shell import calls, parse, run

from adain_core.dataset import run as run_module

BLOCKS = [block for page in pages() if page not in TRANSLATED for block in blocks(page) if block.language in RUN]
WITH_CODE = sorted({block.page for block in BLOCKS if not block.not_run})
BASH_NOT_RUN = [block for block in BLOCKS if block.not_run and block.language == "bash"]


def make_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes long whatever the pictures: 117 of a sheet, and processes that paint a dataset."""
    pool = run_module._pool
    monkeypatch.setattr("adain_core.commands.sheet.CELL", 16)
    monkeypatch.setattr(run_module, "_pool", lambda assignment, workers, ray: pool(assignment, 0, ray))


@pytest.mark.parametrize("page", WITH_CODE)
@pytest.mark.slow
def test_what_a_page_tells_to_type_runs(page: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the top down in one folder, as a reader would; Python goes on with the names that it had."""
    monkeypatch.chdir(folder)
    make_small(monkeypatch)
    names: dict[str, Any] = {}
    for block in blocks(page):
        if block.not_run or block.language not in RUN:
            continue
        try:
            if block.language == "bash":
                run(block.code, folder)
            else:
                script = folder / "block.py"
                script.write_text("\n" * (block.line - 1) + block.code, encoding="utf-8")
                names = runpy.run_path(str(script), names, run_name=page)
        except Exception as e:
            raise AssertionError(f"{block.place}: {e}") from e


@pytest.mark.parametrize("block", BASH_NOT_RUN, ids=lambda block: block.place)
def test_what_no_test_runs_is_at_least_understood(
    block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its options are there, and so are the modules and extras that it names."""
    for name in ("PHOTOS", "PAINTINGS"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path)
    for call in calls(block.code):
        parse(call, monkeypatch)


@pytest.mark.parametrize("block", [b for b in BLOCKS if b.not_run and b.language == "python"], ids=lambda b: b.place)
def test_python_that_no_test_runs_is_python(block: Block) -> None:
    compile(block.code, block.place, "exec")


@pytest.mark.parametrize("page", pages())
def test_commands_are_in_fences_that_tests_read(page: str) -> None:
    """An indented command or a fence without a language would be run by nobody."""
    text = text_of(page)
    assert not re.findall(r"^ {4}(?:adain|pip|python|docker|git|hf) .*$", text, re.MULTILINE)
    assert not [block.place for block in blocks(page) if block.language not in (*RUN, "text", "bibtex", "json", "yaml")]


@pytest.mark.parametrize("page", TRANSLATED)
def test_a_translation_has_the_same_code(page: str) -> None:
    """But for comments."""
    [mine, original] = [
        [(b.language, b.not_run, re.sub(r" +#.*", "", b.code)) for b in blocks(name)]
        for name in (page, TRANSLATED[page])
    ]
    assert mine == original
