"""Where things were in the frame before, and how far they have come since a scene began.

OpenCV estimates motion from small grey copies of the content (DIS, Kroeger et al. 2016, arXiv 1603.03590); only these
leave the frames' device. It is smooth, and enlarged where it is needed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..errors import AdaINError
from ..pictures.sampling import spread

FLOW_SIDE = 384
"""Longer side at which motion is looked for."""


SEEN = 0.25
"""Mean of it over a cell from which the cell's own motion counts alone."""

EDGE = 8.0
"""Difference of neighbouring pixels, of 255, from which motion is rather seen than guessed."""


@dataclass(frozen=True, eq=False)
class Moved:
    """What the frame before tells of a frame.

    Attributes:
        before: that frame, (3, H, W).
        back: from each place of the frame to where it was before, in pixels of the frame: x, y, (2, h, w) on the CPU.
        seen: how much there is to see it by, (h, w) from 0 (a flat place, whose motion is a guess) to 1.
    """

    before: Tensor
    back: Tensor
    seen: Tensor


class Motion:
    """Looks for motion in frames as they come.

    Raises:
        AdaINError: OpenCV is missing.
    """

    def __init__(self) -> None:
        try:
            import cv2
        except ImportError as e:
            raise AdaINError(f"motion needs OpenCV ({e}): pip install 'adain-style-transfer[video]'") from e
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        self._content = torch.zeros(3, 0, 0, device="cpu")

    def __call__(self, content: Tensor, fresh: bool) -> Moved | None:
        """What the frame before tells of the next frame.

        Args:
            content: (3, H, W) float RGB in [0, 1].
            fresh: whether a new scene begins.

        Returns:
            None if the frame is the first of its scene or size.
        """
        # A copy: what is remembered must not hold on to whole batches.
        before, now = self._content, content.detach().to(torch.float32, copy=True)
        self._content = now
        if fresh or before.shape != now.shape:
            return None
        before = before.to(now.device)
        return Moved(before, *self._search(now, before))

    def state(self) -> Tensor:
        """The last frame, (3, H, W)."""
        return self._content

    def restore(self, state: Tensor) -> None:
        """Go on from where :meth:`state` was taken."""
        self._content = state

    def _search(self, now: Tensor, before: Tensor) -> tuple[Tensor, Tensor]:
        height, width = now.shape[1:]
        scale = min(1.0, FLOW_SIDE / max(height, width))
        small = max(16, round(height * scale)), max(16, round(width * scale))
        grey = torch.einsum("c,bchw->bhw", now.new_tensor([0.299, 0.587, 0.114]), torch.stack([now, before]))
        less = (F.interpolate(grey[None], small, mode="area")[0] * 255).round().to(torch.uint8).cpu().numpy()
        flow = torch.from_numpy(self._flow.calc(less[0], less[1], np.zeros((*small, 2), np.float32)))  # (h, w, 2)
        back = (flow * torch.tensor([width / small[1], height / small[0]], device="cpu")).permute(2, 0, 1)
        change = [np.gradient(less[0].astype(np.float32), axis=axis) for axis in (0, 1)]
        edges = torch.from_numpy(np.hypot(*change)).square()
        return back, edges / (edges + EDGE**2)


class Drift:
    """How far each place of a frame has come since its scene began: what moves along with the content reads it.

    Flat places go with what is seen to move around them.
    """

    def __init__(self) -> None:
        self._so_far = torch.zeros(2, 0, 0, device="cpu")

    def __call__(self, moved: Moved | None, height: int, width: int) -> Tensor:
        """Of the next frame: to where each place was when the scene began, in pixels: x, y, (2, h, w) on the CPU.

        Args:
            moved: what the frame before tells; None begins a scene.
            height: of the frame, in pixels.
            width: of the frame, in pixels.
        """
        if moved is None:
            self._so_far = torch.zeros(2, 1, 1, device="cpu")
            return self._so_far
        seen = moved.seen[None, None]
        back = spread(moved.back[None] * seen, seen, SEEN)[0]
        small = back.shape[1:]
        so_far = self._so_far if self._so_far.shape == back.shape else self._so_far[:, :1, :1].expand_as(back)
        rows, cols = (torch.arange(side, device="cpu") + 0.5 for side in small)
        here = torch.stack(torch.meshgrid(cols, rows, indexing="xy"))  # (2, h, w): x, y
        there = here + back * torch.tensor([small[1] / width, small[0] / height], device="cpu")[:, None, None]
        grid = 2 * there / torch.tensor([small[1], small[0]], device="cpu")[:, None, None] - 1
        grid = grid.permute(1, 2, 0)[None]
        self._so_far = back + F.grid_sample(so_far[None], grid, "bilinear", "border", align_corners=False)[0]
        return self._so_far

    def state(self) -> Tensor:
        """That of the last frame."""
        return self._so_far

    def restore(self, state: Tensor) -> None:
        """Go on from where :meth:`state` was taken."""
        self._so_far = state
