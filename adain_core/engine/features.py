"""The content's features, window by window: encoded once where there is room to keep them, else again when needed."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor

from ..tiles.grid import Grid, Window
from ..tiles.sources import WindowPixels
from .layers import cut_out, layers_of
from .networks import Networks


class Store(Protocol):
    """Where features stay between the passes."""

    def put(self, window: Window, f: Tensor) -> None:
        """Take the features (B, C, h, w) of a window."""
        ...

    def get(self, window: Window) -> Tensor | None:
        """Those of any window, once all were put; None if they are not kept."""
        ...


class GridStore:
    """Features of a whole grid.

    Args:
        grid: whose.
        device: where they are kept; where they are given if missing.
        dtype: in which format; in the one they are given in if missing.
    """

    def __init__(self, grid: Grid, device: torch.device | None = None, dtype: torch.dtype | None = None) -> None:
        self.grid, self._device, self._dtype = grid, device, dtype
        self._f: Tensor | None = None

    def put(self, window: Window, f: Tensor) -> None:
        """Take the features (B, C, h, w) of a window."""
        device, dtype = self._device or f.device, self._dtype or f.dtype
        if window == self.grid.whole:
            self._f = f.to(device, dtype)
            return
        if self._f is None:
            size = (*f.shape[:2], self.grid.rows, self.grid.cols)
            self._f = torch.empty(size, dtype=dtype, device=device, memory_format=torch.channels_last)
        self._f[:, :, window.y0 : window.y1, window.x0 : window.x1] = f

    def get(self, window: Window) -> Tensor | None:
        """Those of any window, once all were put."""
        return None if self._f is None else window.of(self._f, self.grid.whole)

    @property
    def nbytes(self) -> int:
        """Memory of what is kept."""
        return 0 if self._f is None else self._f.nbytes


class Features:
    """The content's features by window.

    Args:
        networks: whose encoder reads the pixels.
        pixels: of the content.
        store: where the features stay; None: they are encoded again whenever they are read.
    """

    def __init__(self, networks: Networks, pixels: WindowPixels, store: Store | None = None) -> None:
        self.networks, self.pixels, self.store = networks, pixels, store

    @property
    def grid(self) -> Grid:
        """The content's cells, and their tiles."""
        return self.pixels.grid

    def encode(self, window: Window) -> Tensor:
        """Features of a window without margin, (B, C, h, w), put into the store."""
        networks = self.networks
        grown = window.grown(networks.encoder.halo, self.grid)
        f = window.of(networks.encoder(networks.place(self.pixels.read(grown))), grown)
        if self.store is not None:
            self.store.put(window, f)
        return f

    def read(self, window: Window) -> Tensor:
        """Features of any window, after :meth:`encode` saw every tile, on the networks' device."""
        f = None if self.store is None else self.store.get(window)
        return self.encode(window) if f is None else f

    def layers(self, window: Window) -> list[Tensor]:
        """relu1_1, relu2_1, relu3_1 and relu4_1 of a window without margin: they are not kept.

        Raises:
            StyleError: another network than the paper's.
        """
        networks = self.networks
        grown = window.grown(networks.encoder.halo, self.grid)
        return cut_out(window, layers_of(networks.encoder)(networks.place(self.pixels.read(grown))), grown)

    def encode_layers(self, window: Window) -> list[Tensor]:
        """:meth:`layers`, the last one put into the store."""
        taps = self.layers(window)
        if self.store is not None:
            self.store.put(window, taps[-1])
        return taps
