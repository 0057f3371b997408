"""What is minimised: every loss with its weight, in this one place."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from adain_core.networks.vgg import VGGEncoder
from training.config import Config
from training.losses import block_edges, content_loss, grid_pattern, power, style_loss, total_variation
from training.pairs import Pairs
from training.views import Statistics


def weights(config: Config) -> dict[str, float]:
    """What each loss is multiplied by, under its name in the log; the paper's two come always, others if they count."""
    paper = {"content": 1.0, "style": config.style_weight}
    others = {
        "range": config.range_weight,
        "pattern": config.pattern_weight,
        "blocks": config.block_weight,
        "tv": config.tv_weight,
        "identity": config.identity_weight,
    }
    return paper | {name: weight for name, weight in others.items() if weight}


def by_features(
    encoder: VGGEncoder, out: Tensor, target: Tensor, style: Statistics, relative: bool
) -> dict[str, Tensor]:
    """Content and style loss of pictures out (B, 3, S, S): with the judge in one function, to be compiled as one."""
    taps = encoder.taps(out.to(next(encoder.parameters()).dtype))
    content = content_loss(taps[-1], target, power(*style[-1]) if relative else None)
    return {"content": content, "style": style_loss(taps, style, relative)}


def out_of_range(out: Tensor) -> Tensor:
    """Mean square of what lies outside [0, 1] and would be cut off; out: (B, 3, S, S); a scalar."""
    return (out - out.clamp(0, 1)).square().mean()


def identity_loss(out: Tensor, pairs: Pairs) -> Tensor:
    """Mean squared distance to the photo where it is its own style: over all pairs, so that processes add up."""
    assert pairs.own is not None
    distance = (out - pairs.photo.float()).square().mean((1, 2, 3))  # (B,)
    return (distance * pairs.own).mean()


@torch.no_grad()
def contrast(out: Tensor, pairs: Pairs) -> Tensor:
    """Contrast of pictures out (B, 3, S, S) as a share of their paintings': no loss, but a sign of trouble."""
    return out.std((2, 3)).mean() / pairs.colour[1].mean()


BY_PIXELS: dict[str, Callable[[Tensor, Pairs], Tensor]] = {
    "range": lambda out, pairs: out_of_range(out),
    "pattern": lambda out, pairs: grid_pattern(out, 4) + grid_pattern(out, 8),
    "blocks": lambda out, pairs: block_edges(out),
    "tv": lambda out, pairs: total_variation(out),
    "identity": identity_loss,
}


class Objective:
    """The losses of a run.

    Args:
        config: says what counts how much.
        encoder: the judge, in the format it computes in.
    """

    def __init__(self, config: Config, encoder: VGGEncoder) -> None:
        self.encoder, self.relative, self.weights = encoder, config.relative, weights(config)
        self._by_features = torch.compile(by_features) if config.compile else by_features

    def terms(self, out: Tensor, pairs: Pairs) -> dict[str, Tensor]:
        """Each loss of pictures out (B, 3, S, S), float32 and not clamped: scalars before they are weighted."""
        found = self._by_features(self.encoder, out, pairs.target, pairs.style, self.relative)
        return found | {name: loss(out, pairs) for name, loss in BY_PIXELS.items() if name in self.weights}

    def total(self, terms: dict[str, Tensor]) -> Tensor:
        """Their weighted sum."""
        first, *others = (weight * terms[name] for name, weight in self.weights.items())
        return sum(others, first)
