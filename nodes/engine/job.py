"""How much is computed at once: chunks of frames, tiles of a frame, less of both when memory runs out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import isqrt
from typing import Protocol

import torch
from torch import Tensor

from ...adain_core.errors import AdaINError
from ...adain_core.system.precision import own_formats
from ...adain_core.tiles.grid import STRIDE, Grid, Window
from ...adain_core.tiles.memory import PAINTED_BYTES, Budget

MIN_TILE = 128
"""Edge of the smallest tile in pixels: the margins around a smaller one cost more than it does."""

TILE_PIXELS = {"cpu": 1 << 20}
"""Pixels of a tile: what a processor does in about a second, so that a run can be stopped that fast."""

CHUNK_PIXELS = {"cpu": 1 << 18}
"""Pixels of several small frames computed together; a GPU needs more to be busy."""

GPU_PIXELS = 1 << 22


class Show(Protocol):
    """A progress bar."""

    def __call__(self, done: float, picture: Tensor | None = None, text: str = "") -> None:
        """Move it.

        Args:
            done: the share that is done, 0 to 1.
            picture: what is painted so far, (h, w, 3) in [0, 1]; small.
            text: what is being done.
        """
        ...


class Host(Protocol):
    """What the program around provides: memory, progress, cancelling."""

    def free_memory(self, device: torch.device) -> int:
        """Bytes that can be taken on a device."""
        ...

    def out_of_memory(self, error: Exception) -> bool:
        """Whether this error says that memory ran out."""
        ...

    def release_memory(self) -> None:
        """Give back what is cached and not used."""
        ...

    def check_interrupt(self) -> None:
        """Raise if the user wants to stop."""
        ...

    def progress(self) -> Show:
        """A progress bar."""
        ...

    def say(self, text: str) -> None:
        """Say what was done."""
        ...


class Job:
    """One pass over a batch of frames.

    Args:
        host: memory, progress and cancelling.
        device: where it is computed.
        frames: how many.
        height: of a frame, in pixels.
        width: of a frame, in pixels.
        pixel_bytes: memory that a pixel takes while it is computed.
        tile: edge of a tile in pixels; 0 chooses.
    """

    def __init__(
        self,
        host: Host,
        device: torch.device,
        frames: int,
        height: int,
        width: int,
        pixel_bytes: int = PAINTED_BYTES,
        tile: int = 0,
    ) -> None:
        self.host, self.frames = host, frames
        self.height, self.width = height, width
        self.pixel_bytes = pixel_bytes
        budget = Budget(host.free_memory(device), pixel_bytes)
        room = max(budget.pixels, MIN_TILE**2)
        most = min(room, TILE_PIXELS.get(device.type, GPU_PIXELS))
        if tile == 0 and height * width > most:
            tile = max(isqrt(most) // 64 * 64, MIN_TILE)
        self.cells = budget.tile(tile or None, height, width)
        self.together = min(room, CHUNK_PIXELS.get(device.type, GPU_PIXELS)) // (height * width)
        self.together = max(1, min(self.together, frames))
        self._show = host.progress()
        self._begun, self._share, self._place = 0.0, 0.0, ""  # of the tile that is worked on

    @property
    def grid(self) -> Grid:
        """The tiles of a frame."""
        return Grid(self.height, self.width, self.cells)

    @property
    def memory(self) -> int:
        """Bytes that it is computed in."""
        pixels = self.together * min(self.cells * STRIDE, self.height) * min(self.cells * STRIDE, self.width)
        return pixels * self.pixel_bytes

    @own_formats()
    def run(self, work: Callable[[slice, Iterator[Window]], None]) -> None:
        """Call `work` with each chunk of frames and its tiles; again with less at once when memory runs out.

        `work` must be able to begin a chunk anew.
        """
        start = 0
        while start < self.frames:
            chunk = slice(start, min(start + self.together, self.frames))
            if self._fits(work, chunk):
                start = chunk.stop
            else:
                self.host.release_memory()
                self._halve()

    def _fits(self, work: Callable[[slice, Iterator[Window]], None], chunk: slice) -> bool:
        try:
            work(chunk, self._tiles(chunk))
        except Exception as e:
            if not self.host.out_of_memory(e):
                raise
            return False
        return True

    def _tiles(self, chunk: slice) -> Iterator[Window]:
        grid = self.grid
        many = self.frames > chunk.stop - chunk.start
        self._share = (chunk.stop - chunk.start) / len(grid) / self.frames
        for number, window in enumerate(grid):
            self.host.check_interrupt()
            self._begun = chunk.start / self.frames + number * self._share
            where = [f"frame {chunk.start + 1} of {self.frames}"] * many
            self._place = ", ".join([*where, *[f"tile {number + 1} of {len(grid)}"] * (len(grid) > 1)])
            yield window
            self._show(self._begun + self._share)

    def show(self, done: float, picture: Tensor, text: str = "") -> None:
        """Show how far the tile is that is worked on.

        Args:
            done: the share of it, 0 to 1.
            picture: what is painted so far.
            text: what is done to it.
        """
        self._show(self._begun + done * self._share, picture, ", ".join(filter(None, [self._place, text])))

    def _halve(self) -> None:
        if self.together > 1:
            self.together //= 2
            return
        now = min(self.cells, max(self.grid.rows, self.grid.cols))
        self.cells = max((now + 1) // 2, MIN_TILE // STRIDE)
        if self.cells >= now:
            raise AdaINError(
                f"out of memory even with tiles of {now * STRIDE} pixels: close other programs, or free models with "
                "'Unload Models'"
            )
