"""What a picture file says of itself beside its pixels: EXIF, XMP and resolution, from one file to the next.

A result is another picture than the one that the file told of. So what describes the old pixels goes: previews,
orientation, sizes, the camera maker's notes (which hold previews in a layout nobody documents).
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO
from xml.dom import minidom
from xml.parsers.expat import ExpatError

from PIL import Image, TiffImagePlugin

from ..options import Kept

_EXIF, _GPS, _XMP = 0x8769, 0x8825, 700
_X_RESOLUTION, _Y_RESOLUTION, _RESOLUTION_UNIT, _INCH = 0x011A, 0x011B, 0x0128, 2
_WIDTH, _HEIGHT = 0xA002, 0xA003

_ABOUT = (
    0x010E, 0x010F, 0x0110, 0x0131, 0x0132, 0x013B, 0x013C, 0x4746, 0x4749, 0x8298,
    0x9C9B, 0x9C9C, 0x9C9D, 0x9C9E, 0x9C9F,
)  # fmt: skip
"""Tags of the first directory that tell of the picture: description, camera, program, date, artist, computer, rating,
copyright, and Windows' title, comment, author, keywords and subject. All others tell of the file (EXIF 2.32, 4.6)."""

_OF_THE_FILE = (0x927C, 0xA005, _WIDTH, _HEIGHT)
"""Tags of the EXIF directory that do not stay: the maker's notes, a table for interoperability, the size."""

_OLD = (
    ("http://ns.adobe.com/xap/1.0/", "Thumbnails"),
    ("http://ns.adobe.com/tiff/1.0/", "Orientation"),
    ("http://ns.adobe.com/tiff/1.0/", "ImageWidth"),
    ("http://ns.adobe.com/tiff/1.0/", "ImageLength"),
    ("http://ns.adobe.com/exif/1.0/", "PixelXDimension"),
    ("http://ns.adobe.com/exif/1.0/", "PixelYDimension"),
    ("http://ns.adobe.com/xmp/note/", "HasExtendedXMP"),
)
"""XMP properties of the old pixels: namespace and name."""

_OLD_SPACES = ("http://ns.google.com/photos/",)
"""Namespaces of whole pictures within XMP, such as the one before a blur."""


@dataclass(frozen=True)
class Metadata:
    """As it was in the file; :meth:`kept` is what goes into another.

    Attributes:
        exif: a block of EXIF, "Exif" and two zero bytes before it or not; empty if there is none.
        xmp: a packet of XMP; empty if there is none.
        dpi: pixels per inch, across and down.
    """

    exif: bytes = b""
    xmp: bytes = b""
    dpi: tuple[float, float] | None = None

    def kept(self, what: Kept, width: int, height: int) -> Metadata:
        """What goes into the file of a result.

        Args:
            what: "none"; "no-gps": all but the place; "all".
            width: of the result, in pixels.
            height: likewise.
        """
        if what == "none":
            return Metadata()
        exif = directory(self.exif)
        found = _about(exif)
        size = {_WIDTH: width, _HEIGHT: height} if _EXIF in found else {}
        place = _values(exif, _GPS) if what == "all" else {}
        dpi = self.dpi or _resolution_in(exif)
        if dpi is not None:
            found |= {_X_RESOLUTION: dpi[0], _Y_RESOLUTION: dpi[1], _RESOLUTION_UNIT: _INCH}
        if size:
            found[_EXIF] |= size
        if place:
            found[_GPS] = place
        return Metadata(_block(found), _cleaned(self.xmp, what == "all"), dpi)


def of_image(image: Image.Image) -> Metadata:
    """What Pillow found in a file. Damaged metadata is left out."""
    info = image.info
    exif = info.get("exif", b"")
    xmp = info.get("xmp") or info.get("XML:com.adobe.xmp") or b""
    try:
        if not exif and (isinstance(image, TiffImagePlugin.TiffImageFile) or "Raw profile type exif" in info):
            known = image.getexif()
            found, place = _about(known), _values(known, _GPS)
            exif = _block(found | ({_GPS: place} if place else {}))
            xmp = xmp or known.get(_XMP, b"")
    except Exception:  # readers of damaged metadata raise all there is, which is no reason to refuse sound pixels
        exif = b""
    if isinstance(xmp, str):
        xmp = xmp.encode("utf-8", "replace")
    return Metadata(
        exif if isinstance(exif, bytes) else b"", xmp if isinstance(xmp, bytes) else b"", _resolution(info.get("dpi"))
    )


