"""The decoder of the paper's network; its encoder is the judge."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import torch
from torch import Tensor, nn

from adain_core.networks.vgg import VGGEncoder, encoder_id
from adain_core.networks.vgg_decoder import Decoder
from adain_core.weights.catalog import find
from adain_core.weights.metadata import read_metadata
from adain_core.weights.network_files import check_pair, load_decoder, save_decoder
from training.config import Config
from training.data import CONTENT, STYLE, Batches, to_float
from training.least_squares import fit_decoder
from training.pairs import Pairs


class VGG19Student:
    """From the AdaIN target to the picture."""

    def new(self) -> Decoder:
        """With random weights."""
        return Decoder()

    def first(self, config: Config, encoder: VGGEncoder, batches: Batches) -> Decoder:
        """Random, fitted by least squares, or a decoder that is there."""
        if config.init == "random":
            return self.new()
        if config.init == "lstsq":
            return fitted(config, encoder, batches)
        path = find(config.init)
        check_pair(encoder_id(encoder.state_dict()), read_metadata(path))
        decoder = load_decoder(path)
        assert isinstance(decoder, Decoder)  # its encoder is VGG-19
        return decoder

    def paint(self, network: nn.Module, pairs: Pairs) -> Tensor:
        """Decode the target."""
        return network(pairs.target.to(pairs.photo.dtype))

    def ship(self, weights: dict[str, Tensor], path: Path, encoder: str, about: dict[str, str]) -> None:
        """One file: the encoder is known."""
        save_decoder(weights, path, encoder=encoder, network="vgg19", **about)


def fitted(config: Config, encoder: VGGEncoder, batches: Batches) -> Decoder:
    """A decoder whose layers are fitted to small crops of the photos."""
    device, side = next(encoder.parameters()).device, min(config.crop, 128)
    small = Batches(
        batches.sides[CONTENT], batches.sides[STYLE], dataclasses.replace(batches.crops, size=side), batch=8,
        seed=config.seed, content_only=batches.chosen[CONTENT].tolist(), style_only=batches.chosen[STYLE].tolist(),
    )  # fmt: skip
    count = max(1, min(50, len(batches.chosen[CONTENT]) * 4 // 8))  # 400 crops: design figures of the fit
    return fit_decoder(encoder, lambda: (to_float(small[k]["content"], device, torch.float32) for k in range(count)))
