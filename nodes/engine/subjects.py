"""The subject of each frame of an IMAGE batch, as a MASK."""

from __future__ import annotations

import torch
from torch import Tensor

from ...adain_core.pictures.masks import fit
from ...adain_core.styles.temporal import CausalMean
from ...adain_core.subject.find import find_subject, nothing_found
from .job import Host
from .pictures import Frames

MEMORY = 512 << 20
"""Bytes that the network needs on its device, amply."""


def subject_masks(frames: Frames, device: torch.device, host: Host, smoothing: float) -> tuple[Tensor, str]:
    """Find what stands out in each frame.

    Args:
        frames: the pictures.
        device: where the network runs.
        host: progress and cancelling.
        smoothing: frames over which its answers are averaged, the older the less; 0 takes each frame by itself.

    Returns:
        Masks (B, H, W) float32 in [0, 1] in main memory, and what to say of frames without a subject, or nothing.
    """
    answers, show = CausalMean(smoothing), host.progress()
    rows, cols = torch.arange(frames.height, device="cpu"), torch.arange(frames.width, device="cpu")
    masks = []
    for number in range(len(frames)):
        host.check_interrupt()
        [mask] = find_subject(
            frames.part(slice(number, number + 1)), device, lambda x, at=number: answers(x.cpu(), float(at))
        )
        masks.append(fit(mask, frames.height, frames.width).pixels(rows, cols))
        show((number + 1) / len(frames))
    return torch.stack(masks), nothing_found(masks)
