"""Signs of trouble in a run's figures."""

from __future__ import annotations

import math

from training.config import Config
from training.pictures import TrainingError
from training.run.resume import how_to_go_on

GREY_AFTER, GREY_BELOW = 300, 0.3  # updates; contrast of the output as a share of the painting's: 0.7 to 1 is usual


def refuse_nan(config: Config, step: int, loss: float) -> None:
    """End a run that went wrong.

    Raises:
        TrainingError: the loss is not a finite number.
    """
    if not math.isfinite(loss):
        raise TrainingError(f"the loss is {loss} at step {step}: {how_to_go_on(config)}")


def grey(config: Config, step: int, contrast: float) -> str | None:
    """A warning, if pictures have lost their contrast."""
    if step < GREY_AFTER or contrast >= GREY_BELOW:
        return None
    return (
        f"warning: pictures go grey at step {step}: their contrast is {contrast:.0%} of the "
        f"paintings'; stop, and start again with a lower --lr than {config.lr:g} or --init lstsq"
    )
