"""Adaptive instance normalisation: one affine map a channel, for one style, many, or one a region."""

from collections.abc import Sequence

import torch
from torch import Tensor

from ..networks.row_bands import row_bands
from ..styles.style import Style

AffineMap = tuple[Tensor, Tensor]
"""Scale and shift, each (B, C, 1, 1) for whole pictures or (B, C, h, w) where regions differ."""


def affine(content: Style, target: Style) -> AffineMap:
    """The map that gives features with the content's statistics those of the target.

    adain(f) = (f - mean(f)) / std(f) * target.std + target.mean  (arXiv 1703.06868, eq. 8), written as
    scale * f + shift.

    Returns:
        scale and shift, (B, C, 1, 1), float32.
    """
    scale = target.std / content.std
    shift = target.mean - scale * content.mean
    return scale.view(-1, scale.shape[-1], 1, 1), shift.view(-1, shift.shape[-1], 1, 1)


def regional(maps: Sequence[AffineMap], shares: Tensor) -> AffineMap:
    """One affine map a region, as one map a cell: ``sum_k m_k scale_k`` and ``sum_k m_k shift_k``.

    Cells that the shares do not fill up to 1 keep their features for the rest.

    Args:
        maps: K maps as :func:`affine` gives them, for a batch of B pictures.
        shares: (K, h, w), or (K, B, h, w) where pictures differ; each in [0, 1], summing to at most 1 in every cell.

    Returns:
        scale and shift, (B, C, h, w).
    """
    scales = torch.stack([scale[:, :, 0, 0] for scale, _ in maps])  # (K, B, C)
    shifts = torch.stack([shift[:, :, 0, 0] for _, shift in maps])  # (K, B, C)
    product = "kbc,khw->bchw" if shares.ndim == 3 else "kbc,kbhw->bchw"
    return torch.einsum(product, scales - 1.0, shares) + 1.0, torch.einsum(product, shifts, shares)


def apply(f: Tensor, affine_map: AffineMap) -> Tensor:
    """scale * f + shift, computed in float32 and returned in the features' dtype; f: (B, C, h, w)."""
    scale, shift = affine_map
    if f.dtype == torch.float32 or f.requires_grad:
        return torch.addcmul(shift, f.float(), scale).to(f.dtype)
    out = torch.empty_like(f)
    for rows in row_bands(f):
        s, t = (part if part.shape[2] == 1 else part[:, :, rows] for part in (scale, shift))
        out[:, :, rows] = torch.addcmul(t, f[:, :, rows].float(), s)
    return out
