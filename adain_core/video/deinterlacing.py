"""Interlaced frames, two moments woven into one picture, as FFmpeg's bwdif makes whole ones of them."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from .pyav import av


class Deinterlacer:
    """Passes frames on as they come, until one is interlaced; then each interlaced one is deinterlaced.

    Attributes:
        count: how many were.
    """

    def __init__(self) -> None:
        self.count = 0
        self._graph: av.filter.Graph | None = None
        self._kind: tuple[object, ...] = ()

    def __call__(self, frames: Iterator[av.VideoFrame], time_base: Fraction) -> Iterator[av.VideoFrame]:
        """As many frames as come in, each at its time.

        Args:
            frames: decoded, in the order they are shown.
            time_base: of frames that do not tell theirs.
        """
        for frame in frames:
            self.count += frame.interlaced_frame
            kind = (frame.width, frame.height, frame.format.name, frame.colorspace, frame.color_range)
            if self._graph is not None and kind != self._kind:
                yield from self._flush()
            if self._graph is None and not frame.interlaced_frame:
                yield frame
                continue
            if frame.time_base is None:
                frame.time_base = time_base
            if self._graph is None:
                self._graph, self._kind = _graph(frame), kind
            self._graph.vpush(frame)
            yield from self._ready()
        yield from self._flush()

    def _flush(self) -> Iterator[av.VideoFrame]:
        """What the filter holds back."""
        if self._graph is not None:
            self._graph.vpush(None)
            yield from self._ready()
            self._graph = None

    def _ready(self) -> Iterator[av.VideoFrame]:
        assert self._graph is not None
        while True:
            try:
                yield self._graph.vpull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return


def _graph(frame: av.VideoFrame) -> av.filter.Graph:
    """The filter for frames like this one."""
    graph = av.filter.Graph()
    source = graph.add(
        "buffer",
        f"video_size={frame.width}x{frame.height}:pix_fmt={frame.format.name}:time_base={frame.time_base}:"
        f"colorspace={frame.colorspace}:range={frame.color_range}",
    )
    graph.link_nodes(source, graph.add("bwdif", "mode=send_frame:deint=interlaced"), graph.add("buffersink"))
    graph.configure()
    return graph
