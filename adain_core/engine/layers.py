"""The layers relu1_1 to relu4_1 of the paper's network, which texture is taken from and painted by."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from torch import Tensor

from ..errors import StyleError
from ..networks.architectures import Encoder
from ..networks.vgg import SCALES
from ..tiles.grid import Window


def layers_of(encoder: Encoder) -> Callable[[Tensor], list[Tensor]]:
    """What computes an encoder's layers relu1_1 to relu4_1: :meth:`.vgg.VGGEncoder.taps`.

    Raises:
        StyleError: another network than the paper's.
    """
    taps = getattr(encoder, "taps", None)  # asked for by name: the encoder may be wrapped in another module
    if taps is None:
        raise StyleError("texture is of the layers of the paper's network: use model 'vgg19', or leave texture out")
    return taps


def cut_out(window: Window, taps: Sequence[Tensor], origin: Window) -> list[Tensor]:
    """A window's part of the four layers, which cover `origin`."""
    return [window.of(tap, origin, scale) for tap, scale in zip(taps, SCALES, strict=True)]
