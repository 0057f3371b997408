"""How many bits a channel a picture file has, where Pillow gives 8."""

from __future__ import annotations

from typing import Any

from PIL import Image

_HEAD = 1 << 12
"""Bytes in which a JPEG 2000 or AVIF file says it."""


def stored_bits(image: Image.Image) -> int:
    """Bits a channel in the file of an image that is not loaded yet; 8 where nothing says otherwise."""
    for tile in getattr(image, "tile", []):
        raw = tile[3] if isinstance(tile[3], tuple) else (tile[3],)
        if raw and isinstance(raw[0], str) and ";16" in raw[0]:  # Pillow's name of the layout
            return 16
        if tile[0] in ("ppm", "ppm_plain") and isinstance(raw[-1], int) and raw[-1] > 255:  # the highest value
            return raw[-1].bit_length()
    if image.format == "HEIF":
        return int(image.info.get("bit_depth", 8))
    if image.format in ("JPEG2000", "AVIF"):
        return _declared(_head(getattr(image, "fp", None)), image.format)
    return 8


def _head(file: Any) -> bytes:
    """The beginning of a file, which stays where it is."""
    if file is None:
        return b""
    place = file.tell()
    file.seek(0)
    head = file.read(_HEAD)
    file.seek(place)
    return bytes(head)


def _declared(head: bytes, format: str) -> int:
    """What JPEG 2000's SIZ marker (ISO 15444-1, A.5.1) or AVIF's av1C box (AV1 in ISOBMFF, 2.3.3) says."""
    at = head.find(b"\xff\x4f\xff\x51" if format == "JPEG2000" else b"av1C")
    byte = head[at + 42 : at + 43] if format == "JPEG2000" else head[at + 6 : at + 7]
    if at < 0 or not byte:
        return 8
    if format == "JPEG2000":
        return (byte[0] & 0x7F) + 1
    return 8 if not byte[0] & 0x40 else 12 if byte[0] & 0x20 else 10
