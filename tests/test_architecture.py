"""The library is built in rows, each of which imports only those below it: docs/architecture.md says why."""

from __future__ import annotations

import pytest
from imports import ROOT, Import, circle, imports_of, module_name, sources, within

LIBRARY = "adain_core"

ROWS = (
    ("__main__",),
    ("cli",),
    ("commands",),
    ("augment",),
    ("dataset", "live", "onnx_export"),
    ("video",),
    ("model",),
    ("request",),
    ("engine",),
    ("subject",),
    ("tiles",),
    ("styles",),
    ("weights",),
    ("pictures",),
    ("color",),
    ("networks",),
    ("system", "options"),
    ("errors",),
)
"""Packages and modules of the library, from the top down."""

NODES_MAY = (
    "video",
    "model",
    "request",
    "networks",
    "weights",
    "styles",
    "pictures",
    "color",
    "tiles",
    "subject",
    "engine",
    "system",
    "errors",
    "options",
)
"""What ComfyUI nodes may import of the library."""

BESIDE = ("nodes", "demo", "training")
"""What stands on the library. The page's package is called `adain_demo` where it is installed."""


def library() -> list[Import]:
    """The library's imports of itself. What the package itself offers under lazy names is not counted: it is a door to
    every row, and what its modules take from it is the version."""
    found = [x for file in sources(LIBRARY) for x in imports_of(file) if within(x.module, LIBRARY)]
    return [x for x in found if x.importer != LIBRARY]


def part(module: str) -> str:
    """The package or module of the library's first level that a module belongs to; "" for the library itself."""
    return (*module.split("."), "")[1]


def listed(wrong: list[Import], rule: str) -> str:
    return "\n".join([rule, *map(str, wrong)])


def test_no_module_imports_itself_by_way_of_others() -> None:
    """Also for the type checker only: who reads one of them need not read all."""
    found = circle(library())
    assert not found, listed(found, "a circle of imports:")


def test_each_row_imports_only_rows_below_it() -> None:
    """Files of one package may import each other."""
    rank = {name: number for number, row in enumerate(ROWS) for name in row}
    wrong = [
        x
        for x in library()
        if part(x.module) and part(x.module) != part(x.importer) and rank[part(x.module)] <= rank[part(x.importer)]
    ]
    assert not wrong, listed(wrong, "imports of the same row or one above:")


def test_every_part_of_the_library_has_a_row() -> None:
    parts = {part(module_name(file)) for file in sources(LIBRARY)} - {""}
    assert parts <= {name for row in ROWS for name in row}


def test_of_the_library_itself_modules_take_the_version_alone() -> None:
    """Its other names are for users: within the library they would hide a row."""
    for file in sources(LIBRARY):
        for x in imports_of(file):
            if x.module == LIBRARY:
                [line] = (ROOT / file).read_text(encoding="utf-8").splitlines()[x.line - 1 : x.line]
                assert line.split(" import ")[1] == "__version__", x


FILM_NODE = "nodes.stylize_video"
ABOVE_THE_ENGINE = ("video", "model", "request")


def test_nodes_import_the_rows_up_to_the_engine() -> None:
    """A node has ComfyUI for what the rows above do: files, memory, progress. Only a film is not ComfyUI's own: it has
    a node that imports what goes from file to file."""
    found = [x for file in sources("nodes") for x in imports_of(file) if within(x.module, LIBRARY)]
    assert found
    wrong = [x for x in found if part(x.module) not in NODES_MAY]
    assert not wrong, listed(wrong, f"nodes may import {', '.join(NODES_MAY)} of {LIBRARY}, but:")
    wrong = [x for x in found if part(x.module) in ABOVE_THE_ENGINE and x.importer != FILM_NODE]
    assert not wrong, listed(wrong, f"{FILM_NODE} alone may import {', '.join(ABOVE_THE_ENGINE)}, but:")


def test_the_archive_for_comfyui_leaves_out_what_nodes_may_not_import() -> None:
    """.comfyignore names the other rows, and nothing else of the library."""
    lines = (ROOT / ".comfyignore").read_text(encoding="utf-8").splitlines()
    ignored = {line for line in lines if line.startswith(f"/{LIBRARY}")}
    above = [name for row in ROWS for name in row if name not in NODES_MAY]
    assert ignored == {
        f"/{LIBRARY}/{name}/" if (ROOT / LIBRARY / name).is_dir() else f"/{LIBRARY}/{name}.py" for name in above
    }


@pytest.mark.parametrize("importer", [LIBRARY, *BESIDE])
def test_imports_run_one_way(importer: str) -> None:
    """The library imports nothing that stands on it, and those nothing of each other."""
    others = [name for name in BESIDE if name != importer]
    others += ["adain_demo"] if importer != "demo" else []
    found = [x for file in sources(importer) for x in imports_of(file)]
    wrong = [x for x in found if any(within(x.module, other) for other in others)]
    assert not wrong, listed(wrong, f"{importer} may import neither of {', '.join(others)}, but:")


ADAPTERS = ("torchvision", "kornia", "albumentations")
"""Libraries that a file of `augment` of the same name puts RandomStyle into, for who has them."""


@pytest.mark.parametrize("other", ADAPTERS)
def test_the_library_does_without_other_libraries_of_transforms(other: str) -> None:
    """More binaries that have to fit the installed torch, for nothing that torch and Pillow cannot do."""
    adapter = f"{LIBRARY}.augment.{other}"
    found = [x for file in sources(LIBRARY) for x in imports_of(file)]
    wrong = [x for x in found if (within(x.module, other) and x.importer != adapter) or x.module == adapter]
    assert not wrong, listed(wrong, f"{LIBRARY} may import {other} in {adapter} alone, which nothing imports, but:")
