"""The networks there are, by the name that a file of weights gives them."""

from __future__ import annotations

from typing import TypeVar

from torch import nn

from .lite import LiteDecoder, LiteEncoder
from .u2net import U2NetP
from .vgg import VGGEncoder
from .vgg_decoder import Decoder

Network = TypeVar("Network", bound=nn.Module)

Encoder = VGGEncoder | LiteEncoder
AnyDecoder = Decoder | LiteDecoder

ENCODERS: dict[str, type[VGGEncoder] | type[LiteEncoder]] = {"vgg19": VGGEncoder, "lite": LiteEncoder}
DECODERS: dict[str, type[Decoder] | type[LiteDecoder]] = {"vgg19": Decoder, "lite": LiteDecoder}
SUBJECT_NETWORKS = {"u2netp": U2NetP}
"""Architectures by the name that a file's metadata gives them (``network_name``)."""
