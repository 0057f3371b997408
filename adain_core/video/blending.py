"""Frames that follow the motion of the content: each is mixed with the one before it, moved to where things are now.

Networks that halve their maps three times draw another pattern when the content moves by less than 8 pixels. Along
the motion, which OpenCV estimates from the content (DIS, Kroeger et al. 2016, arXiv 1603.03590), the pattern of the
frame before goes on wherever the content is still the same; where it is not (what was hidden, a light that goes
on), the new frame counts alone.
"""

from __future__ import annotations

import numpy as np
import torch
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
        self._content = self._output = np.zeros((0, 0, 3), np.float32)
        if strength > 0:
            try:
                import cv2
            except ImportError as e:
                raise AdaINError(f"motion needs OpenCV ({e}): pip install 'adain-style-transfer[video]'") from e
            self._cv2 = cv2
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
        now, new = (x.detach().cpu().float().permute(1, 2, 0).contiguous().numpy() for x in (content, stylized))
        if not fresh and self._content.shape == now.shape:
            new = self._mix(now, new)
        self._content, self._output = now, new
        return torch.from_numpy(new).permute(2, 0, 1).to(stylized.device)

    def state(self) -> dict[str, Tensor]:
        """The last frame, of the content and as it came out, (H, W, 3)."""
        return {"content": torch.from_numpy(self._content), "output": torch.from_numpy(self._output)}

    def restore(self, state: dict[str, Tensor]) -> None:
        """Go on from where :meth:`state` was taken."""
        self._content, self._output = state["content"].numpy(), state["output"].numpy()

    def _mix(self, now: np.ndarray, new: np.ndarray) -> np.ndarray:
        cv2, (height, width) = self._cv2, now.shape[:2]
        there = self._motion(now) + np.stack(np.meshgrid(np.arange(width), np.arange(height)), -1).astype(np.float32)
        before = cv2.remap(self._content, there, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        # Cubic: what is moved again and again would lose its sharpness.
        moved = cv2.remap(self._output, there, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        off = np.abs(now - before).mean(2)
        x, y = there[..., 0], there[..., 1]
        inside = (x >= 0) & (y >= 0) & (x <= width - 1) & (y <= height - 1)
        share = (self.strength * np.exp(-np.square(off / TOLERANCE)) * inside)[..., None]
        return (new + (moved - new) * share).clip(0, 1).astype(np.float32)

    def _motion(self, now: np.ndarray) -> np.ndarray:
        """From each pixel of this frame to where it was in the one before, (H, W, 2) in pixels."""
        cv2, (height, width) = self._cv2, now.shape[:2]
        scale = min(1.0, FLOW_SIDE / max(height, width))
        small = (max(16, round(width * scale)), max(16, round(height * scale)))
        grey = [cv2.cvtColor((x * 255).round().astype(np.uint8), cv2.COLOR_RGB2GRAY) for x in (now, self._content)]
        less = [cv2.resize(x, small, None, 0, 0, cv2.INTER_AREA) for x in grey]
        flow = self._flow.calc(less[0], less[1], np.zeros((small[1], small[0], 2), np.float32))
        flow = cv2.resize(flow, (width, height), None, 0, 0, cv2.INTER_LINEAR)
        return flow * np.array([width / small[0], height / small[1]], np.float32)
