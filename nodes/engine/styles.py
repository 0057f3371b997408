"""ADAIN_STYLE values: a style, a picture whose style is computed when it is first needed, or a mix of such values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

import torch
from torch import Tensor

from ...adain_core.errors import StyleError
from ...adain_core.pictures.reading import open_picture
from ...adain_core.styles.builtin import read_by
from ...adain_core.styles.style import Style, check_weights
from ...adain_core.weights.catalog import encoder_name
from .features import Encoded, Features, FrameRegions, fit_masks
from .pictures import Frames, pick


class PictureStyle:
    """The style of the pictures of a batch, one each.

    Args:
        encoded: the pictures.
        masks: where on the pictures the style is taken from, (h, w) each: one for all, or one for each.
        size: shorter side the pictures are reduced to, 0 to keep theirs.
    """

    def __init__(self, encoded: Encoded, masks: list[Tensor] | None = None, size: int = 0) -> None:
        self.encoded, self.masks, self.size = encoded, masks, size

    def __repr__(self) -> str:
        frames = self.encoded.frames
        return f"ADAIN_STYLE(of {len(frames)} of {frames.width}x{frames.height})"

    def mixed(self) -> MixedStyle:
        """The mean of all, as one style."""
        masks = [None if self.masks is None else [pick(self.masks, i)] for i in range(len(self.encoded.frames))]
        parts = [
            PictureStyle(
                Encoded(self.encoded.model, self.encoded.frames.part(slice(i, i + 1)), keep=False), masks[i], self.size
            )
            for i in range(len(self.encoded.frames))
        ]
        return MixedStyle(parts, [1.0] * len(parts))

    def read(self, texture: bool) -> Style:
        """:attr:`style`, with texture if asked for."""
        return replace(self.style, texture=self.texture) if texture else self.style

    @cached_property
    def texture(self) -> Style:
        """Mean and std of the layers before relu4_1 of every picture, (B, 448)."""
        frames = self.encoded.frames
        if 0 < self.size < min(frames.height, frames.width):
            parts = [_reduced(self, i) for i in range(len(frames))]
            return Style.batch([part.texture.unbatch()[0] for part in parts])
        parts = None if self.masks is None else FrameRegions([fit_masks(self.masks, frames, feather=0.0)])
        return self.encoded.layer_statistics(parts)[-1][0]

    @cached_property
    def style(self) -> Style:
        """Mean and std of every picture, (B, 512)."""
        frames, model = self.encoded.frames, self.encoded.model
        if 0 < self.size < min(frames.height, frames.width):
            parts = [_reduced(self, i) for i in range(len(frames))]
            return Style.batch([part.style.unbatch()[0] for part in parts], model.encoder_id)
        if self.masks is None:
            return self.encoded.statistics()
        parts = FrameRegions([fit_masks(self.masks, frames, feather=0.0)])
        return Features(self.encoded).regional_statistics(parts)[1][0]


def reduce(frames: Frames, size: int) -> Frames:
    """One picture with a shorter side of `size` pixels, if it is larger."""
    if not 0 < size < min(frames.height, frames.width):
        return frames
    x, opacity = frames.whole(), frames.opacity(0, frames.height, 0, frames.width)
    array = (x if opacity is None else torch.cat([x, opacity[:, None]], 1))[0].movedim(0, -1).cpu().numpy()
    pixels = torch.from_numpy(open_picture(array).resized(size).to_array())  # (h, w, 3 or 4)
    return Frames(pixels[None], frames.grey)


def _reduced(of: PictureStyle, number: int) -> PictureStyle:
    """One picture in the size in which it is read."""
    frames = reduce(of.encoded.frames.part(slice(number, number + 1)), of.size)
    masks = None if of.masks is None else [pick(of.masks, number)]
    return PictureStyle(Encoded(of.encoded.model, frames, keep=False), masks)


class MixedStyle:
    """Weighted mean of styles, taken when it is known for which encoder: built-in styles are there for several.

    Args:
        parts: batches of equal length are mixed one to one, single styles join any batch.
        weights: non-negative numbers, one a part; normalised to sum 1.

    Raises:
        StyleError: weights that are negative or all 0, styles of different encoders or of batches that do not match.
    """

    def __init__(self, parts: Sequence[StyleValue], weights: Sequence[float]) -> None:
        check_weights(weights)
        counts = sorted({count(part) for part in parts})
        if any(n not in (1, counts[-1]) for n in counts):
            raise StyleError(f"batches of {' and '.join(map(str, counts))} styles: give batches of one length, or of 1")
        self.parts, self.weights, self.count = list(parts), list(weights), counts[-1]
        encoders = sorted({encoder for part in parts for encoder in _encoders(part)})
        fitting = [encoder for encoder in encoders if self.fits(encoder)]
        if encoders and not fitting:
            names = " and ".join(sorted(repr(encoder_name(encoder)) for encoder in encoders))
            raise StyleError(f"styles made with {names} do not mix: encode them all with one model")
        self.encoder = fitting[0] if fitting else ""

    def __repr__(self) -> str:
        return f"ADAIN_STYLE(mix of {len(self.parts)})"

    def fits(self, encoder: str) -> bool:
        """Whether all parts are there as this encoder reads them."""
        return all(_fits(part, encoder) for part in self.parts)

    def read(self, encoder: str, texture: bool = False) -> Style:
        """The mix as this encoder reads it, or, where a part is not there for it, as the parts' own does."""
        wanted = encoder if self.fits(encoder) else self.encoder
        styles = [resolve(part, wanted, texture) for part in self.parts]
        if self.count == 1:
            return Style.mix([style.unbatch()[0] for style in styles], self.weights)
        return Style.mix([_spread(style, self.count) for style in styles], self.weights)


