"""Frames that follow the motion of the content: each is mixed with the one before it, moved to where things are now.

Networks that halve their maps three times draw another pattern when the content moves by less than 8 pixels. Along
the motion (:mod:`.motion`) the pattern of the frame before goes on wherever the content is still the same; where it is
not (what was hidden, a light that goes on), the new frame counts alone.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ..errors import AdaINError
from .motion import Moved

TOLERANCE = 0.06
"""Difference of content, of 1, at which the share of the frame before has fallen to 1/e."""


class MotionBlend:
    """Mixes frames as they come.

    Args:
        strength: share of the frame before, at most; 0 leaves frames as they are.

    Raises:
        AdaINError: a strength that is not from 0 to below 1.
    """

    def __init__(self, strength: float) -> None:
        if not 0 <= strength < 1:
            raise AdaINError(f"follow is {strength!r}: give the share of the frame before, from 0 to below 1")
        self.strength = strength
        self._output = torch.zeros(3, 0, 0, device="cpu")

    def __call__(self, content: Tensor, stylized: Tensor, moved: Moved | None) -> Tensor:
        """The next frame.

        Args:
            content: (3, H, W) float RGB in [0, 1].
            stylized: likewise.
            moved: what the frame before tells of it; None: nothing is mixed in.

        Returns:
            (3, H, W) float32.
        """
        if self.strength == 0:
            return stylized
        new = stylized.detach().to(torch.float32, copy=True)  # what is remembered must not hold on to whole batches
        if moved is not None and self._output.shape == new.shape:
            new = self._mix(content.detach().to(torch.float32), new, moved)
        self._output = new
        return new

    def state(self) -> Tensor:
        """The last frame as it came out, (3, H, W)."""
        return self._output

    def restore(self, state: Tensor) -> None:
        """Go on from where :meth:`state` was taken."""
        self._output = state

    def _mix(self, now: Tensor, new: Tensor, moved: Moved) -> Tensor:
        height, width = now.shape[1:]
        content, output = moved.before, self._output.to(now.device)
        back = F.interpolate(moved.back[None].to(now.device), (height, width), mode="bilinear")[0]  # (2, H, W)
        ends = torch.tensor([width - 1, height - 1], device=now.device, dtype=torch.float32)
        columns, rows = (torch.arange(side, device=now.device) for side in (width, height))
        here = torch.stack(torch.meshgrid(columns, rows, indexing="xy"), 2)  # (H, W, 2): x, y
        there = here + back.permute(1, 2, 0)  # in pixels
        grid = (2 * there / ends - 1)[None]
        before = F.grid_sample(content[None], grid, "bilinear", "border", align_corners=True)[0]
        # Cubic: what is moved again and again would lose its sharpness.
        carried = F.grid_sample(output[None], grid, "bicubic", "border", align_corners=True)[0]
        off = (now - before).abs().mean(0)  # (H, W)
        inside = ((there >= 0) & (there <= ends)).all(2)
        share = self.strength * torch.exp(-(off / TOLERANCE).square()) * inside
        return torch.lerp(new, carried, share).clamp(0, 1)
