"""The average of the weights over the updates: what is judged and what ships."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Average:
    """An exponential average of a network's weights.

    Args:
        network: what is trained; the average begins as its weights.
        decay: share that stays of the average at an update, in [0, 1); 0 = always the last weights.

    Attributes:
        weights: the average, by the names of the network's state.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.network, self.decay = network, decay
        self.weights: dict[str, Tensor] = {name: t.detach().clone() for name, t in network.state_dict().items()}

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Move towards the weights after update `step`, faster at the start: the first weights are soon forgotten."""
        weight = 1.0 - min(self.decay, (1.0 + step) / (10.0 + step))
        now = self.network.state_dict()
        torch._foreach_lerp_(list(self.weights.values()), [now[name] for name in self.weights], weight)

    def finite(self) -> bool:
        """Whether all are numbers."""
        return all(bool(tensor.isfinite().all()) for tensor in self.weights.values())
