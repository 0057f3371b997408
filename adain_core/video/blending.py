"""Frames that follow the motion of the content: each is mixed with the one before it, moved to where things are now.

Networks that halve their maps three times draw another pattern when the content moves by less than 8 pixels. Along
the motion, which OpenCV estimates from the content (DIS, Kroeger et al. 2016, arXiv 1603.03590), the pattern of the
frame before goes on wherever the content is still the same; where it is not (what was hidden, a light that goes
on), the new frame counts alone. Only the small grey pictures that motion is looked for in leave the frames' device.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..errors import AdaINError

FLOW_SIDE = 384
"""Longer side at which motion is looked for: it is smooth, and is enlarged after."""

TOLERANCE = 0.06
"""Difference of content, of 1, at which the share of the frame before has fallen to 1/e."""


class MotionBlend:
    """Mixes frames as they come.

    Args:
        strength: share of the frame before, at most; 0 leaves frames as they are.

    Raises:
        AdaINError: a strength that is not from 0 to below 1, or OpenCV is missing.
    """

    def __init__(self, strength: float) -> None:
        if not 0 <= strength < 1:
            raise AdaINError(f"follow is {strength!r}: give the share of the frame before, from 0 to below 1")
        self.strength = strength
        self._content = self._output = torch.zeros(3, 0, 0, device="cpu")
        if strength > 0:
            try:
                import cv2
            except ImportError as e:
                raise AdaINError(f"motion needs OpenCV ({e}): pip install 'adain-style-transfer[video]'") from e
            self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)

    def __call__(self, content: Tensor, stylized: Tensor, fresh: bool) -> Tensor:
        """The next frame.

        Args:
            content: (3, H, W) float RGB in [0, 1].
            stylized: likewise.
            fresh: whether a new scene begins: nothing is mixed in.

        Returns:
            (3, H, W) float32.
        """
        if self.strength == 0:
            return stylized
        # Copies: what is remembered must not hold on to whole batches.
        now, new = (x.detach().to(torch.float32, copy=True) for x in (content, stylized))
        if not fresh and self._content.shape == now.shape:
            new = self._mix(now, new)
        self._content, self._output = now, new
        return new

    def state(self) -> dict[str, Tensor]:
        """The last frame, of the content and as it came out, (3, H, W)."""
        return {"content": self._content, "output": self._output}

    def restore(self, state: dict[str, Tensor]) -> None:
        """Go on from where :meth:`state` was taken."""
        self._content, self._output = state["content"], state["output"]

    def _mix(self, now: Tensor, new: Tensor) -> Tensor:
        height, width = now.shape[1:]
        content, output = self._content.to(now.device), self._output.to(now.device)
        ends = torch.tensor([width - 1, height - 1], device=now.device, dtype=torch.float32)
        columns, rows = (torch.arange(side, device=now.device) for side in (width, height))
        here = torch.stack(torch.meshgrid(columns, rows, indexing="xy"), 2)  # (H, W, 2): x, y
        there = here + self._motion(now, content)  # in pixels
        grid = (2 * there / ends - 1)[None]
        before = F.grid_sample(content[None], grid, "bilinear", "border", align_corners=True)[0]
        # Cubic: what is moved again and again would lose its sharpness.
        moved = F.grid_sample(output[None], grid, "bicubic", "border", align_corners=True)[0]
        off = (now - before).abs().mean(0)  # (H, W)
        inside = ((there >= 0) & (there <= ends)).all(2)
        share = self.strength * torch.exp(-(off / TOLERANCE).square()) * inside
        return torch.lerp(new, moved, share).clamp(0, 1)

    def _motion(self, now: Tensor, before: Tensor) -> Tensor:
        """From each pixel of a frame (3, H, W) to where it was in the one before, (H, W, 2) in pixels."""
        height, width = now.shape[1:]
        scale = min(1.0, FLOW_SIDE / max(height, width))
        small = max(16, round(height * scale)), max(16, round(width * scale))
        grey = torch.einsum("c,bchw->bhw", now.new_tensor([0.299, 0.587, 0.114]), torch.stack([now, before]))
        less = (F.interpolate(grey[None], small, mode="area")[0] * 255).round().to(torch.uint8).cpu().numpy()
        flow = torch.from_numpy(self._flow.calc(less[0], less[1], np.zeros((*small, 2), np.float32)))  # (h, w, 2)
        flow *= torch.tensor([width / small[1], height / small[0]], device=flow.device)
        large = F.interpolate(flow.permute(2, 0, 1)[None].to(now.device), (height, width), mode="bilinear")
        return large[0].permute(1, 2, 0)
