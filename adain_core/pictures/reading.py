"""Any picture in: files, bytes, PIL images, arrays and tensors become one kind of :class:`Picture`.

What the network does not see (alpha, colour profile, depth) is kept beside the pixels, for the way out in
:mod:`adain_core.pictures.writing`.
"""

from __future__ import annotations

import io
import struct
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageFile, TiffImagePlugin
from torch import Tensor

from ..errors import AdaINError, AdaINWarning, ImageError
from .depth import stored_bits
from .formats import READ
from .metadata import Metadata, of_image
from .picture import MAX_PIXELS, Picture, check_size
from .profiles import converted

PictureSource = str | Path | bytes | BinaryIO | Image.Image | np.ndarray | Tensor
"""What can be opened as a picture."""

RANGE_SLACK = 1e-3
"""Floats this far outside [0, 1] are rounding of an earlier step and are clipped; more is an error."""

LEAST_DRAWN = 0.1
"""A file that is cut off is refused if it draws less than this share: a few bytes can claim to be a huge picture."""

SPOOL_BYTES = 1 << 30
"""Decoded TIFF files larger than this go to a temporary file on disk instead of memory."""

_ORIENTATION = 0x0112  # the tag of EXIF and TIFF

_NEEDED = {
    "HEIF": "pillow-heif: pip install adain-style-transfer[heif]",
    "AVIF": "Pillow 11.3 or newer: pip install --upgrade pillow",
}
"""Without which these cannot be read."""

