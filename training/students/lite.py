"""The small network as a whole, encoder and decoder learning together."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from adain_core.networks.lite import LiteDecoder, LiteEncoder
from adain_core.networks.vgg import VGGEncoder
from adain_core.styles.moments import share
from adain_core.weights.find import resolve_model
from adain_core.weights.network_files import load_decoder, load_encoder, save_decoder, save_encoder
from training.config import Config
from training.data import Batches
from training.losses import mean_std
from training.pairs import Pairs
from training.pictures import TrainingError


class LiteStudent:
    """From photo and painting to the picture."""

    def new(self) -> Lite:
        """With random weights, beside those that pass the photo on."""
        return Lite()

    def first(self, config: Config, encoder: VGGEncoder, batches: Batches) -> Lite:
        """Random, or a small network that is there."""
        if config.init == "random":
            return self.new()
        files = resolve_model(config.init)
        parts = load_encoder(files[0]).requires_grad_(True), load_decoder(files[1])
        if not (isinstance(parts[0], LiteEncoder) and isinstance(parts[1], LiteDecoder)):
            raise TrainingError(f"--init {config.init} is not of the small network: give 'lite' or a file of one")
        return Lite(parts[0], parts[1])

    def paint(self, network: nn.Module, pairs: Pairs) -> Tensor:
        """Repaint the photo."""
        return network(pairs.photo, pairs.painting, pairs.own)

    def ship(self, weights: dict[str, Tensor], path: Path, encoder: str, about: dict[str, str]) -> None:
        """Two files: its encoder is new, too."""
        parts: dict[str, dict[str, Tensor]] = {"encoder": {}, "decoder": {}}
        for key, tensor in weights.items():
            part, _, rest = key.partition(".")
            parts[part][rest] = tensor
        name = "encoder" if path.stem == "decoder" else f"{path.stem}-encoder"
        own = save_encoder(parts["encoder"], path.with_name(f"{name}.safetensors"), network="lite", **about)
        save_decoder(parts["decoder"], path, encoder=own, network="lite", **about)


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
