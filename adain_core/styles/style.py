"""A style is a pair of vectors: mean and standard deviation of each channel of relu4_1.

Everything AdaIN does at run time is arithmetic on such pairs: strength mixes the content's own pair with the
style's, blending mixes many styles, a style file holds one pair in 4 KB. A style may carry the pairs of the layers
before, its texture, which go through the same arithmetic.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from ..errors import StyleError
from ..networks.row_bands import row_bands
from ..system.atomic_files import write_atomically

EPS = 1e-5
"""Added to the variance under the root (as in the paper's code), so that a flat channel does not divide by zero."""

FORMAT = "adain-style-1"

Phases = tuple[tuple[int, int], ...]
"""Channels that share their statistics: so many, so many times each, see :func:`share`."""

MIN_CELLS = 8.0
"""A region with fewer feature cells than this has no meaningful spread of its own: it takes the whole picture's."""


@dataclass(frozen=True, eq=False)
class Style:
    """Per-channel statistics of the encoder's features, biased (population) variance.

    Attributes:
        mean: (C,) for one style or (B, C) for one a picture of a batch, float32.
        std: same shape, positive.
        encoder: id of the encoder that made it (:func:`adain_core.networks.vgg.encoder_id`); another one refuses it.
        name: what to call it.
        info: title, artist, year, source, licence ... as far as known.
        texture: mean and std of relu1_1, relu2_1 and relu3_1, one after the other, (448,) or (B, 448) each, where they
            were taken: what refinement can paint by, too (:mod:`adain_core.engine.texture`). 3.5 KB.
    """

    mean: Tensor
    std: Tensor
    encoder: str = ""
    name: str = ""
    info: dict[str, str] = field(default_factory=dict)
    texture: Style | None = None

    def __repr__(self) -> str:
        return f"Style({self.name!r}, {tuple(self.mean.shape)}, encoder {self.encoder or 'unknown'})"

    @staticmethod
    def from_features(f: Tensor, weights: Tensor | None = None, encoder: str = "", name: str = "") -> Style:
        """Statistics of features over space (arXiv 1703.06868, eq. 5 and 6), summed in float64.

        The variance is the biased one (divided by N) for content and style alike, so that a one-cell map and
        soft masks are defined; the original divides by N for content and N - 1 for style.

        Args:
            f: (B, C, h, w) features, any float dtype.
            weights: (h, w) non-negative weight of each cell, for the statistics of a region.
            encoder: id of the encoder.
            name: name of the style.

        Returns:
            A style of shape (C,) for B = 1, else (B, C).

        Raises:
            StyleError: the weights sum to zero.
        """
        moments = Moments()
        moments.add(f, weights)
        return moments.style(encoder=encoder, name=name)

    @staticmethod
    def mix(styles: Sequence[Style], weights: Sequence[float] | None = None) -> Style:
        """Weighted mean of styles: equals the weighted mean of their AdaIN outputs (arXiv 1703.06868, eq. 15).

        Args:
            styles: one or more, of one encoder; pictures of any sizes made them.
            weights: non-negative numbers, one a style, normalised to sum 1; equal shares when missing.

        Raises:
            StyleError: no style, styles of different encoders, or weights that are negative, not finite, zero in
                sum or of another count.
        """
        if not styles:
            raise StyleError("no style to mix: give at least one")
        weights = [1.0] * len(styles) if weights is None else [float(w) for w in weights]
        if len(weights) != len(styles):
            raise StyleError(f"{len(styles)} styles but {len(weights)} weights: give one weight for each style")
        total = check_weights(weights)
        encoders = sorted({s.encoder for s in styles if s.encoder})
        if len(encoders) > 1:
            raise StyleError(f"styles of different encoders {encoders}: encode them all with one model")
        if len(styles) == 1:
            return styles[0]
        name = " + ".join(f"{w / total:.2g} {s.name or 'style'}" for s, w in zip(styles, weights, strict=True))
        shares = [w / total for w in weights]
        return replace(_affine_mix(styles, shares), encoder=encoders[0] if encoders else "", name=name, info={})

    def strength(self, alpha: float | Tensor, content: Style) -> Style:
        """This style at strength alpha over a content's own statistics (arXiv 1703.06868, eq. 14).

        Args:
            alpha: 0 keeps the content's statistics, 1 takes the style's; above 1 exaggerates. For a batch (B, C) of
                styles also (B, 1): one for each, which the caller has checked.
            content: statistics of the content's features.

        Raises:
            StyleError: alpha is negative or not a finite number.
        """
        if not isinstance(alpha, Tensor):
            check_alpha(alpha)
            if alpha == 1:
                return self
        mixed = _affine_mix([content, self], [1.0 - alpha, alpha])
        # Beyond 1 the line leads past the style: a channel calmer than the content's could get a negative spread.
        texture = mixed.texture and replace(mixed.texture, std=mixed.texture.std.clamp_min(0.0))
        return replace(self, mean=mixed.mean, std=mixed.std.clamp_min(0.0), texture=texture)

    def to(self, device: torch.device | str) -> Style:
        """The same style on another device."""
        texture = self.texture and self.texture.to(device)
        return replace(self, mean=self.mean.to(device), std=self.std.to(device), texture=texture)

    def tensors(self) -> dict[str, Tensor]:
        """What a file holds of it: "mean" and "std", and where it has a texture "texture.mean" and "texture.std".

        On the CPU, float32. Raises StyleError for a batch of styles.
        """
        if self.mean.ndim != 1:
            raise StyleError(f"a batch of {self.mean.shape[0]} styles does not go into one style file: save each alone")
        parts = {"": self} if self.texture is None else {"": self, "texture.": self.texture}
        return {
            f"{prefix}{name}": values.detach().to("cpu", torch.float32, copy=True).contiguous()  # one style, two names
            for prefix, part in parts.items()
            for name, values in (("mean", part.mean), ("std", part.std))
        }

    @staticmethod
    def from_tensors(
        tensors: Mapping[str, Tensor], encoder: str, name: str, info: dict[str, str], source: str | Path
    ) -> Style:
        """The inverse of :meth:`tensors`; `source` is the file to name in an error.

        Raises:
            StyleError: shapes that do not fit, or numbers that are not finite.
            KeyError: a tensor is missing.
        """
        found = []
        for prefix in ("", "texture.") if "texture.mean" in tensors else ("",):
            mean, std = tensors[f"{prefix}mean"], tensors[f"{prefix}std"]
            if mean.ndim != 1 or mean.shape != std.shape or not (mean.isfinite().all() and std.isfinite().all()):
                raise StyleError(
                    f"{source} holds no usable style {name!r}: {prefix}mean {tuple(mean.shape)}, std {tuple(std.shape)}"
                )
            found.append(Style(mean, std))
        return replace(found[0], encoder=encoder, name=name, info=info, texture=found[1] if found[1:] else None)

    def save(self, path: str | Path) -> None:
        """Write a 4 KB safetensors file (8 KB with texture), whole or not at all.

        Raises:
            StyleError: this is a batch of styles; save them one by one.
        """
        write_atomically(path, self.to_bytes())

    def to_bytes(self) -> bytes:
        """The content of a style file."""
        meta = {"format": FORMAT, "encoder": self.encoder, "name": self.name, "info": json.dumps(self.info)}
        return save(self.tensors(), meta)

    @staticmethod
    def load(path: str | Path) -> Style:
        """Read a file written by :meth:`save`.

        Raises:
            StyleError: no such file, or not a style file.
        """
        path = Path(path)
        if not path.is_file():
            raise StyleError(f"no style file {str(path)!r}: check the path")
        try:
            with safe_open(path, "pt") as file:
                meta = file.metadata() or {}
                if meta.get("format") != FORMAT:
                    raise StyleError(f"{path} is not a style file (format {meta.get('format')!r}, not {FORMAT!r})")
                tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (not a dict)
            info = json.loads(meta.get("info", "{}"))
            return Style.from_tensors(tensors, meta.get("encoder", ""), meta.get("name", ""), info, path)
        except (SafetensorError, KeyError) as e:
            raise StyleError(f"{path} cannot be read as a style ({e}): make it again with `adain style save`") from e


class Moments:
    """Weighted first and second moments of features, gathered piece by piece: rows in float32, their sums in float64.

    Pieces may be tiles of one picture: the result does not depend on how it was cut.

    Args:
        phases: channels that share their statistics, see :func:`share`.
    """

    def __init__(self, phases: Phases = ()) -> None:
        self._phases = phases
        self._total = 0.0  # sum of weights
        self._total2 = 0.0  # sum of squared weights
        self._sum: Tensor | None = None  # (B, C) of (f - shift)
        self._sum2: Tensor | None = None  # (B, C) of (f - shift)^2
        self._shift: Tensor | None = None  # (B, C)

    def add(self, f: Tensor, weights: Tensor | None = None) -> None:
        """Add the cells of a piece.

        Args:
            f: (B, C, h, w) features.
            weights: (h, w) weight of each cell; 1 when missing.
        """
        double = torch.float32 if f.device.type == "mps" else torch.float64  # MPS has no float64
        if weights is None:
            w, total = None, float(f.shape[2] * f.shape[3])
            total2 = total
        else:
            w = weights.to(f.device, torch.float32)[:, :, None]  # (h, w, 1)
            total, total2 = float(w.sum(dtype=double)), float(w.square().sum(dtype=double))
        if self._shift is None:  # near the mean, so that the squares do not cancel
            if w is None or total == 0:
                self._shift = f[:, :, 0].float().mean(2)
            else:
                self._shift = (f.float() * w[:, :, 0]).sum((2, 3)) / total
        shift = self._shift[:, None, None]
        for rows in row_bands(f):
            # Features are in order (B, h, w, C) in memory: reading them so avoids a copy.
            cells = f[:, :, rows].permute(0, 2, 3, 1).float() - shift  # (B, rows, w, C)
            s = (cells if w is None else cells * w[rows]).sum(2).to(double).sum(1)  # (B, C)
            squares = cells.square_()
            s2 = (squares if w is None else squares * w[rows]).sum(2).to(double).sum(1)
            self._sum = s if self._sum is None else self._sum + s
            self._sum2 = s2 if self._sum2 is None else self._sum2 + s2
        self._total, self._total2 = self._total + total, self._total2 + total2

    @property
    def total(self) -> float:
        """Sum of the weights of all cells."""
        return self._total

    @property
    def cells(self) -> float:
        """How many equally weighted cells these statistics are worth: (sum w)^2 / sum w^2."""
        return self._total**2 / self._total2 if self._total2 > 0 else 0.0

    def style(self, whole: Style | None = None, encoder: str = "", name: str = "") -> Style:
        """The statistics of what was added.

        Args:
            whole: statistics of the whole picture: a region of fewer than ``MIN_CELLS`` cells takes its std.
            encoder: id of the encoder.
            name: name of the style.

        Raises:
            StyleError: nothing was added, or only cells of weight 0.
        """
        total = self._total
        if self._sum is None or self._sum2 is None or self._shift is None or total <= 0:
            raise StyleError("no feature cell to take statistics of: the mask is empty")
        offset = self._sum / total
        std = (self._sum2 / total - offset.square()).clamp_min(0).add(EPS).sqrt().float()
        mean = (offset + self._shift).float()
        mean, std = share(mean, std, self._phases)
        if mean.shape[0] == 1:
            mean, std = mean[0], std[0]
        if whole is not None and self.cells < MIN_CELLS:
            std = whole.std
        return Style(mean, std, encoder, name)


def share(mean: Tensor, std: Tensor, phases: Phases) -> tuple[Tensor, Tensor]:
    """Give channels that are one map, cut into several that lie side by side, the statistics of that one map.

    Args:
        mean: (B, C).
        std: (B, C).
        phases: so many channels, so many times each, in order of the channels; empty: each channel is by itself.

    Returns:
        mean and std, (B, C) each, repeated for each time.
    """
    if not phases:
        return mean, std
    sizes = [channels * times for channels, times in phases]
    means, stds = [], []
    for (channels, times), m, s in zip(phases, mean.split(sizes, 1), std.split(sizes, 1), strict=True):
        m, s = m.unflatten(1, (times, channels)), s.unflatten(1, (times, channels))  # (B, times, channels)
        var = s.square().mean(1) + m.var(1, unbiased=False)
        means.append(m.mean(1).repeat(1, times))
        stds.append(var.sqrt().repeat(1, times))
    return torch.cat(means, 1), torch.cat(stds, 1)


def power(mean: Tensor, std: Tensor) -> Tensor:
    """Mean square, (B,), of features that have these statistics, each (B, C).

    Losses divided by it are shares: a painting with features ten times as strong does not count a hundredfold.
    """
    return (mean.square() + std.square()).mean(1)


def check_alpha(alpha: float) -> float:
    """Return a strength if it is one.

    Raises:
        StyleError: alpha is negative or not a finite number.
    """
    if isinstance(alpha, bool) or not isinstance(alpha, int | float) or not math.isfinite(alpha) or alpha < 0:
        raise StyleError(f"alpha is {alpha!r}: give a number from 0 (content) to 1 (style), or above to exaggerate")
    return alpha


def check_weights(weights: Sequence[float]) -> float:
    """Sum of the weights of a blend, if it can be one.

    Raises:
        StyleError: a weight is negative or not finite, or all are zero.
    """
    if not all(math.isfinite(w) and w >= 0 for w in weights):
        raise StyleError(f"style weights {list(weights)}: give finite numbers that are not negative")
    if sum(weights) <= 0:
        raise StyleError(f"style weights {list(weights)} sum to 0: at least one must be above 0")
    return sum(weights)


def _affine_mix(styles: Sequence[Style], shares: Sequence[float | Tensor]) -> Style:
    """Of textures, too, where all have one."""
    mean = sum((s.mean * w for s, w in zip(styles, shares, strict=True)), torch.zeros(()))
    std = sum((s.std * w for s, w in zip(styles, shares, strict=True)), torch.zeros(()))
    textures = [s.texture for s in styles if s.texture is not None]
    return Style(mean, std, texture=_affine_mix(textures, shares) if len(textures) == len(styles) else None)
