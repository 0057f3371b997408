"""What the files of the project import of each other, read from their text: nothing is executed."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Import:
    """One imported module, wherever in a file: at its top, in a function, or for the type checker only.

    Attributes:
        file: from the project's root.
        line: where it stands.
        importer: dotted name of the file's module; a package's `__init__` is the package.
        module: dotted name of what is imported: a module where there is a file of that name, else what holds the name.
    """

    file: Path
    line: int
    importer: str
    module: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.importer} imports {self.module}"


def sources(*folders: str) -> list[Path]:
    """Python files of these top-level folders, from the project's root; a folder without any is an error."""
    found = [sorted((ROOT / folder).rglob("*.py")) for folder in folders]
    assert all(found), f"no Python files in one of {folders}: name the folders that there are"
    return [path.relative_to(ROOT) for paths in found for path in paths]


def module_name(file: Path) -> str:
    """Dotted name by path: `demo/adain_demo/page.py` is `demo.adain_demo.page`."""
    parts = file.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(file: Path) -> Iterator[Import]:
    """Every import of a file, relative ones made absolute."""
    importer = module_name(file)
    package = importer.split(".") if file.name == "__init__.py" else importer.split(".")[:-1]
    for node in ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8"), str(file))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(file, node.lineno, importer, alias.name)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) + 1 - node.level] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            for name in dict.fromkeys(f"{base}.{alias.name}" for alias in node.names):
                yield Import(file, node.lineno, importer, name if is_module(name) else base)


def is_module(name: str) -> bool:
    """Whether a file or a package of the project has this dotted name."""
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def within(module: str, package: str) -> bool:
    """Whether a module is a package or lies in it."""
    return module == package or module.startswith(f"{package}.")


def circle(imports: Iterable[Import]) -> list[Import]:
    """The imports of one circle, in order; none where there is no circle."""
    edges: dict[str, list[Import]] = {}
    for each in imports:
        edges.setdefault(each.importer, []).append(each)
    done: set[str] = set()

    def walk(module: str, path: list[Import]) -> list[Import]:
        started = [each.importer for each in path]
        if module in started:
            return path[started.index(module) :]
        if module not in done:
            for each in edges.get(module, []):
                if found := walk(each.module, [*path, each]):
                    return found
            done.add(module)
        return []

    return next((found for module in sorted(edges) if (found := walk(module, []))), [])
