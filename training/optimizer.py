"""How gradients become steps: the optimizer and its rate."""

from __future__ import annotations

import math

import torch

from training.config import Config


def new_optimizer(config: Config, network: torch.nn.Module) -> torch.optim.Optimizer:
    """Adam, or SOAP (arXiv 2409.11321), which is Adam in the gradients' eigenbases."""
    if config.optimizer == "adam":
        return torch.optim.Adam(network.parameters(), lr=config.lr)
    from pytorch_optimizer import SOAP  # here: Adam does without this package

    return SOAP(network.parameters(), lr=config.lr, betas=(0.95, 0.95), weight_decay=0.0, precondition_frequency=10)


def learning_rate(config: Config, step: int) -> float:
    """The rate of update number `step`, from 0: a pure function, so that there is nothing to store."""
    rate = config.lr * min(1.0, (step + 1) / config.warmup) if config.warmup else config.lr
    if config.schedule == "inverse":
        return rate / (1.0 + config.decay * step)
    return rate * (0.02 + 0.98 * 0.5 * (1.0 + math.cos(math.pi * step / config.steps)))
