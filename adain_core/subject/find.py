"""Where the subject of a picture is: the network on a small copy, its answer refined to the picture's edges."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from ..networks.u2net import SIDE, U2NetP
from ..tiles.grid import PixelSource
from ..weights.catalog import find
from ..weights.network_files import load_subject
from .guided import decided, guided

FINEST = 2048
"""Longer side of a mask in pixels: of larger pictures a reduced copy is looked at, which is all that is in memory."""

BAND = 256
"""Rows of a large picture that are read at a time."""

LIKELY = 0.5
"""A picture whose likeliest pixel is below this has no subject."""

MEAN, SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of ImageNet's colours, which the network expects."""

Steady = Callable[[Tensor], Tensor]
"""From the network's answers for pictures that follow each other, (B, 320, 320), to steadier ones."""


@torch.no_grad()
def find_subject(source: PixelSource, device: torch.device, steady: Steady = lambda x: x) -> list[Tensor]:
    """The subject of each picture as a soft mask: people, animals or things that stand out, all of them together.

    Args:
        source: the pictures.
        device: where the network runs.
        steady: of frames of a video.

    Returns:
        One mask a picture, (h, w) float32 in [0, 1]: of its size, or reduced as a mask may be. All 0 where nothing
        stands out: see :func:`nothing_found`.
    """
    pictures = reduced(source)
    answers = steady(likelihood(pictures, device)).to(pictures)
    return [
        decided(guided(answer, picture)) if bool(answer.amax() >= LIKELY) else torch.zeros_like(picture[0])
        for answer, picture in zip(answers, pictures, strict=True)
    ]


def nothing_found(masks: Sequence[Tensor], name: str = "") -> str:
    """What to say where pictures have no subject; nothing where all have one.

    Args:
        masks: of :func:`find_subject`.
        name: of the picture.
    """
    missing = sum(not bool(mask.any()) for mask in masks)
    if not missing:
        return ""
    where = (name or "the picture") if len(masks) == 1 else f"{missing} of {len(masks)} pictures"
    return f"no subject was found in {where}: all of it is background"


def likelihood(pictures: Tensor, device: torch.device) -> Tensor:
    """What the network answers: how likely each pixel of (B, 3, h, w) is the subject's, (B, 320, 320) on `device`."""
    small = F.interpolate(pictures, (SIDE, SIDE), mode="bicubic", antialias=True).clamp_(0, 1)
    brightest = small.amax((1, 2, 3), keepdim=True).clamp_min(1 / 255)  # as in training: a dark picture is no other
    mean, spread = (torch.tensor(each, device=small.device)[:, None, None] for each in (MEAN, SPREAD))
    given = ((small / brightest - mean) / spread).to(device)
    network = _network(device)
    return torch.cat([network(each).sigmoid() for each in given.split(1)])


def reduced(source: PixelSource) -> Tensor:
    """The pictures with a longer side of `FINEST` pixels at most, (B, 3, h, w) in [0, 1], read in bands of rows."""
    height, width = source.height, source.width
    factor = -(-max(height, width) // FINEST)
    rows = factor * -(-BAND // factor)
    bands = (source.crop(y, min(y + rows, height), 0, width) for y in range(0, height, rows))
    if factor > 1:
        bands = (F.avg_pool2d(band, factor, ceil_mode=True, count_include_pad=False) for band in bands)
    x = torch.cat(list(bands), 2)
    return x if x.device.type == "cuda" else x.cpu()  # other devices do not know all that follows


@functools.lru_cache(maxsize=4)
def _network(device: torch.device) -> U2NetP:
    with torch.inference_mode(False):  # ComfyUI's: what is kept must be of use outside of it, too
        return load_subject(find("subject")).to(device)
