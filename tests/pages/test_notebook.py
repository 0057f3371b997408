"""docs/notebook.ipynb runs from the top down, and is kept without results, which would grow old."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from pages.blocks import ROOT

NOTEBOOK = ROOT / "docs" / "notebook.ipynb"


def code_cells(notebook: dict) -> list[dict]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


@pytest.mark.slow
@pytest.mark.needs("nbclient", "ipykernel")
def test_it_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a kernel of its own, as Jupyter would; each cell that shows a picture shows one."""
    import nbformat
    from jupyter_client.kernelspec import KernelSpecManager
    from nbclient import NotebookClient

    kernel = tmp_path / "kernels" / "here"
    kernel.mkdir(parents=True)
    start = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (kernel / "kernel.json").write_text(json.dumps({"argv": start, "display_name": "here", "language": "python"}))
    monkeypatch.setattr(KernelSpecManager, "kernel_dirs", [str(kernel.parent)])
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    client = NotebookClient(notebook, timeout=300, kernel_name="here", resources={"metadata": {"path": ROOT / "docs"}})
    client.execute()
    shown = ["image/png" in output.get("data", {}) for cell in code_cells(notebook) for output in cell["outputs"]]
    assert sum(shown) == 6


def test_it_is_kept_without_results() -> None:
    cells = code_cells(json.loads(NOTEBOOK.read_text(encoding="utf-8")))
    assert cells and not [cell for cell in cells if cell["outputs"] or cell["execution_count"]]
