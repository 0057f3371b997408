"""Tensors as the bytes of a safetensors file: the same bytes for the same tensors and words."""

from __future__ import annotations

import json
from collections.abc import Mapping

from safetensors.torch import save
from torch import Tensor


def tensor_bytes(tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> bytes:
    """The content of a safetensors file.

    The package writes metadata in an order that changes from process to process; here it is sorted, so that equal files
    have equal digests.

    Args:
        tensors: by name; contiguous.
        metadata: what the file says of itself.
    """
    data = save(dict(tensors), dict(metadata))
    length = int.from_bytes(data[:8], "little")  # of the header, JSON padded with spaces to a multiple of 8
    header = json.loads(data[8 : 8 + length])
    header["__metadata__"] = dict(sorted(metadata.items()))
    head = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    head += b" " * (-len(head) % 8)
    return len(head).to_bytes(8, "little") + head + data[8 + length :]
