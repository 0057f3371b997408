"""Pictures out: to a file or bytes in one go, or tile by tile for those larger than memory."""

from __future__ import annotations

import io
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, cast

import numpy as np
import torch
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from torch import Tensor

from ..errors import AdaINWarning, ImageError
from ..options import Kept, check_kept
from ..system.atomic_files import replacing
from ..system.disk import amount, free_space, named
from .formats import WRITTEN
from .metadata import Metadata, add_to_tiff
from .picture import Picture, rescaled, to_depth
from .reading import open_picture

Pixels = np.ndarray | Tensor | Image.Image | Picture
"""What can be written."""

STRIP_BYTES = 1 << 18
"""About how much of a TIFF one strip holds: small enough for readers that load a strip at a time."""

JPEG_SEGMENT = 65_500
"""Bytes of EXIF, and of XMP, that a JPEG holds in one piece, which all programs read."""

BIGTIFF_BYTES = (1 << 32) - (1 << 25)
"""TIFF counts bytes in 32 bits; larger files are BigTIFF."""


def output_format(path: str | Path) -> str:
    """The format that a file name asks for: "PNG", "JPEG", "WEBP" or "TIFF".

    Raises:
        ImageError: another suffix, or none.
    """
    suffix = Path(path).suffix
    if suffix.lower() not in WRITTEN:
        raise ImageError(f"cannot write {str(path)!r}: unknown suffix {suffix!r}, use one of {', '.join(WRITTEN)}")
    return WRITTEN[suffix.lower()]


def save_picture(
    path: str | Path,
    pixels: Pixels,
    like: Picture | None = None,
    *,
    quality: int = 95,
    metadata: Kept = "no-gps",
) -> None:
    """Write a picture file, whole or not at all.

    The alpha and the colour profile of `like` are put back. JPEG has no alpha: there it is dropped and the colours
    stay as they are. TIFF (deflate) keeps the depth of `like`, 16 bits for 16 bits and floats; the others have 8.
    JPEG keeps full colour resolution (4:4:4); WebP halves it, as that format does, unless `quality` is 100.

    Args:
        path: .png, .jpg, .jpeg, .webp, .tif or .tiff.
        pixels: (H, W, 3) of uint8, uint16 or floats, or tensor (1, 3, H, W) or (3, H, W) of floats. Floats are
            clipped to [0, 1] and rounded. Or a PIL image or :class:`Picture`.
        like: where `pixels` came from; a PIL image or :class:`Picture` to write has its own alpha and profile.
        quality: 1 to 100, of JPEG and WebP; 100 makes WebP lossless.
        metadata: what of the EXIF, XMP and resolution of `like` goes into the file: "none", "no-gps" (all but the
            place where a photo was taken) or "all". What describes the old pixels never does: orientation, previews.

    Raises:
        ImageError: unknown suffix, wrong shape, NaN, `like` of another size, or the disk's own complaint.
    """
    format = output_format(path)
    with _writing(path), replacing(path) as temporary, temporary.open("w+b") as file:
        _encode(file, format, pixels, like, quality, metadata, str(path))


def encode_picture(
    pixels: Pixels,
    like: Picture | None = None,
    *,
    format: str = "png",
    quality: int = 95,
    metadata: Kept = "no-gps",
) -> bytes:
    """The content of the file that :func:`save_picture` would write; `format` is a suffix without its dot."""
    file = io.BytesIO()
    with _writing(f"the {format} data"):
        _encode(file, output_format(f"picture.{format}"), pixels, like, quality, metadata, f"the {format} data")
    return file.getvalue()