def add_to_tiff(file: BinaryIO, metadata: Metadata) -> bool:
    """Put it into a TIFF file that is written already: a longer directory at its end, to which its head points.

    Args:
        file: open for reading and writing.
        metadata: from :meth:`Metadata.kept`.

    Returns:
        False for a BigTIFF, whose directories are others: nothing was changed.
    """
    exif = directory(metadata.exif)
    values: dict[int, Any] = {tag: _text(exif[tag]) for tag in exif if tag not in (_EXIF, _GPS)}
    values |= {group: part for group in (_EXIF, _GPS) if (part := _values(exif, group))}
    if metadata.xmp:
        values[_XMP] = metadata.xmp
    if not values:
        return True
    file.seek(0)
    head = file.read(8)
    if head[2:4] not in (b"*\0", b"\0*"):
        return False
    order = "<" if head[:2] == b"II" else ">"
    file.seek(*struct.unpack(order + "L", head[4:]))
    (count,) = struct.unpack(order + "H", file.read(2))
    entries = [file.read(12) for _ in range(count)]
    following = file.read(4)
    end = file.seek(0, 2)
    end += end % 2
    added = TiffImagePlugin.ImageFileDirectory_v2(ifh=head)
    for tag, value in values.items():
        added[tag] = value
    block = added.tobytes(end)
    block += b"\0" * (len(block) % 2)
    (more,) = struct.unpack(order + "H", block[:2])
    entries += [block[2 + 12 * i : 14 + 12 * i] for i in range(more)]
    together = {struct.unpack(order + "H", entry[:2]): entry for entry in entries}  # ours are the last
    file.seek(end)
    file.write(block + struct.pack(order + "H", len(together)))
    file.write(b"".join(together[tag] for tag in sorted(together)) + following)
    file.seek(4)
    file.write(struct.pack(order + "L", end + len(block)))
    return True


def directory(block: bytes) -> Image.Exif:
    """A block of EXIF as Pillow's; empty if it is damaged."""
    exif = Image.Exif()
    try:
        exif.load(block)
    except Exception:  # as above
        return Image.Exif()
    return exif


def _about(exif: Image.Exif) -> dict[int, Any]:
    """What tells of the picture, the EXIF directory as a dictionary within."""
    found: dict[int, Any] = {}
    for tag in _ABOUT:
        try:
            if tag in exif:
                found[tag] = _text(exif[tag])
        except Exception:  # as above
            continue
    inner = {tag: value for tag, value in _values(exif, _EXIF).items() if tag not in _OF_THE_FILE}
    return {**found, _EXIF: inner} if inner else found


def _values(exif: Image.Exif, group: int) -> dict[int, Any]:
    """A directory within."""
    try:
        return {tag: _text(value) for tag, value in exif.get_ifd(group).items() if not isinstance(value, dict)}
    except Exception:  # as above
        return {}


class _Latin1(str):
    """Text as Pillow reads it, a character a byte, which it would write with "?" for all beyond ASCII."""

    def encode(self, encoding: str = "", errors: str = "") -> bytes:
        """The bytes that were read."""
        return str.encode(self, "latin-1", "replace")


def _text(value: Any) -> Any:
    return _Latin1(value) if isinstance(value, str) else value


def _block(values: Mapping[int, Any]) -> bytes:
    """A block of EXIF; what cannot be written is left out."""

    def written(values: Mapping[int, Any]) -> bytes:
        exif = Image.Exif()
        for tag, value in values.items():
            exif[tag] = value
        return exif.tobytes()

    def can(values: Mapping[int, Any]) -> bool:
        try:
            return bool(written(values))
        except Exception:  # numbers that their field does not hold, text where a number belongs
            return False

    if not values:
        return b""
    if not can(values):
        values = {
            tag: {name: v for name, v in value.items() if can({tag: {name: v}})} if isinstance(value, dict) else value
            for tag, value in values.items()
            if isinstance(value, dict) or can({tag: value})
        }
    return written(values) if values and can(values) else b""


def _resolution(dpi: object) -> tuple[float, float] | None:
    """Pixels per inch, if they are numbers above 0 that a file can hold."""
    try:
        across, down = (float(value) for value in dpi)  # type: ignore[attr-defined]
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return (across, down) if all(math.isfinite(value) and 1e-2 <= value <= 1e5 for value in (across, down)) else None


def _resolution_in(exif: Image.Exif) -> tuple[float, float] | None:
    """The same from EXIF, for formats that have no other place for it (WebP)."""
    try:
        unit = {_INCH: 1.0, _INCH + 1: 2.54}[exif.get(_RESOLUTION_UNIT, _INCH)]  # 3 is centimetres
        return _resolution([float(exif[tag]) * unit for tag in (_X_RESOLUTION, _Y_RESOLUTION)])
    except Exception:  # as above
        return None


def _cleaned(xmp: bytes, place: bool) -> bytes:
    """A packet without what tells of the old pixels, and without the place unless it is wanted; b"" if damaged."""
    if not xmp or b"<!DOCTYPE" in xmp or b"<!ENTITY" in xmp:  # XMP has none: they could be made to fill the memory
        return b""
    try:
        document = minidom.parseString(xmp.strip(b"\0"))
    except (ExpatError, ValueError, LookupError):
        return b""

    def unwanted(node: Any) -> bool:
        space, name = node.namespaceURI or "", node.localName or ""
        located = space == "http://ns.adobe.com/exif/1.0/" and name.startswith("GPS") and not place
        return located or (space, name) in _OLD or space.startswith(_OLD_SPACES)

    for element in list(document.getElementsByTagName("*")):
        for attribute in list(element.attributes.values()):
            if unwanted(attribute):
                element.removeAttributeNode(attribute)
        if unwanted(element) and element.parentNode is not None:
            element.parentNode.removeChild(element)
    return "".join(node.toxml() for node in document.childNodes).encode("utf-8", "xmlcharrefreplace")
