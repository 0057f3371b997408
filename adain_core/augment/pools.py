"""What styles are drawn from: stored ones, or a Gaussian fitted to them."""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import torch
from torch import Tensor

from ..dataset.styles import StyleSet, encode
from ..errors import AdaINError, AdaINWarning, StyleError
from ..request import StyleLike
from ..styles.style import Style

if TYPE_CHECKING:
    from ..model import AdaIN

Styles = str | Path | Style | Sequence[StyleLike]
"""One or more styles, or what :class:`~adain_core.dataset.styles.StyleSet` takes: "builtin", a file, a folder ..."""


class Pool(Protocol):
    """Gives each sample a style."""

    def draw(self, generators: Sequence[np.random.Generator]) -> Style:
        """A style for each of N samples, (N, C) on the CPU, of the sample's own random numbers alone."""
        ...


class Stored:
    """Styles that are there, each as likely as the others.

    Args:
        styles: at least one, (C,) each.
    """

    def __init__(self, styles: Sequence[Style]) -> None:
        self._styles = Style.batch([Style(style.mean.cpu().float(), style.std.cpu().float()) for style in styles])

    def __len__(self) -> int:
        return len(self._styles.mean)

    def draw(self, generators: Sequence[np.random.Generator]) -> Style:
        """(N, C)."""
        rows = [int(generator.integers(len(self))) for generator in generators]
        return Style(self._styles.mean[rows], self._styles.std[rows])

    def vectors(self) -> Tensor:
        """What a Gaussian is fitted to, (S, 2 C): means, and logarithms of standard deviations, which are positive."""
        return torch.cat([self._styles.mean, self._styles.std.log()], 1)


class Gaussian:
    """A Gaussian with the mean and the covariance of stored styles, as Jackson et al. 2019 (arXiv 1809.05375) draw
    styles from one of their network's style vectors.

    Args:
        styles: at least two.
        scale: by which its deviations are multiplied.

    Raises:
        AdaINError: fewer than two styles, or a scale that is negative or no number.
    """

    def __init__(self, styles: Stored, scale: float = 1.0) -> None:
        if len(styles) < 2:
            raise AdaINError("a distribution of one style has no spread: give two or more")
        if isinstance(scale, bool) or not isinstance(scale, int | float) or not 0 <= scale < math.inf:
            raise AdaINError(f"scale is {scale!r}: give a number from 0 (the mean style) on, such as 1")
        vectors = styles.vectors()
        self._mean = vectors.mean(0)
        # As many independent numbers, each along one style, have the styles' covariance: no matrix of 1024 x 1024.
        self._along = scale * (vectors - self._mean) / math.sqrt(len(vectors) - 1)  # (S, 2 C)
        means, _ = vectors.chunk(2, 1)
        self._lowest = torch.where(means.amin(0) >= 0, 0.0, -math.inf)  # what follows a ReLU has no mean below 0

    def draw(self, generators: Sequence[np.random.Generator]) -> Style:
        """(N, C)."""
        normal = np.stack([generator.standard_normal(len(self._along)) for generator in generators])
        mean, log_std = (self._mean + torch.from_numpy(normal).float() @ self._along).chunk(2, 1)
        return Style(mean.maximum(self._lowest), log_std.exp())


def stored(model: AdaIN, styles: Styles, size: int) -> Stored:
    """Read and encode styles.

    Args:
        model: whose encoder reads pictures.
        styles: see :data:`Styles`.
        size: shorter side that style pictures are reduced to.

    Raises:
        AdaINError: nothing there, of another encoder, or nothing that can be read; a picture among others that cannot
            be read is left out with a warning.
    """
    if isinstance(styles, str | os.PathLike):
        found = StyleSet(os.fspath(styles))
        found.read_by(model.encoder_id)
        if found.source is None:
            return Stored(list(found.known.values()))
        every = [encode(model, found.source, found.items[name], size) for name in found.names]
        bad = [f"{name}: {error}" for name, style, error in every if style is None]
        good = [style for _, style, _ in every if style is not None]
        if bad and good:
            more = f" and {len(bad) - 1} more" if bad[1:] else ""
            warnings.warn(f"left out of the styles in {styles}: {bad[0]}{more}", AdaINWarning, stacklevel=3)
        if not good:
            raise StyleError(f"no style in {styles} can be read: {bad[0]}")
        return Stored(good)
    several = [styles] if isinstance(styles, Style) else list(styles)
    if not several:
        raise StyleError("the list of styles is empty: give at least one style")
    return Stored([one for style in several for one in model.style(style, size=size).unbatch()])
