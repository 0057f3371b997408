"""The pages of the documentation and the code in them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

if not (ROOT / "mkdocs.yml").is_file():
    pytest.skip("not a checkout: the documentation was NOT checked", allow_module_level=True)

from docs.site_pages import BESIDE  # noqa: E402

TRANSLATED = {"README.zh.md": "README.md"}
"""Pages that are another one in another language, code included."""

FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>[\w-]*)[^\n]*\n(?P<code>.*?)^(?P=indent)```$", re.DOTALL | re.MULTILINE
)
MARK = re.compile(r"<!-- (?:not run: )?(?P<reason>(?<=not run: )[^\n]+?|ci:\w+) -->\s*\Z")
"""A block after `ci:` is what .ci/run begins with."""

RUN = ("bash", "python")
"""Languages of code that tests run."""


@dataclass(frozen=True)
class Block:
    """Fenced code.

    Attributes:
        page: its page, from the project's root.
        line: of the page on which the code begins, from 1.
        language: as the fence says.
        code: between the fences.
        not_run: why no test runs it, as the comment before it says (`<!-- not run: needs a card -->`); else "".
    """

    page: str
    line: int
    language: str
    code: str
    not_run: str

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"


def text_of(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def pages() -> list[str]:
    """Every page of the documentation, from the project's root."""
    return sorted([*BESIDE, *(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md"))])


def blocks(page: str) -> list[Block]:
    """The fenced code of a page, from the top down."""
    text = text_of(page)
    found = []
    for match in FENCE.finditer(text):
        mark = MARK.search(text[: match.start()])
        line = text[: match.start("code")].count("\n") + 1
        reason = mark["reason"] if mark else ""
        found.append(Block(page, line, match["language"], match["code"], reason))
    return found
