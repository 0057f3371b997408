"""How much is computed at once: what a pixel takes of the memory, and so how large tiles and batches may be."""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt

from ..options import Tile, check_tile
from .grid import MIN_SIDE, STRIDE

PAINTED_BYTES = 300
"""Peak memory of encoding and decoding one picture in float32, per pixel (benchmarks/memory.py measures it)."""

REFINED_BYTES = 4500
"""The same with steps of refinement: maps of both networks are kept for the way back. Two steps at 1024x1024 took
3,400, with texture 4,300 (benchmarks/refine.py)."""

KEPT_SHARE = 8
"""Features are kept between the passes while they take no more than this part (one in ...) of the free memory."""

MARGIN = 8
"""Cells around a tile that the networks look at, where the caller does not say: encoder's and decoder's of vgg19."""


@dataclass(frozen=True)
class Budget:
    """The memory there is, and what a pixel takes of it.

    Attributes:
        free: bytes to be had.
        pixel_bytes: what computing a pixel takes: ``PAINTED_BYTES`` or ``REFINED_BYTES``, in float32.
    """

    free: int
    pixel_bytes: int = PAINTED_BYTES

    @property
    def pixels(self) -> int:
        """How many pixels may be computed at once: they take half of it."""
        return self.free // 2 // self.pixel_bytes

    def tile(self, edge: Tile, height: int, width: int, halo: int = MARGIN) -> int:
        """Cells of a tile, each way.

        Args:
            edge: of a tile in pixels; "auto" chooses by the memory; None means the picture is one tile.
            height: of the picture, in pixels.
            width: of the picture, in pixels.
            halo: cells around a tile that are computed with it.

        Raises:
            AdaINError: an edge that is no number of pixels above 0.
        """
        check_tile(edge)
        whole = -(-max(height, width, MIN_SIDE) // STRIDE)
        if edge is None:
            return whole
        if edge == "auto":
            if height * width * self.pixel_bytes <= self.free // 2:
                return whole
            # A quarter of the memory: beside the tile its pixels, features and result are there.
            pixels = isqrt(self.free // 4 // self.pixel_bytes) - 2 * halo * STRIDE
            return min(max(pixels // 256 * 256, 256), 2048) // STRIDE
        return min(-(-max(edge, MIN_SIDE) // STRIDE), whole)

    def together(self, height: int, width: int, most: int) -> int:
        """How many pictures of a size may be computed at once, at least 1 and at most `most`: they take a quarter."""
        return max(1, min(most, self.pixels // 2 // (height * width)))

    def keeps(self, size: int, share: int = KEPT_SHARE) -> bool:
        """Whether so many bytes may be kept for later: no more than one part in `share`."""
        return size <= self.free // share