class TileWriter:
    """A picture that comes in tiles, of which only one needs to be in memory. A context manager.

    TIFF files are written in place, uncompressed, so that tiles can go where they belong and the file can be mapped
    when it is opened again. Other formats are gathered in a temporary file and encoded at the end, for which Pillow
    needs 4 bytes of memory a pixel. At a clean end the file takes its place; otherwise nothing is left.

    Args:
        path: as for :func:`save_picture`.
        height: of the picture.
        width: of the picture.
        like: where the pixels came from, of the same size; see :func:`save_picture`.
        quality: see :func:`save_picture`.
        metadata: see :func:`save_picture`.

    Raises:
        ImageError: as for :func:`save_picture`; too little space on the disk (on entering); pixels that no tile
            covered (at the end).
    """

    def __init__(
        self,
        path: str | Path,
        height: int,
        width: int,
        *,
        like: Picture | None = None,
        quality: int = 95,
        metadata: Kept = "no-gps",
    ) -> None:
        self._path, self._height, self._width = Path(path), height, width
        self._like, self._quality, self._metadata = like, quality, metadata
        check_kept(metadata)
        self._format = output_format(path)
        self._dtype = _depth(self._format, like, None)
        self._alpha = _alpha(like, self._format, height, width)
        self._channels = 3 if self._alpha is None or self._format != "TIFF" else 4
        self._missing = height * width
        self._stack = ExitStack()

    def __enter__(self) -> TileWriter:
        need = self._height * self._width * self._channels * self._dtype.itemsize
        with _writing(self._path), ExitStack() as stack:
            free = free_space(self._path.parent)
            if need > free:
                raise ImageError(
                    f"cannot write {self._path}: it needs {amount(need)} of disk, {amount(free)} are free: make room"
                )
            if self._format == "TIFF":
                temporary = stack.enter_context(replacing(self._path))
                self._file: BinaryIO = stack.enter_context(temporary.open("w+b"))
                self._start = self._reserve_tiff()
            else:
                file = stack.enter_context(tempfile.TemporaryFile(dir=self._path.parent))
                self._file, self._start = cast(BinaryIO, file), 0
            self._stack = stack.pop_all()
        return self

    def write(self, y0: int, x0: int, tile: np.ndarray | Tensor) -> None:
        """Put a tile's upper left corner at row `y0`, column `x0`. Any size, any order, each pixel once.

        Args:
            y0: first row.
            x0: first column.
            tile: (1, 3, h, w) tensor or (h, w, 3) array, as for :func:`save_picture`.

        Raises:
            ImageError: a tile beyond the picture's border, of wrong shape, with NaN; or the disk is full.
        """
        values = _quantised(tile, self._dtype)  # (h, w, 3)
        h, w = values.shape[:2]
        if y0 < 0 or x0 < 0 or y0 + h > self._height or x0 + w > self._width:
            raise ImageError(
                f"tile of {w}x{h} at row {y0}, column {x0} reaches beyond the picture of {self._width}x{self._height}"
            )
        if self._channels == 4 and self._alpha is not None:
            alpha = rescaled(self._alpha[y0 : y0 + h, x0 : x0 + w], self._dtype)
            values = np.concatenate([values, alpha[..., None]], -1)
        pixel = self._channels * self._dtype.itemsize
        with _writing(self._path):
            for y, row in enumerate(np.ascontiguousarray(values), y0):
                self._file.seek(self._start + (y * self._width + x0) * pixel)
                self._file.write(row)
        self._missing -= h * w

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            with _writing(self._path):  # on a full disk closing fails too
                self._stack.__exit__(kind, error, trace)
            return
        with _writing(self._path), self._stack:  # an error in here makes the stack delete what was written
            if self._missing:
                raise ImageError(f"cannot write {self._path}: tiles miss {self._missing} pixels, or cover some twice")
            self._file.flush()
            if self._format != "TIFF":
                shape = (self._height, self._width, 3)
                pixels = np.memmap(self._file, self._dtype, "r", shape=shape)
                save_picture(self._path, pixels, self._like, quality=self._quality, metadata=self._metadata)

    def _reserve_tiff(self) -> int:
        """Write the TIFF's head and make room for its pixels; where they start."""
        shape = (self._height, self._width, self._channels)
        told = _told(self._like, self._metadata, self._height, self._width)
        place = _write_tiff(self._file, None, shape, self._dtype, self._like, told, str(self._path), compression=None)
        assert place is not None
        return place[0]


@contextmanager
def _writing(path: str | Path) -> Iterator[None]:
    """What the system says about a file that cannot be written, in one line."""
    try:
        yield
    except ImageError:
        raise
    except OSError as e:
        raise ImageError(f"cannot write {path}: {named(e, Path(path)).strerror or e}") from e
    except ValueError as e:  # a picture too large for its format
        raise ImageError(f"cannot write {path}: {e}") from e


def _encode(
    file: BinaryIO, format: str, pixels: Pixels, like: Picture | None, quality: int, metadata: Kept, label: str
) -> None:
    check_kept(metadata)
    if isinstance(quality, bool) or not isinstance(quality, int) or not 1 <= quality <= 100:
        raise ImageError(f"quality is {quality!r}: give a whole number from 1 to 100")
    if isinstance(pixels, Image.Image):
        pixels = open_picture(pixels)
    if isinstance(pixels, Picture):
        like = like if like is not None else pixels
        pixels = pixels.pixels
    values = _quantised(pixels, _depth(format, like, pixels))  # (H, W, 3)
    alpha = _alpha(like, format, *values.shape[:2])
    if alpha is not None:
        values = np.concatenate([values, rescaled(alpha, values.dtype)[..., None]], -1)
    if format == "TIFF":
        told = _told(like, metadata, *values.shape[:2])
        _write_tiff(file, values, values.shape, values.dtype, like, told, label, compression="zlib")
        return
    options: dict[str, object] = {"icc_profile": like.icc if like is not None else None}
    options |= _as_options(_told(like, metadata, *values.shape[:2]), format, label)
    if format == "JPEG":
        options |= {"quality": quality, "subsampling": "4:4:4"}
    elif format == "WEBP":
        options |= {"quality": quality, "lossless": quality == 100, "exact": True}  # exact: colours under alpha stay
    Image.fromarray(values).save(file, format, **options)


