"""An encoder that remembers: the same pixels are encoded once, so that another strength costs one decode."""

from __future__ import annotations

import hashlib
from typing import Any

import torch
from torch import Tensor, nn

from .lru import ByteLRU


class RememberingEncoder(nn.Module):
    """Wraps an encoder; features are kept by the hash of the very pixels that were encoded.

    The key is the content: a user finds there only features of pixels that he already has.

    Args:
        encoder: any network of pixels (B, 3, H, W).
        limit: bytes that kept features may take.
    """

    def __init__(self, encoder: nn.Module, limit: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.kept: ByteLRU[Tensor] = ByteLRU(limit, lambda f: f.numel() * f.element_size())
        self.runs = 0

    def __getattr__(self, name: str) -> Any:
        """What the encoder says about itself (channels, halo ...)."""
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(super().__getattr__("encoder"), name)

    def forward(self, x: Tensor) -> Tensor:
        """Features of x (B, 3, H, W); not to be modified, others may get the same."""
        if x.requires_grad:  # a picture on its way to another, that does not come again
            return self.encoder(x)

        def encode() -> Tensor:
            self.runs += 1
            return self.encoder(x)

        return self.kept.get(content_key(x), encode)


def content_key(x: Tensor) -> str:
    """SHA-256 of a tensor's shape, format and values."""
    flat = x.detach().permute(0, 2, 3, 1).contiguous().cpu()  # the order in memory: no copy for channels_last
    digest = hashlib.sha256(f"{tuple(x.shape)} {x.dtype}".encode())
    digest.update(flat.view(torch.uint8).numpy().data)
    return digest.hexdigest()
