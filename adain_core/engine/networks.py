"""What the engine needs of a model: two networks on a device. No files, no host, no styles."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..networks.architectures import AnyDecoder, Encoder


@dataclass(frozen=True, eq=False)
class Networks:
    """Encoder and decoder, ready to compute."""

    encoder: Encoder
    decoder: AnyDecoder
    device: torch.device
    dtype: torch.dtype

    @property
    def halo(self) -> int:
        """Cells around a tile that its pixels depend on, there and back."""
        return self.encoder.halo + self.decoder.halo

    def place(self, x: Tensor) -> Tensor:
        """Pixels or features (B, C, h, w) as the networks take them: device, format, memory order."""
        return x.to(self.device, self.dtype).contiguous(memory_format=torch.channels_last)
