""":class:`RandomStyle` as a transform of Albumentations."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from albumentations import ImageOnlyTransform

from .random_style import RandomStyle


class StyleTransform(ImageOnlyTransform):
    """Paints images (H, W, 3), uint8 or float32 in [0, 1]; boxes, masks and keypoints pass.

    Frames of ``images`` take one style. The seed is that of `style`, not that of ``Compose``.

    Args:
        style: draws and paints; its ``p`` decides. Samples are counted: see :meth:`RandomStyle.seek`.
    """

    def __init__(self, style: RandomStyle) -> None:
        super().__init__(p=1.0)
        self.style = style

    def get_params(self) -> dict[str, Any]:
        """The sample's number."""
        [number] = self.style.draws.take(1)
        return {"number": number}

    def apply(self, img: np.ndarray, number: int, **params: Any) -> np.ndarray:
        """Paint (H, W, 3), or frames (N, H, W, 3)."""
        x = torch.from_numpy(img).movedim(-1, -3)
        painted = self.style(x, [number] * (len(x) if x.ndim == 4 else 1))
        return np.ascontiguousarray(painted.movedim(-3, -1).numpy())