StyleValue = Style | PictureStyle | MixedStyle
"""What an ADAIN_STYLE socket carries."""


def count(value: StyleValue) -> int:
    """How many styles a value is.

    Raises:
        StyleError: it is no ADAIN_STYLE.
    """
    if isinstance(value, MixedStyle):
        return value.count
    if isinstance(value, PictureStyle):
        return len(value.encoded.frames)
    if isinstance(value, Style):
        return len(value.unbatch())
    raise StyleError(f"style is {type(value).__name__}: connect an ADAIN_STYLE")


def resolve(value: StyleValue, encoder: str = "", texture: bool = False) -> Style:
    """The style behind an ADAIN_STYLE.

    Args:
        value: a built-in style is taken as `encoder` reads the same painting.
        encoder: id of the encoder it is wanted of; empty for its own.
        texture: take the texture of pictures, too; other styles have one or have not.

    Raises:
        StyleError: it is no ADAIN_STYLE, or the texture is asked of another network than the paper's.
    """
    count(value)
    if isinstance(value, MixedStyle):
        return value.read(encoder, texture)
    if isinstance(value, PictureStyle):
        return value.read(texture)
    return read_by(value, encoder) if encoder else value


def style_for(value: StyleValue, encoder: str, frames: int, texture: bool = False) -> Style:
    """A style ready for frames: (1, 512) for all of them, or one for each; arguments as for :func:`resolve`.

    Raises:
        StyleError: made with another encoder, or of another count.
    """
    style = resolve(value, encoder, texture)
    if style.encoder and style.encoder != encoder:
        raise StyleError(
            f"style {style.name or 'of a picture'!r} was made with {encoder_name(style.encoder)!r} and the features "
            f"with {encoder_name(encoder)!r}: encode both with the same model"
        )
    rows = Style.batch(style.unbatch(), style.encoder, style.name).to("cpu")
    if rows.mean.shape[0] not in (1, frames):
        raise StyleError(
            f"{rows.mean.shape[0]} styles for {frames} frames: give one style, or as many as there are frames"
        )
    return rows


def _encoders(value: StyleValue) -> set[str]:
    """Of which encoders a value is."""
    if isinstance(value, MixedStyle):
        return {encoder for part in value.parts for encoder in _encoders(part)}
    return {value.encoded.model.encoder_id if isinstance(value, PictureStyle) else value.encoder} - {""}


def _fits(value: StyleValue, encoder: str) -> bool:
    if isinstance(value, MixedStyle):
        return value.fits(encoder)
    if isinstance(value, PictureStyle):
        return value.encoded.model.encoder_id == encoder
    return read_by(value, encoder).encoder in ("", encoder)


def _spread(style: Style, count: int) -> Style:
    rows = style.unbatch()
    return Style.batch(rows * (count // len(rows)), style.encoder, style.name)
