"""Which encoder, with which options, in which pixel format: chosen and tried on one frame before any work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

from .codec_options import check_options, complaint, overheard
from .pixels import FULL, LIMITED, UNKNOWN, Colors
from .pyav import av
from .reading import VideoError, VideoInfo

MAX_RATE = 240
"""Segments are timed in milliseconds: frames of a faster video would fall together."""


@dataclass(frozen=True)
class Family:
    """A video codec and who encodes it.

    Attributes:
        software: FFmpeg's encoder that runs anywhere.
        hardware: encoders that need a device, in the order they are tried.
        quality: default of `crf` (lower is better), or None where there is no such scale.
        options: further options of the software encoder.
    """

    software: str
    hardware: tuple[str, ...] = ()
    quality: int | None = None
    options: Mapping[str, str] = field(default_factory=dict)


FAMILIES = {
    "h264": Family("libx264", ("h264_nvenc", "h264_videotoolbox", "h264_qsv", "h264_amf"), 18),
    "hevc": Family(
        "libx265", ("hevc_nvenc", "hevc_videotoolbox", "hevc_qsv", "hevc_amf"), 20, {"x265-params": "log-level=error"}
    ),
    "av1": Family("libsvtav1", ("av1_nvenc", "av1_qsv", "av1_amf"), 25),
    "vp9": Family("libvpx-vp9", ("vp9_qsv",), 24, {"b": "0", "row-mt": "1"}),
    "prores": Family("prores_ks", ("prores_videotoolbox",), None, {"profile": "3"}),
    "ffv1": Family("ffv1", (), None, {"level": "3"}),
    "mpeg4": Family("mpeg4", (), None, {"b": "8000000"}),
}
"""Codecs by their common names; the name of any encoder of FFmpeg will do, too."""

BY_CONTAINER = {".webm": "vp9", ".avi": "mpeg4"}
"""What "auto" takes; h264 elsewhere."""

_QUALITY = {"nvenc": "cq", "qsv": "global_quality", "amf": "qp_i"}
"""What `crf` is called by encoders on devices."""


@dataclass(frozen=True)
class Encoding:
    """How to store the result.

    Attributes:
        codec: "auto" (by the file's suffix), one of :data:`FAMILIES`, or the name of an encoder of FFmpeg.
        crf: the encoder's quality scale, lower is better; None takes a value at which loss is hardly seen.
        preset: the encoder's own name for how much time it takes, such as "fast" or "8".
        options: further options of the encoder, as FFmpeg names them.
        hardware: encode on a device when there is one that can.
    """

    codec: str = "auto"
    crf: int | None = None
    preset: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    hardware: bool = False


@dataclass(frozen=True)
class Encoder:
    """An encoder that was tried and works.

    Attributes:
        name: FFmpeg's.
        options: for it.
        width: of its frames.
        height: of its frames.
        rate: frames a second that it is told.
        pix_fmt: pixel format that it takes.
        colors: how it stores colours.
        aspect: width by height of a pixel.
    """

    name: str
    options: dict[str, str]
    width: int
    height: int
    rate: Fraction
    pix_fmt: str
    colors: Colors
    aspect: Fraction

    def called(self) -> str:
        """In words."""
        options = "".join(f" {key}={value}" for key, value in self.options.items())
        return f"{self.name}{options}, {self.pix_fmt} at {float(self.rate):g} a second"

    def configure(self, context: av.VideoCodecContext) -> None:
        """Set up a context that was made with this encoder's name and options."""
        context.width, context.height, context.pix_fmt = self.width, self.height, self.pix_fmt
        context.time_base, context.framerate = 1 / self.rate, self.rate
        context.sample_aspect_ratio = self.aspect
        context.color_range, context.colorspace = self.colors.range, self.colors.matrix
        context.color_trc, context.color_primaries = self.colors.transfer, self.colors.primaries
        context.thread_type = "AUTO"


def choose(info: VideoInfo, output: Path, encoding: Encoding) -> tuple[Encoder, list[str]]:
    """The encoder for a video, and what is worth knowing about it.

    Raises:
        VideoError: unknown, not in this FFmpeg, wrong options, or a size it cannot store.
    """
    name = BY_CONTAINER.get(output.suffix.lower(), "h264") if encoding.codec == "auto" else encoding.codec
    family = FAMILIES.get(name, Family(name))
    notes = []
    reasons: list[str] = []
    for encoder in (*(family.hardware if encoding.hardware else ()), family.software):
        if encoder in family.hardware and encoder not in av.codecs_available:
            continue
        options = options_of(encoder, family, encoding)
        if encoder == family.software and encoder in av.codecs_available:
            check_options(encoder, options)
        for pix_fmt in _pixel_formats(encoder, name, info):
            colors = _colors(info, pix_fmt)
            found = Encoder(
                encoder, options, info.width, info.height, min(info.rate, Fraction(MAX_RATE)), pix_fmt, colors,
                info.aspect,
            )  # fmt: skip
            reason = fails(found)
            if reason is None:
                if encoding.hardware and encoder == family.software:
                    notes.append(f"no hardware encodes {name} here: {encoder} does")
                if info.width % 2 + info.height % 2 and "444" in pix_fmt and "444" not in info.pix_fmt:
                    notes.append(
                        f"{info.width}x{info.height} is odd: stored as 4:4:4, which some players cannot show; "
                        "give an even size, or codec vp9"
                    )
                before, after = (_Format.of(name).bits for name in (info.pix_fmt, pix_fmt))
                if after < before:
                    notes.append(f"{encoder} stores {after} of the {before} bits of a colour: codec ffv1 keeps all")
                return found, notes
            reasons.append(f"{encoder}: {reason}")
    given = ", ".join(f"{key}={value}" for key, value in options.items())
    raise VideoError(
        f"codec {name!r} cannot store {info.width}x{info.height} with {given or 'no options'} ({reasons[-1]}): "
        "change the options or the codec"
    )


def options_of(encoder: str, family: Family, encoding: Encoding) -> dict[str, str]:
    """All options of an encoder: those of its family, and what was asked for.

    Raises:
        VideoError: a quality on a scale that it does not have.
    """
    options = dict(family.options) if encoder == family.software else {}
    quality = encoding.crf if encoding.crf is not None else family.quality
    if quality is not None:
        options[next((key for end, key in _QUALITY.items() if encoder.endswith(end)), "crf")] = str(quality)
    if encoding.crf is not None and family.quality is None and encoder in {f.software for f in FAMILIES.values()}:
        raise VideoError(f"crf is {encoding.crf} but {encoder} has no such scale: give its own options instead")
    if encoding.preset is not None:
        options["preset"] = encoding.preset
    merged = {**options, **encoding.options}
    if encoder == "libx265" and "x265-params" in encoding.options:  # its log stays as quiet as without
        merged["x265-params"] = f"{options['x265-params']}:{encoding.options['x265-params']}"
    return merged


def _pixel_formats(encoder: str, name: str, info: VideoInfo) -> Iterator[str]:
    """Formats to try: the nearest to the video's own, and with full chroma where a side is odd."""
    try:
        known = [f.name for f in av.Codec(encoder, "w").video_formats or []]
    except (av.error.FFmpegError, ValueError) as e:
        raise VideoError(
            f"unknown codec {name!r}: give {', '.join(FAMILIES)} or the name of a video encoder of FFmpeg"
        ) from e
    wanted = _Format.of("yuv420p" if av.VideoFormat(info.pix_fmt, 16, 16).is_rgb else info.pix_fmt)
    if info.pix_fmt in known and encoder in ("ffv1", "libx264rgb"):  # lossless in RGB, too
        yield info.pix_fmt
    formats = [f for f in map(_Format.of, dict.fromkeys(n for n in known if not n.startswith("yuvj"))) if f.usable]
    if not formats:
        yield "yuv420p"
        return
    yield min(formats, key=wanted.distance).name
    if info.width % 2 or info.height % 2:
        yield min(formats, key=replace(wanted, chroma=(0, 0)).distance).name


@dataclass(frozen=True)
class _Format:
    """What matters in a pixel format."""

    name: str
    bits: int
    chroma: tuple[int, int]  # how often chroma is halved, across and down
    planar: bool
    usable: bool  # YUV without transparency, in memory

    @staticmethod
    def of(name: str) -> _Format:
        name = name.replace("yuvj", "yuv")
        f = av.VideoFormat(name, 16, 16)
        color = len(f.components) >= 3
        halved = (16 // f.components[1].width // 2, 16 // f.components[1].height // 2) if color else (0, 0)
        bits = max((c.bits for c in f.components), default=0)
        usable = not (f.is_rgb or f.has_palette or any(c.is_alpha for c in f.components)) and color
        little = not name.endswith("be")
        return _Format(name, bits, halved, f.is_planar, usable and little and bits > 0)

    def distance(self, other: _Format) -> tuple[bool, int, int, bool]:
        """How bad it is to be stored as another: first what is lost, then what is wasted."""
        lost = max(self.bits - other.bits, 0) + 10 * sum(max(b - a, 0) for a, b in zip(self.chroma, other.chroma))  # noqa: B905
        wasted = max(other.bits - self.bits, 0) + sum(max(a - b, 0) for a, b in zip(self.chroma, other.chroma))  # noqa: B905
        return lost > 0, lost, wasted, not other.planar


def _colors(info: VideoInfo, pix_fmt: str) -> Colors:
    """The video's own way to store colours, where the pixel format can."""
    rgb_in = av.VideoFormat(info.pix_fmt, 16, 16).is_rgb
    if av.VideoFormat(pix_fmt, 16, 16).is_rgb:
        return replace(info.colors, range=FULL) if rgb_in else Colors(0, FULL)
    if rgb_in:
        return Colors(1, LIMITED, info.colors.transfer, info.colors.primaries)
    return info.colors if info.colors.matrix != 0 else replace(info.colors, matrix=UNKNOWN)


def fails(encoder: Encoder) -> str | None:
    """Encode one frame; the reason if that does not work."""
    left: dict[str, str] = {}
    reason = None
    with overheard() as said:
        try:
            left = _encode_one(encoder)
        except (av.error.FFmpegError, OSError, ValueError, RuntimeError) as e:
            reason = str(getattr(e, "strerror", None) or e)
    return complaint(encoder.name, left, said) if reason is None else (said or [reason])[-1]


def _encode_one(encoder: Encoder) -> dict[str, str]:
    """The options that the encoder did not take."""
    context = av.CodecContext.create(encoder.name, "w")
    assert isinstance(context, av.VideoCodecContext)
    context.options = dict(encoder.options)
    encoder.configure(context)
    context.open()
    left = dict(context.options)  # those that it took are gone
    frame = av.VideoFrame(encoder.width, encoder.height, encoder.pix_fmt)
    for plane in frame.planes:  # as it comes it holds anything, also numbers that the format has not
        plane.update(bytes(plane.buffer_size))
    frame.pts, frame.time_base = 0, 1 / encoder.rate
    context.encode(frame)
    context.encode(None)
    return left
