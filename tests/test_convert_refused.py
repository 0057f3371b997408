"""A torch whose safe loading is not safe converts nothing; the rest of the library works with it."""

from pathlib import Path

import pytest
import torch

from adain_core.errors import WeightsError
from adain_core.weights.convert import SAFE_TORCH, read_tensors


def test_a_torch_that_cannot_load_safely_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.save({"0.weight": torch.zeros(1)}, tmp_path / "decoder.pth")
    if torch.__version__ >= SAFE_TORCH:
        monkeypatch.setattr(torch, "__version__", "2.5.1+cpu")
    with pytest.raises(WeightsError, match=r"torch 2\.[45].*CVE-2025-32434.*2\.6"):
        read_tensors(tmp_path / "decoder.pth")
