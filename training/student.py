"""The small network as one module, encoder and decoder learning together."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from adain_core.networks.lite import LiteDecoder, LiteEncoder
from adain_core.styles.moments import share
from training.losses import mean_std


class Lite(nn.Module):
    """:mod:`adain_core.networks.lite` from photo and painting to picture, differentiable."""

    def __init__(self, encoder: LiteEncoder | None = None, decoder: LiteDecoder | None = None) -> None:
        super().__init__()
        self.encoder = encoder or LiteEncoder()
        self.decoder = decoder or LiteDecoder()

    def forward(self, photo: Tensor, painting: Tensor, own: Tensor | None = None) -> Tensor:
        """Repaint photos.

        Args:
            photo: (B, 3, H, W) RGB in [0, 1], sides multiples of 8.
            painting: (B, 3, H', W').
            own: (B,) bool, true where the photo's own statistics are the style's: the photo should come back.

        Returns:
            (B, 3, H, W), around [0, 1] and not clamped.
        """
        f = self.encoder(photo)  # (B, 512, H/8, W/8)
        mean, std = share(*mean_std(f), LiteEncoder.phases)  # (B, 512)
        style_mean, style_std = share(*mean_std(self.encoder(painting)), LiteEncoder.phases)
        if own is not None:
            style_mean = torch.where(own[:, None], mean, style_mean)
            style_std = torch.where(own[:, None], std, style_std)
        scale = style_std / std  # (B, 512)
        shift = style_mean - scale * mean
        return self.decoder(torch.addcmul(shift[:, :, None, None], f.float(), scale[:, :, None, None]).to(f.dtype))
