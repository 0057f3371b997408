"""ADAIN_STYLE values: a style, or a picture whose style is computed when it is first needed."""

from __future__ import annotations

from functools import cached_property

from torch import Tensor

from ...adain_core.errors import StyleError
from ...adain_core.image import open_picture
from ...adain_core.library import read_by
from ...adain_core.style import Style
from .features import Encoded, Features, each, lay, together
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

    @cached_property
    def style(self) -> Style:
        """Mean and std of every picture, (B, 512)."""
        frames, model = self.encoded.frames, self.encoded.model
        if 0 < self.size < min(frames.height, frames.width):
            reduced = [_encode(reduce(frames.part(slice(i, i + 1)), self.size), self, i) for i in range(len(frames))]
            return together(reduced, model.encoder_id)
        if self.masks is None:
            return self.encoded.statistics()
        masks = lay(self.masks, frames, feather=0.0)
        return Features(self.encoded).regional_statistics([masks], rest=False)[1]


def reduce(frames: Frames, size: int) -> Frames:
    """One picture with a shorter side of `size` pixels, if it is larger."""
    if not 0 < size < min(frames.height, frames.width):
        return frames
    x = open_picture(frames.whole()[0]).resized(size).tensor()  # (1, 3, h, w)
    return Frames(x.movedim(1, -1), frames.grey)


def _encode(frames: Frames, of: PictureStyle, number: int) -> Style:
    masks = None if of.masks is None else [pick(of.masks, number)]
    [style] = each(PictureStyle(Encoded(of.encoded.model, frames, keep=False), masks).style)
    return style


def resolve(value: Style | PictureStyle) -> Style:
    """What is behind an ADAIN_STYLE.

    Raises:
        StyleError: something else.
    """
    if isinstance(value, PictureStyle):
        return value.style
    if isinstance(value, Style):
        return value
    raise StyleError(f"style is {type(value).__name__}: connect an ADAIN_STYLE")


def style_for(value: Style | PictureStyle, encoder: str, frames: int) -> Style:
    """A style ready for frames: (1, 512) for all of them, or one for each.

    Raises:
        StyleError: made with another encoder, or of another count.
    """
    style = read_by(resolve(value), encoder)
    if style.encoder and style.encoder != encoder:
        raise StyleError(
            f"style {style.name or 'of a picture'!r} was made with encoder {style.encoder} and the features with "
            f"{encoder}: encode both with the same model"
        )
    rows = together(each(style), style.encoder, style.name).to("cpu")
    if rows.mean.shape[0] not in (1, frames):
        raise StyleError(
            f"{rows.mean.shape[0]} styles for {frames} frames: give one style, or as many as there are frames"
        )
    return rows


def mix(values: list[Style | PictureStyle], weights: list[float]) -> Style:
    """Weighted mean of styles; batches of equal length are mixed one to one, single styles join any batch.

    Raises:
        StyleError: weights that are negative or all 0, styles of different encoders or of batches that do not match.
    """
    styles = [resolve(value) for value in values]
    counts = sorted({len(each(style)) for style in styles})
    count = counts[-1]
    if any(n not in (1, count) for n in counts):
        raise StyleError(f"batches of {' and '.join(map(str, counts))} styles: give batches of one length, or of 1")
    if count == 1:
        styles = [each(style)[0] for style in styles]
        return Style.mix(styles, weights)
    return Style.mix([_spread(style, count) for style in styles], weights)


def _spread(style: Style, count: int) -> Style:
    rows = each(style)
    return together(rows * (count // len(rows)), style.encoder, style.name)
