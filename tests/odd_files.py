"""Files that something has gone wrong with: sound ones with bytes changed, cut, repeated, mixed, other numbers."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from hypothesis import strategies as st

NUMBERS = [
    0,
    1,
    2,
    3,
    7,
    8,
    127,
    128,
    255,
    256,
    4096,
    0x7FFF,
    0x8000,
    0xFFFF,
    0x10000,
    0x7FFFFFFF,
    0x80000000,
    0xFFFFFFFF,
]
"""Sizes, counts and offsets that programs stumble over."""


@st.composite
def odd(draw: st.DrawFn, sound: Sequence[bytes], head: int = 256) -> bytes:
    """One of the files, or part of another in it, changed at up to 6 places.

    Args:
        sound: the files to start from.
        head: bytes at the beginning where most changes are made: sizes and counts stand there.
    """
    data = bytearray(draw(st.sampled_from(sound)))
    for _ in range(draw(st.integers(1, 6))):
        if not data:
            break
        reach = min(len(data), head) if draw(st.integers(0, 3)) else len(data)
        at = draw(st.integers(0, reach - 1))
        kind = draw(st.sampled_from(["byte", "bit", "number", "number", "cut", "drop", "repeat", "splice", "insert"]))
        if kind == "byte":
            data[at] = draw(st.integers(0, 255))
        elif kind == "bit":
            data[at] ^= 1 << draw(st.integers(0, 7))
        elif kind == "number":
            layout = draw(st.sampled_from(["<H", ">H", "<L", ">L", "<Q"]))
            number = struct.pack(layout, draw(st.sampled_from(NUMBERS)) & ((1 << 8 * struct.calcsize(layout)) - 1))
            data[at : at + len(number)] = number
        elif kind == "cut":
            del data[draw(st.integers(at, len(data))) :]
        elif kind == "drop":
            del data[at : at + draw(st.integers(1, 64))]
        elif kind == "repeat":
            data[at:at] = data[at : at + draw(st.integers(1, 64))]
        elif kind == "splice":
            other = draw(st.sampled_from(sound))
            start = draw(st.integers(0, len(other) - 1))
            data[at:] = other[start:]
        else:
            data[at:at] = draw(st.binary(min_size=1, max_size=16))
    return bytes(data)
