"""Which files are pictures, and as which results are written: by suffix.

It needs neither torch nor Pillow: the command imports it for its list of flags, and `adain --help` need not wait.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from pathlib import PurePath

READ = {
    "PNG": (".png", ".apng"),
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "MPO": (".mpo",),
    "WEBP": (".webp",),
    "TIFF": (".tif", ".tiff"),
    "GIF": (".gif",),
    "BMP": (".bmp",),
    "AVIF": (".avif", ".avifs"),
    "HEIF": (".heic", ".heif", ".hif", ".heics", ".heifs"),
    "JPEG2000": (".jp2", ".j2k", ".j2c", ".jpc", ".jpf", ".jpx"),
    "PPM": (".ppm", ".pgm", ".pbm", ".pnm", ".pfm"),
    "DIB": (".dib",),
    "ICO": (".ico",),
    "TGA": (".tga", ".icb", ".vda", ".vst"),
}
"""Pillow's readers that are tried, in this order, with the suffixes of their files: still pictures only, and none that
starts another program (EPS: Ghostscript). What this machine cannot read counts too: it is said what is missing."""

SUFFIXES = tuple(chain.from_iterable(READ.values()))
"""What counts as a picture in a folder."""

WRITTEN = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".webp": "WEBP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".jpe": "JPEG",
    ".jfif": "JPEG",
}
"""What results are written as; a content of another format becomes a PNG."""


def is_picture(name: str) -> bool:
    """Whether a file is a picture by its suffix."""
    return name.lower().endswith(SUFFIXES)


def left_out(folder: object, names: Iterable[str]) -> str:
    """What to say of the files of a folder that are no pictures; "" if there are none."""
    count: dict[str, int] = {}
    for name in names:
        ending = PurePath(name).suffix.lower() or "without a suffix"
        count[ending] = count.get(ending, 0) + 1
    if not count:
        return ""
    often = sorted(count, key=lambda ending: (-count[ending], ending))
    shown = ", ".join(f"{count[ending]} {ending}" for ending in often[:5])
    total = sum(count.values())
    left = (
        f"{total} files left out, no pictures by their suffixes"
        if total > 1
        else "1 file left out, no picture by its suffix"
    )
    return f"{folder}: {left} ({shown}{', ...' if len(often) > 5 else ''})"
