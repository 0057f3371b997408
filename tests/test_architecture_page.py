"""docs/architecture.md and docs/glossary.md speak of files and names that exist."""

from __future__ import annotations

import ast
import re

from imports import ROOT
from test_architecture import LIBRARY, ROWS

PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")


def spans(page: str = PAGE) -> list[str]:
    """Every path of a page, with the name behind a colon if there is one; `a/{b,c}.py` is two."""
    found = [
        s for s in re.findall(r"`([^`\n]+)`", page) if " " not in s and ("/" in s or s.split(":")[0].endswith(".py"))
    ]
    expanded = []
    for span in found:
        head, brace, rest = span.partition("{")
        inside, _, tail = rest.partition("}")
        expanded += [head + each + tail for each in inside.split(",")] if brace else [span]
    return expanded


def names(source: str) -> set[str]:
    """What a file defines: functions, classes and their members, constants."""

    def of(body: list[ast.stmt], prefix: str) -> set[str]:
        found = set()
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                found.add(prefix + node.name)
                if isinstance(node, ast.ClassDef):
                    found |= of(node.body, f"{prefix}{node.name}.")
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                found |= {prefix + target.id for target in targets if isinstance(target, ast.Name)}
        return found

    return of(ast.parse(source).body, "")


def test_paths_and_names_exist() -> None:
    missing = []
    for span in [*spans(), *spans(GLOSSARY)]:
        path, _, name = span.partition(":")
        files = [folder / path for folder in (ROOT, ROOT / LIBRARY) if (folder / path).exists()]
        if not files or (name and name not in names(files[0].read_text(encoding="utf-8"))):
            missing.append(span)
    assert spans() and not missing, f"the pages name what does not exist: {', '.join(missing)}"


def test_the_rows_are_those_that_the_imports_keep() -> None:
    """From the top down, and every file of a package beside it."""
    table = PAGE.split("## Rows of the library")[1].split("## ")[0]
    said = [row.removesuffix("/").removesuffix(".py") for row in re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)]
    order = {name: number for number, row in enumerate(ROWS) for name in row}
    there = {path.stem for path in (ROOT / LIBRARY).iterdir() if path.stem in order}
    assert set(said) == there and [order[name] for name in said] == sorted(order[name] for name in said)


def test_every_file_of_the_library_is_in_a_row() -> None:
    told = {path.partition(":")[0] for path in spans()}
    files = {path.relative_to(ROOT / LIBRARY).as_posix() for path in (ROOT / LIBRARY).rglob("*.py")}
    missing = sorted(file for file in files - told if not file.endswith("__init__.py"))
    assert not missing, f"docs/architecture.md does not say what these are: {', '.join(missing)}"
