"""Style as an augmentation: each sample of a batch in a style and strength drawn for it, in one pass."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..engine.grain import amount, grained
from ..engine.networks import Networks
from ..engine.samples import Samples
from ..errors import AdaINError, ImageError
from ..model import AdaIN
from ..options import STYLE_SIZE, Grain, check_alpha, check_grain, check_side
from ..styles.style import Style
from ..system.device import pick_device, pick_dtype
from ..tiles.grid import Grid
from ..tiles.sources import Pixels, TensorSource
from .draws import Draws, given
from .pools import Gaussian, Stored, Styles, stored

BATCH = "batch"
DISTRIBUTION = "distribution"

PIECE_PIXELS = 1 << 19
"""Pixels that go through the networks at once (300 bytes of memory each), one picture at least."""

Generators = Sequence[np.random.Generator]


class RandomStyle(nn.Module):
    """Paints some of the pictures it is given, each in a style and strength of its own; geometry and labels stay.

    What is drawn for a sample follows from the generator's seed, the epoch (:meth:`set_epoch`) and the sample's number
    alone: samples are numbered as they come (:meth:`seek`), or the caller says ``number``. With given numbers neither
    the batch split nor the number of loader workers changes a picture by more than rounding; see docs/augment.md.

    It has no parameters and nothing that learns, needs no ``.to(device)`` (it computes where the pictures are), and
    works in ``eval()``, too, as torchvision's transforms do.

    Args:
        styles: "builtin", the name of a built-in style, a style or library file, a folder or any other dataset of
            pictures; a list of what :meth:`AdaIN.style` takes; "batch": another sample's statistics, as in MixStyle
            (Zhou et al. 2021, arXiv 2104.02008); "distribution": a Gaussian fitted to the styles `fitted_to`. A folder
            of such a name is "./batch".
        alpha: strength, evenly drawn from low to high, or one number for all.
        p: the part of the samples that is painted; the others keep their values exactly.
        model: "lite", "vgg19", anything that :meth:`AdaIN.from_pretrained` takes, or a loaded model.
        grain: what flat places take, as for :meth:`AdaIN.stylize`.
        generator: a seed, a generator that one is drawn of, or None: torch's own (``torch.manual_seed``).
        fitted_to: for "distribution": styles, as above.
        scale: for "distribution": by which its deviations are multiplied.
        style_size: shorter side that style pictures are reduced to.
        dtype: to compute in, as for :meth:`AdaIN.from_pretrained`.
        differentiable: let gradients through to the pictures; else results carry none.

    Raises:
        AdaINError: what was wrong, its value and what to do.
    """

    def __init__(
        self,
        styles: Styles = "builtin",
        alpha: float | tuple[float, float] = (0.3, 1.0),
        p: float = 0.5,
        model: str | Path | AdaIN = "lite",
        *,
        grain: Grain = 0.0,
        generator: int | torch.Generator | None = None,
        fitted_to: Styles = "builtin",
        scale: float = 1.0,
        style_size: int = STYLE_SIZE,
        dtype: str | torch.dtype = "auto",
        differentiable: bool = False,
    ) -> None:
        super().__init__()
        self.alpha = _span(alpha)
        if isinstance(p, bool) or not isinstance(p, int | float) or not 0 <= p <= 1:
            raise AdaINError(f"p is {p!r}: give the part of the samples that is painted, from 0 to 1")
        self.p, self.grain, self.dtype, self.differentiable = p, check_grain(grain), dtype, differentiable
        if differentiable and grain:
            raise AdaINError(
                f"grain is {grain!r}, which lets no gradient through: give grain 0, or differentiable False"
            )
        self.draws = Draws(generator)
        check_side(style_size, "style_size")
        loaded = model if isinstance(model, AdaIN) else AdaIN.from_pretrained(model, device="cpu", dtype="float32")
        self._networks, self._placed = loaded.networks, dict[torch.device, Networks]()
        pick_dtype(dtype, loaded.device)  # refused here, not in the first batch
        self._pool: Stored | Gaussian | None = None
        if isinstance(styles, str) and styles == DISTRIBUTION:
            self._pool = Gaussian(stored(loaded, fitted_to, style_size), scale)
        elif not (isinstance(styles, str) and styles == BATCH):
            self._pool = stored(loaded, styles, style_size)
        self._said = styles if isinstance(styles, str | Path) else f"{len(self._pool)} given"  # type: ignore[arg-type]

    def set_epoch(self, epoch: int) -> None:
        """Draw anew: samples have the numbers from 0 on of this epoch. Also seen by loader workers that live on."""
        self.draws.set_epoch(epoch)

    def seek(self, number: int) -> None:
        """The next sample has this number: to go on after a stop, or in ``__getitem__`` of a dataset."""
        self.draws.seek(number)

    def forward(self, x: Tensor, number: int | Sequence[int] | Tensor | None = None) -> Tensor:
        """Paint a batch, or a single picture.

        Args:
            x: (B, 3, H, W) or (3, H, W), RGB: float of any precision in [0, 1], or uint8. It is not changed.
            number: of each sample, whole numbers; counted when missing.

        Returns:
            The same shape, dtype, device and memory order. `x` itself where no sample is painted.

        Raises:
            ImageError: another shape, or values outside [0, 1] (give pictures before they are normalised).
            AdaINError: numbers that are none, or not as many as samples.
        """
        if x.ndim not in (3, 4) or x.shape[-3] != 3:
            raise ImageError(f"pictures have shape {tuple(x.shape)}: give RGB, (B, 3, H, W) or (3, H, W)")
        if not x.is_floating_point() and x.dtype != torch.uint8:
            raise ImageError(f"pictures are {x.dtype}: give floating-point RGB in [0, 1], or uint8")
        batch = x[None] if x.ndim == 3 else x
        numbers = self.draws.take(len(batch)) if number is None else given(number, len(batch))
        with torch.set_grad_enabled(self.differentiable and torch.is_grad_enabled()):
            out = self._painted(batch, numbers)
            if out is None:
                return x if self.differentiable or not x.requires_grad else x.detach()
            return out[0] if x.ndim == 3 else out

    def _painted(self, batch: Tensor, numbers: Sequence[int]) -> Tensor | None:
        """The batch with some samples painted; None where none is."""
        low, high = self.alpha
        rows, alphas, generators = [], [], []
        for row, number in enumerate(numbers):
            generator = self.draws.of(number)
            if generator.random() < self.p:
                rows.append(row)
                alphas.append(low + (high - low) * generator.random())
                generators.append(generator)
        if not rows or (self._pool is None and len(batch) == 1):  # alone in its batch, it has nobody's style to take
            return None
        out, strengths = batch.clone(), torch.tensor(alphas, device="cpu")
        done = self._swapped if self._pool is None else self._drawn
        for places, painted in done(batch, torch.tensor(rows, device="cpu"), strengths, generators):
            out[places.to(out.device)] = _like(painted[:, :, : batch.shape[2], : batch.shape[3]], out)
        return out

    def _drawn(
        self, batch: Tensor, rows: Tensor, strengths: Tensor, generators: Generators
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """Rows and what was painted there, in styles of the pool."""
        assert self._pool is not None
        target, start = self._pool.draw(generators), 0
        for places in _pieces(rows, batch):
            part = slice(start, start := start + len(places))
            style = Style(target.mean[part], target.std[part])
            yield places, self._samples(batch, places).paint(style, strengths[part])

    def _swapped(
        self, batch: Tensor, rows: Tensor, strengths: Tensor, generators: Generators
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """Rows and what was painted there, in styles of other rows."""
        away = torch.tensor([int(generator.integers(1, len(batch))) for generator in generators], device="cpu")
        partners = (rows + away) % len(batch)
        needed = torch.cat([rows, partners]).unique()
        pieces = [(places, self._samples(batch, places)) for places in _pieces(needed, batch)]
        mean = torch.cat([samples.content.mean for _, samples in pieces])  # (needed, C)
        std = torch.cat([samples.content.std for _, samples in pieces])
        for places, samples in pieces:
            mine = torch.isin(rows, places)
            if not bool(mine.any()):
                continue
            theirs = torch.searchsorted(needed, partners[mine]).to(mean.device)
            own = torch.searchsorted(places, rows[mine])
            yield rows[mine], samples.paint(Style(mean[theirs], std[theirs]), strengths[mine], own)

    def _samples(self, batch: Tensor, places: Tensor) -> Samples:
        """Some pictures of a batch, encoded and measured."""
        networks = self._on(batch.device)
        x = batch[places.to(batch.device)]
        plain = TensorSource(x / 255 if x.dtype == torch.uint8 else x)
        source = grained(plain, amount(self.grain, networks))
        height, width = batch.shape[2:]
        return Samples(networks, Pixels(source, Grid(height, width, tile=max(height, width))))

    def _on(self, device: torch.device) -> Networks:
        """The networks where the pictures are."""
        if device not in self._placed:
            placed, dtype = self._networks, pick_dtype(self.dtype, pick_device(device))
            if (placed.device, placed.dtype) != (device, dtype):
                nets = copy.deepcopy((placed.encoder, placed.decoder))
                placed = Networks(nets[0].to(device, dtype), nets[1].to(device, dtype), device, dtype)
            self._placed[device] = placed
        return self._placed[device]

    def __getstate__(self) -> dict[str, Any]:
        """Without copies of the networks on other devices, which are made again."""
        return {**self.__dict__, "_placed": {}}

    def extra_repr(self) -> str:
        """What is drawn, as ``print`` shows it."""
        return f"styles={self._said!s}, alpha={self.alpha}, p={self.p}, seed={self.draws.seed}"


def _span(alpha: float | tuple[float, float]) -> tuple[float, float]:
    """Lowest and highest strength."""
    low, high = (alpha, alpha) if isinstance(alpha, int | float) else tuple(alpha)
    if check_alpha(low) > check_alpha(high):
        raise AdaINError(f"alpha is {alpha!r}: give the lower strength first")
    return float(low), float(high)


def _pieces(rows: Tensor, batch: Tensor) -> Sequence[Tensor]:
    """Rows in pieces that go through the networks at once."""
    return rows.split(max(1, PIECE_PIXELS // (batch.shape[2] * batch.shape[3])))


def _like(painted: Tensor, out: Tensor) -> Tensor:
    """Painted pictures, float in [0, 1], as another tensor holds its own."""
    return ((painted * 255).round() if out.dtype == torch.uint8 else painted).to(out)
