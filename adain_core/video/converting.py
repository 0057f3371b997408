"""Sound and subtitles decoded and encoded again, packet by packet."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from .pyav import av

Convert = Callable[["av.Packet | None"], "list[av.Packet]"]
"""What a packet becomes, or after the last what is left; what cannot be decoded is passed over."""


def converter(stream: av.stream.Stream, made: av.stream.Stream) -> Convert:
    """From the packets of a source's stream to those of a stream with an encoder."""
    if isinstance(stream, av.AudioStream):
        assert isinstance(made, av.AudioStream)
        return _Sound(stream, made)
    assert isinstance(stream, av.subtitles.stream.SubtitleStream)
    assert isinstance(made, av.subtitles.stream.SubtitleStream)
    return _Subtitles(stream, made)


class _Sound:
    def __init__(self, stream: av.AudioStream, made: av.AudioStream) -> None:
        self._stream, self._made = stream, made
        self._kind: tuple[object, ...] = ()
        self._resampler: av.AudioResampler | None = None
        self._end = 0  # of the last frame, in samples

    def __call__(self, packet: av.Packet | None) -> list[av.Packet]:
        try:
            frames = self._stream.decode(packet)
        except av.error.FFmpegError:
            frames = []
        pieces = [piece for frame in frames for piece in self._resampled(frame)]
        packets = [made for piece in pieces for made in self._made.encode(piece)]
        if packet is None:
            packets += [made for piece in self._rest() for made in self._made.encode(piece)]
            packets += self._made.encode(None)
        return packets

    def _resampled(self, frame: av.AudioFrame) -> list[av.AudioFrame]:
        """As the encoder takes it; a source may change its channels midway."""
        kind = (frame.format.name, frame.layout.name, frame.sample_rate)
        before = []
        if kind != self._kind:
            context = self._made.codec_context
            before, self._kind = self._rest(), kind
            self._resampler = av.AudioResampler(context.format, context.layout, context.sample_rate)
        assert self._resampler is not None
        if frame.pts is None or frame.time_base is None:  # some decoders do not tell
            frame.pts, frame.time_base = self._end, Fraction(1, frame.sample_rate)
        self._end = round(frame.pts * Fraction(frame.time_base) * frame.sample_rate) + frame.samples
        return before + self._resampler.resample(frame)

    def _rest(self) -> list[av.AudioFrame]:
        """What a resampler holds back."""
        if self._resampler is None:
            return []
        return [piece for piece in self._resampler.resample(None) if piece is not None]


class _Subtitles:
    def __init__(self, stream: av.subtitles.stream.SubtitleStream, made: av.subtitles.stream.SubtitleStream) -> None:
        self._from, self._to = stream.codec_context, made.codec_context
        self._base = Fraction(stream.time_base or 1)

    def __call__(self, packet: av.Packet | None) -> list[av.Packet]:
        if packet is None:
            return []
        try:
            subtitle = self._from.decode2(packet)
            if subtitle is None or not len(subtitle):
                return []
            made = self._to.encode_subtitle(subtitle)
        except av.error.FFmpegError:
            return []
        made.time_base, made.pts, made.dts, made.duration = self._base, packet.pts, packet.pts, packet.duration
        return [made] if made.size else []
