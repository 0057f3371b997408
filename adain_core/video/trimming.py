"""What belongs to a part of a video: packets of sound and subtitles, and chapters, between two moments."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from .pyav import av


@dataclass(frozen=True)
class Trim:
    """Between two moments in seconds of the source's clock; the result's clock begins at the first.

    Attributes:
        start: from when; None keeps the beginning and the clock.
        end: until when; None keeps the end.
    """

    start: Fraction | None = None
    end: Fraction | None = None

    def keeps(self, packet: av.Packet, kind: str) -> bool:
        """Whether a packet is within. Subtitles that are seen across an end are cut off there; sound is not cut, but
        taken or left packet by packet."""
        if packet.pts is None:
            return True
        tick = packet.time_base
        begin, end = packet.pts * tick, (packet.pts + (packet.duration or 0)) * tick
        if self.end is not None and begin >= self.end:
            return False
        if kind == "subtitle" and packet.duration:
            first = begin if self.start is None else max(begin, self.start)
            last = end if self.end is None else min(end, self.end)
            if (first, last) != (begin, end) and last > first:
                packet.pts = packet.dts = round(first / tick)
                packet.duration = round((last - first) / tick)
            return last > first
        return self.start is None or begin >= self.start

    def move(self, packet: av.Packet) -> None:
        """Give a packet the time that it has in the result."""
        if self.start is None:
            return
        shift = round(self.start / packet.time_base)
        if packet.pts is not None:
            packet.pts -= shift
        if packet.dts is not None:
            packet.dts -= shift

    def chapters(self, chapters: Iterable[Any]) -> list[Any]:
        """Those that are seen within, with the times that they have in the result."""
        found = []
        for chapter in chapters:
            tick = chapter["time_base"]
            start = 0 if self.start is None else round(self.start / tick)
            first = max(chapter["start"] - start, 0) if self.start is not None else chapter["start"]
            last = (chapter["end"] if self.end is None else min(chapter["end"], round(self.end / tick))) - start
            if last > first:
                found.append({**chapter, "start": first, "end": last})
        return found