_BRANDS = {
    "HEIF": (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"),
    "AVIF": (b"avif", b"avis"),
}
"""How their files begin, after the length of the first box and "ftyp" (ISO 23008-12, AVIF 1.1)."""


def open_picture(
    source: PictureSource | Picture, *, max_pixels: int = MAX_PIXELS, whole: bool = False, label: str = ""
) -> Picture:
    """Open anything that is a picture.

    Files are turned upright (EXIF), animations give their first frame. Grey, palette, 1-bit and CMYK become RGB;
    transparency of any kind becomes `alpha`. 16 bits are kept for grey PNG and for TIFF; other 16-bit files are
    reduced to 8 bits by Pillow, with a warning (:class:`AdaINWarning`). A file that is cut off is read as viewers do:
    what is missing is blank, with a warning. An RGB colour profile is kept; a CMYK or grey one is used to convert to
    sRGB and dropped. Uncompressed TIFF files are mapped, not loaded.

    Args:
        source: path; file content as bytes or binary file; PIL image; array (H, W), (H, W, 1), (H, W, 3) or
            (H, W, 4) of uint8, uint16, bool or floats in [0, 1]; tensor (3, H, W) or (1, 3, H, W) of floats in
            [0, 1] or uint8. A :class:`Picture` is returned as it is.
        max_pixels: a file with more pixels is refused from its header, before memory is taken.
        whole: refuse a file that is cut off.
        label: what to call the picture in errors and warnings; the path, where there is one, when missing.

    Raises:
        ImageError: missing, unreadable, damaged or too large file; wrong shape, type or range of values; NaN.

    Examples:
        >>> import numpy as np
        >>> from adain_core import open_picture
        >>> picture = open_picture(np.zeros((48, 64), np.uint16))
        >>> picture.height, picture.width
        (48, 64)
    """
    if isinstance(source, Picture):
        return source
    if isinstance(source, Tensor):
        return _from_tensor(source)
    if isinstance(source, np.ndarray):
        return _from_array(source, "array")
    if isinstance(source, Image.Image):
        with _reading(label or "PIL image"):
            return replace(_from_pil(source, max_pixels, label or "PIL image", whole), metadata=of_image(source))
    if isinstance(source, str | Path):
        path = Path(source)
        label = label or str(path)
        if path.is_dir():
            raise ImageError(f"{label} is a folder: give a picture file")
        try:
            file: BinaryIO = path.open("rb")
        except FileNotFoundError as e:
            raise ImageError(f"no picture file {str(path)!r}: check the path") from e
        except (OSError, ValueError) as e:  # ValueError: a zero byte in the name
            raise ImageError(f"{label} cannot be opened: {getattr(e, 'strerror', None) or e}") from e
        with file:
            return replace(_from_file(file, label, max_pixels, whole), name=path.stem)
    if isinstance(source, bytes | bytearray | memoryview):
        return _from_file(io.BytesIO(source), label or "the data", max_pixels, whole)
    if callable(getattr(source, "read", None)):
        content = source.read()  # as a whole: pipes cannot seek
        if isinstance(content, bytes):
            return _from_file(io.BytesIO(content), label or "the file", max_pixels, whole)
        raise ImageError(f"the file gives {type(content).__name__}, not bytes: open it in binary mode")
    raise ImageError(f"{type(source).__name__} is no picture: give a path, bytes, PIL image, array or tensor")


def _from_tensor(x: Tensor) -> Picture:
    shape = tuple(x.shape)
    if x.ndim == 4 and x.shape[0] == 1:
        x = x[0]
    if x.ndim != 3 or x.shape[0] != 3:
        raise ImageError(f"tensor of shape {shape} is no picture: give (3, H, W) or (1, 3, H, W)")
    x = x.detach().cpu()
    if x.is_floating_point():
        x = x.float()  # numpy has no bfloat16
    return _from_array(x.permute(1, 2, 0).numpy(), f"tensor of shape {shape}")


def _from_array(
    a: np.ndarray, label: str, *, icc: bytes | None = None, format: str = "", orientation: int = 1
) -> Picture:
    """A picture from (H, W), or (H, W, C): grey, grey and alpha (files only), RGB, or RGB and alpha."""
    shape = a.shape
    if a.ndim == 2:
        a = a[..., None]
    if a.ndim != 3 or a.shape[2] not in ((1, 2, 3, 4) if format else (1, 3, 4)) or 0 in a.shape:
        raise ImageError(f"{label} of shape {shape} is no picture: give (H, W), (H, W, 1), (H, W, 3) or (H, W, 4)")
    if not a.dtype.isnative:
        a = a.astype(a.dtype.newbyteorder("="))
    if a.dtype.kind == "b":
        a = a.astype(np.uint8) * np.uint8(255)
    elif a.dtype.kind == "f":
        a = a.astype(np.float32, copy=False)
        low, high = float(a.min()), float(a.max())
        if not (low >= -RANGE_SLACK and high <= 1 + RANGE_SLACK):  # NaN fails this too
            raise ImageError(f"{label} has values from {low:.4g} to {high:.4g}: give numbers from 0 to 1")
        if low < 0 or high > 1:
            a = a.clip(0, 1)
    elif a.dtype not in (np.uint8, np.uint16):
        raise ImageError(f"{label} has dtype {a.dtype}: give uint8, uint16 or floats from 0 to 1")
    a = _upright(a, orientation)
    colours = a.shape[2] - (a.shape[2] in (2, 4))
    pixels = a[..., :colours]
    if colours == 1:
        pixels = np.broadcast_to(pixels, (*a.shape[:2], 3))  # a view: grey takes no more memory
    return Picture(pixels, a[..., colours] if a.shape[2] > colours else None, icc, format)


def _upright(a: np.ndarray, orientation: int) -> np.ndarray:
    """Turn (H, W, C) as the orientation tag of EXIF and TIFF says, as a view: a mapped file stays on disk."""
    if orientation in (5, 6, 7, 8):
        a = a.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        a = a[::-1]
    if orientation in (2, 3, 6, 7):
        a = a[:, ::-1]
    return a


def _from_file(file: BinaryIO, label: str, max_pixels: int, whole: bool) -> Picture:
    """A picture from a file that can seek."""
    head = file.read(16)
    if not head:
        raise ImageError(f"{label} is empty (0 bytes)")
    with _reading(label):
        if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
            try:
                picture = _from_tiff(file, label, max_pixels)
            except (AdaINError, MemoryError):
                raise
            except Exception:  # Pillow knows compressions that tifffile does not, and reads what is left of a cut file
                picture = None
            if picture is not None:
                return replace(picture, metadata=_tiff_metadata(file))
        with _decoder(file, head, label) as image:
            picture = _from_pil(image, max_pixels, label, whole)
            return replace(picture, metadata=of_image(image))


@contextmanager
def _reading(label: str) -> Iterator[None]:
    """Whatever a decoder raises on damaged data becomes one line."""
    try:
        yield
    except AdaINError:
        raise
    except MemoryError as e:
        raise ImageError(f"{label} does not fit into memory: reduce it, or store it as an uncompressed TIFF") from e
    except Exception as e:  # decoders of damaged files raise all there is, from OSError to IndexError
        raise ImageError(f"{label} cannot be read, it may be damaged: {' '.join(str(e).split()) or repr(e)}") from e


def _decoder(file: BinaryIO, head: bytes, label: str) -> Image.Image:
    """What `Image.open` does, without its limit of pixels, which is global to the process and cannot be passed."""
    Image.init()
    lacking = next((format for format, brands in _BRANDS.items() if head[4:8] == b"ftyp" and head[8:12] in brands), "")
    for format in READ:
        factory, accept = _reader(format)
        if factory is None:
            continue
        fits = accept is None or accept(head)
        if isinstance(fits, str):  # says why this Pillow cannot read a file of this kind
            lacking = format
        elif fits:
            if format == lacking:
                lacking = ""
            file.seek(0)
            try:
                return factory(file, "")
            except (SyntaxError, IndexError, TypeError, struct.error):  # the readers' way to say "not mine"
                continue
    if lacking:
        needed = _NEEDED.get(lacking, f"a Pillow that was built with {lacking}: pip install --upgrade pillow")
        raise ImageError(f"{label} is a picture of format {lacking}, which needs {needed}")
    raise ImageError(f"{label} is no picture, or its header is damaged: known are {', '.join(READ)}")


def _reader(format: str) -> tuple[Callable[..., Image.Image] | None, Callable[[bytes], bool | str] | None]:
    """Pillow's reader of a format and its look at a file's first 16 bytes; (None, None) if this Pillow has none."""
    if format in Image.OPEN:
        return Image.OPEN[format]
    if format == "HEIF":
        try:
            from pillow_heif.as_plugin import HeifImageFile  # used here alone, not added to the readers of the process
        except ImportError:
            return None, None
        return HeifImageFile, lambda head: head[4:8] == b"ftyp" and head[8:12] in _BRANDS["HEIF"]
    return None, None


def _load(image: Image.Image, label: str, whole: bool) -> None:
    """Decode; what is missing at the end of a file that is cut off is left blank, with a warning.

    Pillow's own switch for that (`LOAD_TRUNCATED_IMAGES`) is global to the process.
    """
    try:
        image.load()
        return
    except OSError as e:
        if whole or "truncated" not in str(e) or not isinstance(image, ImageFile.ImageFile):
            raise
        if image.format in ("JPEG", "MPO") and image.fp is not None:
            image.fp.seek(0)
            image.fp = io.BytesIO(image.fp.read() + b"\xff\xd9")  # the end mark, on which the decoder finishes
        else:
            image.tile = []  # what was decoded stands, and there is no more to do
        image.load()
        if _drawn(image) < LEAST_DRAWN:
            raise
    warn(f"{label} is cut off: what is missing is left blank; get the file again")


def _drawn(image: Image.Image) -> float:
    """The share of rows, of 256 at most, that are not of one colour: the others may be those that are missing."""
    rows = [np.asarray(image.crop((0, y, image.width, y + 1))) for y in range(0, image.height, -(-image.height // 256))]
    return sum(bool((row != row[:, :1]).any()) for row in rows) / len(rows)


def warn(text: str) -> None:
    """Say something of a picture that is read all the same."""
    warnings.warn(text, AdaINWarning, stacklevel=2)


def _from_pil(image: Image.Image, max_pixels: int, label: str, whole: bool) -> Picture:
    check_size(*image.size, max_pixels, label)
    bits = stored_bits(image)
    _load(image, label, whole)
    if bits > 8 and image.mode[0] not in "IF":
        hint = "; pip install adain-style-transfer[tiff] reads all" if image.format == "TIFF" else ""
        warn(f"{label} has {bits} bits a channel, of which 8 are read{hint}")
    format = image.format or "PIL"
    try:
        orientation = image.getexif().get(_ORIENTATION, 1)  # TIFF files: Pillow has turned them in load()
    except Exception:  # damaged EXIF is no reason to refuse sound pixels
        orientation = 1
    if image.mode.startswith("I") or image.mode == "F":  # grey of more than 8 bits
        a = np.asarray(image)
        if image.mode == "I":
            if a.min() < 0 or a.max() > 65535:
                raise ImageError(f"{label} has 32-bit values from {a.min()} to {a.max()}: give 0 to 65535")
            a = a.astype(np.uint16)
        return _from_array(a, label, format=format, orientation=orientation)
    icc = image.info.get("icc_profile") or None
    if icc is not None and icc[16:20] != b"RGB ":  # the header's colour space
        image, icc = converted(image, icc, None), None
    image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    return _from_array(_pixels(image), label, icc=icc, format=format, orientation=orientation)


def _pixels(image: Image.Image) -> np.ndarray:
    """(H, W, C) uint8, copied in bands: `np.asarray` takes the picture's size twice on the way."""
    out = np.empty((image.height, image.width, len(image.getbands())), np.uint8)
    rows = max(1, (1 << 18) // image.width)
    for y in range(0, image.height, rows):
        out[y : y + rows] = np.asarray(image.crop((0, y, image.width, min(y + rows, image.height))))
    return out


def _tiff_metadata(file: BinaryIO) -> Metadata:
    """Of a TIFF that tifffile has read, which knows no EXIF that could be written again."""
    try:
        file.seek(0)
        with TiffImagePlugin.TiffImageFile(file) as image:
            return of_image(image)
    except Exception:  # a kind that Pillow cannot read
        return Metadata()


def _from_tiff(file: BinaryIO, label: str, max_pixels: int) -> Picture | None:
    """The first page of a TIFF, with all its bits; None for the kinds that are better left to Pillow."""
    import tifffile

    file.seek(0)
    with tifffile.TiffFile(file) as tiff:
        page = tiff.pages[0]
        assert isinstance(page, tifffile.TiffPage)
        check_size(page.imagewidth, page.imagelength, max_pixels, label)
        if page.is_reduced:
            raise ImageError(f"{label} starts with a preview, as camera raw files do: export it as TIFF or JPEG first")
        samples = page.samplesperpixel
        colours = {"MINISWHITE": 1, "MINISBLACK": 1, "RGB": 3}.get(tifffile.PHOTOMETRIC(page.photometric).name, 0)
        known = (
            colours
            and page.axes in ("YX", "YXS", "SYX")
            and page.dtype is not None
            and (page.dtype.kind == "f" or (page.dtype.kind == "u" and page.bitspersample in (8, 16)))
            and page.compression in tifffile.TIFF.DECOMPRESSORS
            and page.predictor in tifffile.TIFF.UNPREDICTORS
            and 1 not in page.extrasamples  # colours multiplied by alpha
        )
        if not known:
            return None
        native = page.bitspersample == 8 or (tiff.byteorder == "<") == (sys.byteorder == "little")
        if page.is_memmappable and native:
            a: np.ndarray = tifffile.memmap(tiff.filehandle.path, page=0, mode="r")
        else:
            a = page.asarray(out="memmap" if page.nbytes > SPOOL_BYTES else None)
        if page.axes == "SYX":
            a = np.moveaxis(a, 0, -1)
        if a.ndim == 3:
            alpha = samples > colours and page.extrasamples[:1] in ((), (2,))  # missing: written by careless programs
            a = a[..., : colours + alpha]
        if page.photometric == tifffile.PHOTOMETRIC.MINISWHITE and a.dtype.kind == "u":
            a = np.iinfo(a.dtype).max - a
        tag, profile = page.tags.get(_ORIENTATION), page.tags.get("InterColorProfile")
        icc = bytes(profile.value) if profile is not None else None
        if icc is not None and icc[16:20] != b"RGB ":
            if a.dtype == np.uint8:  # Pillow converts it
                return None
            icc = None
        orientation = int(tag.value) if tag is not None else 1
        return _from_array(a, label, icc=icc, format="TIFF", orientation=orientation)
