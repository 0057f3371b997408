"""A file's packets: broken places passed over, and one clock for all of its streams."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from .pyav import av

CLOCK_JUMPS, NO_CLOCK = 0x200, 0x80
"""FFmpeg's flags of formats whose clock may jump, and of those that have none."""

GIVE_UP = 100
"""Failures one after the other after which nothing more is expected of a file."""

BACK = Fraction(1, 10)
"""Seconds by which a stream's times may go back and be nothing but out of order."""

LATE = 1
"""Seconds by which one stream may go on with the old clock when another has begun with the new."""

PAUSE, LONG_PAUSE = 10, 3600
"""Seconds that a stream may pause without its clock having changed: where clocks change by design, and elsewhere."""


@dataclass
class _Track:
    """Where a stream is.

    Attributes:
        clock: which of the file's clocks it goes by.
        last: decoding time of its last packet, in seconds of the result.
        end: when that packet ends.
    """

    clock: int
    last: Fraction
    end: Fraction


class Packets:
    """All packets of a container as they come, in times that begin at 0 and go on, whatever the file's clock does.

    Streams that were joined or recorded over a wrap of the clock jump: by as much as one stream jumps all are put
    right, so that sound and picture stay together. FFmpeg's program does the same when it copies.

    Args:
        container: read by this alone.
        at: seconds of the result at which reading begins: 0, or where the container was sought to.

    Attributes:
        broken: how many could not be read, and others could after them.
        failed: how many could not be read at the end.
        reason: why the first could not.
        jumps: how often the clock jumped.
        end: when the last of all ends, in seconds.
    """

    def __init__(self, container: av.container.InputContainer, at: Fraction = Fraction(0)) -> None:
        self._container = container
        self._pause = PAUSE if container.format.flags & CLOCK_JUMPS else LONG_PAUSE
        self._clocks = [-Fraction(container.start_time or 0, av.time_base)]  # of what is heard and seen, without delays
        self._tracks: dict[int, _Track] = {}
        self.broken = self.failed = self.jumps = 0
        self.reason = ""
        self.end = at

    def __iter__(self) -> Iterator[av.Packet]:
        packets = self._container.demux()
        while self.failed < GIVE_UP:
            try:
                packet = next(packets, None)
            except av.error.EOFError:
                return
            except (av.error.FFmpegError, OSError) as e:
                self.failed += 1
                self.reason = self.reason or str(e.strerror or e)
                packets = self._container.demux()  # goes on after the broken place
                continue
            if packet is None:
                return
            self.broken, self.failed = self.broken + self.failed, 0
            if packet.size:
                self._put_right(packet)
                yield packet

    def _put_right(self, packet: av.Packet) -> None:
        """Times of a packet by the result's clock; one that cannot be is taken away."""
        base = packet.time_base
        if packet.dts is not None and packet.pts is not None and abs(packet.pts - packet.dts) * base > LONG_PAUSE:
            packet.pts = None
        written = packet.pts if packet.dts is None else packet.dts
        if written is None:
            return
        clock = self._clock(packet, written * base)
        if clock:
            shift = round(clock / base)
            packet.pts = None if packet.pts is None else packet.pts + shift
            packet.dts = None if packet.dts is None else packet.dts + shift
        corrected = written * base + clock
        shown = corrected if packet.pts is None else packet.pts * base
        end = shown + (packet.duration or 0) * base
        self.end = max(self.end, end)
        if packet.stream_index in self._tracks:
            track = self._tracks[packet.stream_index]
            track.last, track.end = corrected, end

    def _clock(self, packet: av.Packet, written: Fraction) -> Fraction:
        """What is to be added to a packet's decoding time."""
        kind = packet.stream.type
        if kind == "video" and packet.dts is None and packet.stream_index in self._tracks:
            return self._clocks[self._tracks[packet.stream_index].clock]  # shown in another order: does not tell
        if kind not in ("video", "audio") or packet.dts is None:  # too rare to show a jump: by the clock that fits best
            return min(self._clocks, key=lambda clock: abs(written + clock - self.end))
        newest = len(self._clocks) - 1
        track = self._tracks.get(packet.stream_index)
        if track is None:
            track = self._tracks[packet.stream_index] = _Track(newest, self.end - self._pause, self.end)
        if not track.last - BACK <= written + self._clocks[track.clock] <= track.end + self._pause:
            back = LATE if track.clock < newest else BACK
            if not track.last - back <= written + self._clocks[newest] <= self.end + self._pause:
                self.jumps += 1
                self._clocks.append(self.end - written)
            track.clock = len(self._clocks) - 1
        return self._clocks[track.clock]
