"""Frames of a video to RGB and back: colour matrix, range, bit depth and rotation as the video says.

FFmpeg's swscale converts, told to round exactly and to interpolate chroma: by default it is off by one level of
brightness on average there and back; with these flags by 0.001 (measured on a real clip, see the tests).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from .pyav import av

_ACCURATE = 0x40000 | 0x2000 | 0x4000
"""swscale's ACCURATE_RND, FULL_CHR_H_INT and FULL_CHR_H_INP."""

EXACT, SHRINK = 4 | _ACCURATE, 0x200 | _ACCURATE
"""With its BICUBIC for chroma, and its LANCZOS for other sizes."""

SIXTEEN_BITS = ("rgb48le", "gbrp16le")
"""Pixel formats whose numbers are those of pictures of 16 bits."""

UNKNOWN = 2
"""FFmpeg's number for a colour matrix, transfer or primaries that the file does not tell."""

LIMITED, FULL = 1, 2
"""FFmpeg's numbers for the range of YUV: 16 to 235, or 0 to 255."""

_MATRICES = {1: 1, 4: 4, 5: 5, 6: 5, 7: 7, 9: 9, 10: 9}
"""FFmpeg's AVColorSpace (BT.709, FCC, two names of BT.601, SMPTE 240M, BT.2020) to swscale's numbers."""


@dataclass(frozen=True)
class Colors:
    """How a video stores colours, in FFmpeg's numbers.

    Attributes:
        matrix: RGB to YUV; 0 is RGB itself.
        range: limited or full.
        transfer: gamma curve; kept as a label, pixels are taken as they are.
        primaries: what red, green and blue are; likewise.
    """

    matrix: int = UNKNOWN
    range: int = 0
    transfer: int = UNKNOWN
    primaries: int = UNKNOWN

    @staticmethod
    def of(frame: av.VideoFrame) -> Colors:
        """Those of a decoded frame."""
        full = frame.color_range or (FULL if "yuvj" in frame.format.name or frame.format.is_rgb else 0)
        return Colors(frame.colorspace, full, frame.color_trc, frame.color_primaries)

    def swscale(self, height: int) -> tuple[int, int]:
        """swscale's numbers for matrix and range; what the file does not tell is taken as players take it."""
        guess = 1 if height >= 720 else 5
        return _MATRICES.get(self.matrix, guess), FULL if self.range == FULL else LIMITED


def is_deep(frame: av.VideoFrame) -> bool:
    """Whether a frame has more than 8 bits a colour."""
    return max(c.bits for c in frame.format.components) > 8


def to_rgb(
    frame: av.VideoFrame, width: int, height: int, deep: bool, reformatter: av.video.reformatter.VideoReformatter
) -> Tensor:
    """A frame's pixels.

    Returns:
        (height, width, 3), float32 in [0, 1] if `deep`, else uint8.
    """
    target = "gbrpf32le" if deep else "rgb24"
    matrix, color_range = Colors.of(frame).swscale(frame.height)
    same_size = (width, height) == (frame.width, frame.height)
    if deep and same_size and frame.format.name in SIXTEEN_BITS:  # swscale computes with 15
        return torch.from_numpy(frame.to_ndarray().astype(np.float32) / np.float32(65535))
    rgb = reformatter.reformat(
        frame, width, height, target,
        **({} if frame.format.is_rgb else {"src_colorspace": matrix, "dst_colorspace": matrix}),
        src_color_range=FULL if frame.format.is_rgb else color_range, dst_color_range=FULL,
        interpolation=EXACT if same_size else SHRINK, threads=1,
    )  # fmt: skip
    return torch.from_numpy(np.ascontiguousarray(rgb.to_ndarray()))


def from_rgb(
    pixels: Tensor, pix_fmt: str, colors: Colors, reformatter: av.video.reformatter.VideoReformatter
) -> av.VideoFrame:
    """A frame to encode.

    Args:
        pixels: (H, W, 3) RGB, uint8 for pixel formats of 8 bits, else float32 in [0, 1].
        pix_fmt: what the encoder takes.
        colors: how to store colours.
        reformatter: keeps its tables from frame to frame.
    """
    if pix_fmt == "gbrp16le":
        return av.VideoFrame.from_ndarray((pixels.numpy() * 65535).round().astype(np.uint16), pix_fmt)
    height = pixels.shape[0]
    name = "rgb24" if pixels.dtype == torch.uint8 else "gbrpf32le"
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels.numpy()), name)
    if av.VideoFormat(pix_fmt, 16, 16).is_rgb:
        return reformatter.reformat(frame, format=pix_fmt, interpolation=EXACT, threads=1)
    matrix, color_range = colors.swscale(height)
    if matrix == 9:  # PyAV 17 does not translate BT.2020 for swscale
        frame.colorspace = colors.matrix
    stored = reformatter.reformat(
        frame, format=pix_fmt, src_colorspace=matrix, dst_colorspace=matrix,
        src_color_range=FULL, dst_color_range=color_range, interpolation=EXACT, threads=1,
    )  # fmt: skip
    stored.colorspace, stored.color_range = colors.matrix, colors.range
    return stored


def upright(pixels: Tensor, matrix: np.ndarray | None) -> Tensor:
    """Pixels (H, W, 3) turned as a display matrix (3, 3) says, by quarter turns and flips."""
    if matrix is None:
        return pixels
    a, b, c, d = (int(np.sign(v)) if abs(int(v)) > 1 << 15 else 0 for v in matrix[:2, :2].flatten())
    if (a, d) == (0, 0) and b and c:  # x and y change places
        pixels, a, d = pixels.transpose(0, 1), c, b
    if a < 0:
        pixels = pixels.flip(1)
    if d < 0:
        pixels = pixels.flip(0)
    return pixels.contiguous()


def is_turned(matrix: np.ndarray | None) -> bool:
    """Whether a display matrix makes width height."""
    return matrix is not None and abs(int(matrix[0, 0])) < abs(int(matrix[0, 1]))


def display_matrix(frame: av.VideoFrame) -> np.ndarray | None:
    """The frame's display matrix (3, 3) in FFmpeg's 16.16 fixed point, if it has one."""
    found = frame.side_data.get("DISPLAYMATRIX")
    return None if found is None else np.frombuffer(memoryview(found), np.int32).reshape(3, 3)  # type: ignore[arg-type]
