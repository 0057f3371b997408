"""Where to compute, and in which number format."""

import math
import time
from functools import cache

import torch

from ..errors import AdaINError

DTYPES = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}
"""Compute formats by name. Statistics are float32 or better in each of them."""


def pick_device(device: str | torch.device = "auto") -> torch.device:
    """The device to compute on; "auto" is CUDA, else MPS, else the CPU.

    Raises:
        AdaINError: no such device on this machine.
    """
    if device != "auto":
        try:
            picked = torch.device(device)
            torch.empty(1, device=picked)
        except (RuntimeError, AssertionError) as e:
            reason = str(e).splitlines()[0]
            raise AdaINError(f"device {str(device)!r} cannot be used ({reason}): try 'cpu' or 'auto'") from e
        return picked
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def pick_dtype(dtype: str | torch.dtype, device: torch.device) -> torch.dtype:
    """The compute format; "auto" is half precision where the device computes it faster.

    float16 on CUDA and MPS; bfloat16 on CPUs that gain by it, which changes the picture by about half an 8-bit level
    on average (a refined one, whose strokes then run another way, by five or six); float32 elsewhere.

    Raises:
        AdaINError: another format than float32, float16 and bfloat16.
    """
    if dtype == "auto":
        if device.type == "cpu":
            return torch.bfloat16 if cpu_gains_by_bfloat16() else torch.float32
        return torch.float16
    picked = DTYPES.get(str(dtype).removeprefix("torch."))
    if picked is None:
        raise AdaINError(f"dtype is {dtype!r}: give one of 'auto', {', '.join(map(repr, DTYPES))}")
    return picked


@cache
def cpu_gains_by_bfloat16() -> bool:
    """Whether this CPU multiplies matrices in bfloat16 at least 1.5 times as fast as in float32; tried once, 30 ms.

    Having instructions for it does not tell: measured on two cores each, AVX512-BF16 was 2.0 times as fast as float32
    on an AMD EPYC and 0.5 times on an Intel Xeon whose AMX the virtual machine hides. Without instructions it is
    emulated, and always slower.
    """
    found = (getattr(torch.cpu, name, None) for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"))
    if not any(check is not None and check() for check in found):
        return False
    pairs = [torch.ones(2, 512, 512, dtype=dtype, device="cpu") for dtype in (torch.float32, torch.bfloat16)]
    took = [math.inf, math.inf]
    # The processor's time: other work on the machine must not decide. Windows counts it in steps of 16 ms.
    fine = time.get_clock_info("process_time").resolution < 1e-4
    now = time.process_time if fine else time.perf_counter
    for _ in range(6):  # taking turns, and the best of each
        for i, (a, b) in enumerate(pairs):
            start = now()
            torch.mm(a, b)
            took[i] = min(took[i], now() - start)
    return took[0] >= 1.5 * took[1]
