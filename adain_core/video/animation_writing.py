"""Finished segments as an animated picture: GIF, WebP or APNG, by FFmpeg, frame by frame."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import torch
from torch import Tensor

from ..system.atomic_files import replacing
from .codec_options import check_options
from .encoding import Encoder, Encoding, Family, fails, options_of
from .pixels import FULL, Colors
from .pyav import address, av
from .reading import VideoError, VideoInfo
from .segments import Segment
from .unpacking import Reopen, lossless, moments, unpack


@dataclass(frozen=True)
class Format:
    """A kind of animated picture.

    Attributes:
        muxer: FFmpeg's.
        codec: FFmpeg's encoder.
        pix_fmt: that it takes, with and without alpha.
        units: of time, a second.
        options: of the encoder, where nothing else is said.
    """

    muxer: str
    codec: str
    pix_fmt: tuple[str, str]
    units: int
    options: Mapping[str, str] = field(default_factory=dict)

    def label(self, plays: int, last: int) -> dict[str, str]:
        """The muxer's options: how often it is played (0: for ever) and how long the last frame is shown."""
        if self.muxer == "gif":  # counts repeats; -1 is none
            return {"loop": str({0: 0, 1: -1}.get(plays, plays - 1)), "final_delay": str(last)}
        if self.muxer == "apng":
            return {"plays": str(plays), "final_delay": f"{last}/{self.units}"}
        return {"loop": str(plays)}


FORMATS = {
    ".gif": Format("gif", "gif", ("pal8", "pal8"), 100),
    ".webp": Format("webp", "libwebp_anim", ("bgra", "bgra"), 1000, {"quality": "90"}),
    ".apng": Format("apng", "apng", ("rgba", "rgb24"), 1000),
}
"""By suffix."""

FASTEST = 50
"""Frames a second from which on viewers show a GIF slower than it says."""


class Animation:
    """A result that is an animated picture. Times of frames, alpha and how often it is played are the source's.

    Args:
        info: the source.
        output: where to; its suffix is one of :data:`FORMATS`.
        encoding: options of the encoder; the codec follows from the suffix.
        again: opens the source anew, for its alpha.

    Attributes:
        encoder: of the segments.
        notes: what is worth knowing.

    Raises:
        VideoError: another codec, or options that the encoder does not take.
    """

    def __init__(self, info: VideoInfo, output: Path, encoding: Encoding, again: Reopen) -> None:
        self._info, self._format = info, FORMATS[output.suffix.lower()]
        self._again = again if info.alpha else None
        kind = self._format
        if encoding.codec not in ("auto", kind.codec):
            raise VideoError(
                f"{output.suffix} files hold no {encoding.codec} video: leave the codec out, or write .mkv"
            )
        options = options_of(kind.codec, Family(kind.codec, options=kind.options), encoding)
        check_options(kind.codec, options)
        self._encoder = Encoder(
            kind.codec, options, info.width, info.height, Fraction(kind.units), kind.pix_fmt[0 if info.alpha else 1],
            Colors(0, FULL), Fraction(1),
        )  # fmt: skip
        reason = fails(self._encoder)
        if reason is not None:
            raise VideoError(f"{output.suffix} files cannot be written so ({reason}): change the options")
        self.encoder = lossless(info, deep=False)
        self.notes = []
        if kind.muxer == "gif" and info.rate > FASTEST:
            self.notes.append(
                f"viewers show a GIF of {float(info.rate):g} frames a second too slowly: --fps 25 is right everywhere"
            )

    def write(self, segments: Sequence[Segment], output: Path, *, whole: bool) -> list[str]:
        """The result, or what is done of it, whole or not at all."""
        units = self._format.units
        times: list[int] = []
        for moment in moments(segments, self._info):  # no two fall together
            times.append(max(round(moment * units), times[-1] + 1 if times else 0))
        pictures = _rgba(unpack(segments, self._again))
        with replacing(output) as temporary:
            self._encode(
                _in_palette(pictures, self._encoder) if self._format.muxer == "gif" else pictures, times, temporary
            )
            if self._format.muxer == "webp":
                _end_at(temporary, times[-1])
        return []

    def _encode(self, pictures: Iterator[av.VideoFrame], times: Sequence[int], file: Path) -> None:
        encoder, kind = self._encoder, self._format
        label = kind.label(self._info.plays, times[-1] - times[-2])
        with av.open(address(file), "w", format=kind.muxer, options=label) as container:
            stream = container.add_stream(kind.codec, rate=encoder.rate, options=dict(encoder.options))
            assert isinstance(stream, av.VideoStream)
            encoder.configure(stream.codec_context)
            stream.time_base = 1 / encoder.rate
            for number, picture in enumerate(pictures):
                stored = picture if picture.format.name == encoder.pix_fmt else picture.reformat(format=encoder.pix_fmt)
                stored.pts, stored.time_base = times[number], 1 / encoder.rate
                stored.duration = times[number + 1] - times[number]
                container.mux(stream.encode(stored))
            container.mux(stream.encode(None))


def _rgba(frames: Iterator[tuple[Tensor, Tensor | None]]) -> Iterator[av.VideoFrame]:
    for pixels, alpha in frames:
        if alpha is None:
            yield av.VideoFrame.from_ndarray(pixels.numpy(), "rgb24")
            continue
        if alpha.is_floating_point():
            alpha = (alpha * 255).round().to(torch.uint8)
        yield av.VideoFrame.from_ndarray(torch.cat([pixels, alpha[..., None]], 2).numpy(), "rgba")


def _in_palette(pictures: Iterator[av.VideoFrame], encoder: Encoder) -> Iterator[av.VideoFrame]:
    """Each picture in the 255 colours that suit it best, and transparent where it is so by half or more."""
    graph: av.filter.Graph | None = None
    for number, picture in enumerate(pictures):
        if graph is None:
            graph = av.filter.Graph()
            tick = 1 / encoder.rate
            source = graph.add_buffer(width=encoder.width, height=encoder.height, format=picture.format, time_base=tick)
            split, palette = graph.add("split"), graph.add("palettegen", "stats_mode=single")
            use, sink = graph.add("paletteuse", "new=1:alpha_threshold=128"), graph.add("buffersink")
            source.link_to(split)
            split.link_to(palette, 0, 0)
            split.link_to(use, 1, 0)
            palette.link_to(use, 0, 1)
            use.link_to(sink)
            graph.configure()
        picture.pts, picture.time_base = number, tick
        source.push(picture)
        with contextlib.suppress(av.error.BlockingIOError):
            yield graph.vpull()
    if graph is not None:
        source.push(None)
        with contextlib.suppress(av.error.EOFError, av.error.BlockingIOError):
            while True:
                yield graph.vpull()


def _end_at(file: Path, end: int) -> None:
    """Let the last frame of a WebP file last until a moment: FFmpeg writes the mean of the others' durations."""
    data = bytearray(file.read_bytes())
    at, before, last = 12, 0, 0  # after the head; milliseconds of the frames before; where the last one's stand
    while at + 8 <= len(data):
        if data[at : at + 4] == b"ANMF":  # four numbers of 24 bits, then the duration
            before += int.from_bytes(data[last : last + 3], "little") if last else 0
            last = at + 8 + 12
        at += 8 + (size := int.from_bytes(data[at + 4 : at + 8], "little")) + size % 2
    if last:
        data[last : last + 3] = (end - before).to_bytes(3, "little")
        file.write_bytes(data)
