"""Links between pages, and to files of the repo, lead somewhere on GitHub. `mkdocs build --strict` sees to the site."""

from __future__ import annotations

import posixpath
import re

import pytest
from pages.blocks import ROOT, pages, text_of

from docs.site_pages import is_elsewhere, links, resolve


def anchors(page: str) -> set[str]:
    """Addresses that GitHub gives a page's headings."""
    text = re.sub(r"^```.*?^```", "", text_of(page), flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", pages())
def test_links_lead_somewhere(page: str) -> None:
    lost = []
    for target in links(text_of(page)):
        path, _, anchor = target.partition("#")
        if is_elsewhere(target) and not target.startswith("#"):
            continue
        found = resolve(page, target) if path else page
        there = (ROOT / found).exists() and not found.startswith("..")
        if not there or (anchor and found.endswith(".md") and anchor not in anchors(found)):
            lost.append(target)
    assert not lost


def test_every_page_can_be_reached_from_the_readme() -> None:
    """By links to it or to its folder."""
    reached, waiting = set(), ["README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached:
            continue
        reached.add(page)
        linked = [resolve(page, target) for target in links(text_of(page)) if not is_elsewhere(target)]
        waiting += [other for other in pages() if other in linked or posixpath.dirname(other) in linked]
    assert set(pages()) == reached


def test_code_is_not_taken_for_links() -> None:
    assert links("`a[0](b)` and [page](x.md)\n```python\na[0](b)\n```\n") == ["x.md"]
