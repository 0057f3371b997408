"""Which number format the networks compute in."""

from __future__ import annotations

from typing import Literal

import torch

from adain_core.system.device import cpu_gains_by_bfloat16
from training.config import Config
from training.pictures import TrainingError

DTYPES = {"no": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


def precision_here(
    config: Config, before: Literal["no", "bf16", "fp16"] | None = None
) -> Literal["no", "bf16", "fp16"]:
    """What "auto" means on this machine: on a CPU bf16 may be slower than float32, old GPUs only imitate it.

    Args:
        config: of the run.
        before: the precision of a checkpoint that the run goes on from. What is faster is measured, and may be found
            otherwise another time.
    """
    if config.precision != "auto":
        return config.precision
    if before is not None:
        return before
    if config.cpu or not torch.cuda.is_available():
        return "bf16" if cpu_gains_by_bfloat16() else "no"
    return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp16"


def dtype_on(device: torch.device, precision: str) -> torch.dtype:
    """The format of a precision.

    Raises:
        TrainingError: float16 on a CPU: nothing would scale its gradients.
    """
    if precision == "fp16" and device.type == "cpu":
        raise TrainingError("--precision fp16 needs a GPU, and this run is on the CPU: give --precision bf16 or no")
    return DTYPES[precision]
