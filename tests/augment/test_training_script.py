"""The training script of docs/augment.md, as it stands there."""

from __future__ import annotations

import re
import runpy
import sys
from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import Tensor

PAGE = Path(__file__).parents[2] / "docs" / "augment.md"


@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
def test_it_trains(
    photos: Tensor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One epoch of one step on four pictures, with workers."""
    [script] = re.findall(r"<!-- test:train -->\n```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "train.py").write_text(script, encoding="utf-8")
    for i, photo in enumerate(photos[:4]):
        path = tmp_path / "photos" / f"class{i % 2}" / f"{i}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray((photo * 255).byte().permute(1, 2, 0).numpy()).save(path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["train.py", "1"])
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    runpy.run_path("train.py", run_name="__main__")
    assert [line.split(",")[0] for line in capsys.readouterr().out.splitlines()] == ["epoch 0"]
    assert torch.load("model.pt", weights_only=True)["fc.weight"].shape == (2, 512)
