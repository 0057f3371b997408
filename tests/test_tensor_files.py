"""Files of weights and styles: equal content, equal bytes."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load

from adain_core.system.tensor_files import tensor_bytes

WRITE = """
import hashlib, torch
from adain_core.styles.style import Style
style = Style(torch.arange(8.0), torch.ones(8), encoder="0123456789abcdef", name="Ö", info={"artist": "x"})
print(hashlib.sha256(style.to_bytes()).hexdigest())
"""


def test_other_processes_write_the_same_bytes() -> None:
    """The order that the package gives metadata changes from one process to the next."""
    digests = {subprocess.run([sys.executable, "-c", WRITE], capture_output=True, check=True).stdout for _ in range(3)}
    assert len(digests) == 1 and len(digests.pop().strip()) == 64


def test_the_file_is_one_that_the_package_reads(tmp_path: Path) -> None:
    tensors = {"b": torch.rand(3, 5), "a": torch.rand(7).half(), "one more": torch.tensor([1, 2])}
    metadata = {f"key {n}": 'words, "quoted", ünïcode\n' + "x" * n for n in range(9)}
    data = tensor_bytes(tensors, metadata)
    (tmp_path / "x.safetensors").write_bytes(data)
    with safe_open(tmp_path / "x.safetensors", "pt") as file:
        assert file.metadata() == metadata
    assert all(torch.equal(load(data)[name], tensor) for name, tensor in tensors.items())
    assert hashlib.sha256(data).digest() == hashlib.sha256(tensor_bytes(tensors, metadata)).digest()