def _told(like: Picture | None, metadata: Kept, height: int, width: int) -> Metadata:
    """What the result's file says of itself."""
    return Metadata() if like is None else like.metadata.kept(metadata, width, height)


def _as_options(told: Metadata, format: str, label: str) -> dict[str, object]:
    """Pillow's options of `save` for it."""
    options: dict[str, object] = {"dpi": told.dpi} if told.dpi and format in ("PNG", "JPEG") else {}
    for name, block in (("exif", told.exif), ("xmp", told.xmp)):
        if format == "JPEG" and len(block) > JPEG_SEGMENT:
            warnings.warn(
                f"{label} has no {name.upper()}: it has {len(block)} bytes, a JPEG holds {JPEG_SEGMENT}",
                AdaINWarning,
                stacklevel=2,
            )
        elif block and format == "PNG" and name == "xmp":
            texts = PngInfo()
            texts.add_itxt("XML:com.adobe.xmp", block.decode("utf-8", "replace"))
            options["pnginfo"] = texts
        elif block:
            options[name] = block
    return options


def _write_tiff(
    file: BinaryIO,
    values: np.ndarray | None,
    shape: tuple[int, ...],
    dtype: np.dtype,
    like: Picture | None,
    told: Metadata,
    label: str,
    compression: str | None,
) -> tuple[int, int] | None:
    import tifffile

    size = int(np.prod(shape)) * dtype.itemsize
    with tifffile.TiffWriter(file, bigtiff=size > BIGTIFF_BYTES) as tiff:
        place: tuple[int, int] | None = tiff.write(
            values,
            shape=shape,
            dtype=dtype,
            photometric="rgb",
            planarconfig="contig",
            extrasamples=["unassalpha"] * (shape[2] - 3),
            compression=compression,
            predictor=compression is not None,
            rowsperstrip=max(1, STRIP_BYTES // (size // shape[0])),
            iccprofile=like.icc if like is not None else None,
            metadata=None,
            returnoffset=True,
        )
    if not add_to_tiff(file, told):
        warnings.warn(f"{label} has no EXIF and XMP: it is a TIFF above 4 GB", AdaINWarning, stacklevel=2)
    return place


def _depth(format: str, like: Picture | None, pixels: np.ndarray | Tensor | None) -> np.dtype:
    """uint16 for a TIFF of a picture with more than 8 bits, uint8 otherwise."""
    deep = like.pixels.dtype != np.uint8 if like is not None else getattr(pixels, "dtype", None) == np.uint16
    return np.dtype(np.uint16 if deep and format == "TIFF" else np.uint8)


def _alpha(like: Picture | None, format: str, height: int, width: int) -> np.ndarray | None:
    """What alpha is to be put back."""
    if like is None or like.alpha is None or format == "JPEG":
        return None
    if (like.height, like.width) != (height, width):
        raise ImageError(
            f"the picture has {width}x{height} pixels, its alpha {like.width}x{like.height}: resize the source first"
        )
    return like.alpha


def _quantised(pixels: np.ndarray | Tensor, dtype: np.dtype) -> np.ndarray:
    """(H, W, 3) of whole numbers from an array, or from a tensor (1, 3, H, W) or (3, H, W): clipped and rounded."""
    shape = tuple(pixels.shape)
    if isinstance(pixels, Tensor):
        x = pixels[0] if pixels.ndim == 4 and shape[0] == 1 else pixels
        if x.ndim != 3 or x.shape[0] != 3 or 0 in shape or not x.is_floating_point():
            raise ImageError(f"{pixels.dtype} of shape {shape} is no picture: give floats (1, 3, H, W)")
        return to_depth(x, dtype)
    if pixels.ndim != 3 or shape[2] != 3 or 0 in shape or pixels.dtype.kind not in "uf":
        raise ImageError(f"{pixels.dtype} of shape {shape} is no picture: give (H, W, 3) of uint8, uint16 or floats")
    if pixels.dtype.kind == "u":
        return rescaled(pixels, dtype)
    return to_depth(torch.from_numpy(np.array(pixels, np.float32)).permute(2, 0, 1), dtype)
