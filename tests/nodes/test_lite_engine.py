"""The small network in the nodes: what they compute is what the library computes."""

from __future__ import annotations

import pytest
import torch
from pack_under_test import PlainModel, part
from torch import Tensor

from adain_core import AdaIN, Region
from adain_core.networks.lite import LiteDecoder, LiteEncoder

engine = part("nodes.engine.features")
pictures = part("nodes.engine.pictures")
transfer = part("nodes.engine.transfer")
painting = part("nodes.engine.painting")


def test_nodes_paint_with_the_small_network_what_the_library_paints(astronaut: Tensor, coffee: Tensor) -> None:
    """In tiles, with a mask, and with features measured after a change; and it refuses what it cannot do, by name."""
    torch.manual_seed(0)
    model = AdaIN(LiteEncoder(), LiteDecoder(), device="cpu", dtype="float32")
    networks = engine.Networks(model.encoder, model.decoder, torch.device("cpu"), torch.float32)
    plain = PlainModel(networks, model.encoder_id)
    photo, style = astronaut[:, :, 40:215, 170:364], model.style_of(coffee[:, :, :128, :128])
    given = part("adain_core.styles.style").Style(style.mean, style.std, style.encoder)
    f = engine.Features(engine.Encoded(plain, pictures.Frames(photo.movedim(1, -1).contiguous()), tile=64))
    blended = transfer.blend(f, given, 0.7)
    out = painting.paint(plain, blended, torch.device("cpu"), torch.float32, 64).movedim(-1, 1)
    assert float((out - model.stylize(photo, style, alpha=0.7)).abs().max()) <= 1 / 255
    mask = torch.zeros(175, 194)
    mask[:, :90] = 1
    masked = transfer.masked(f, [given], [[mask]], [1.0])
    out = painting.paint(plain, masked, torch.device("cpu"), torch.float32, 64)
    out = painting.uncovered(out, masked.encoded.frames, masked.cover).movedim(-1, 1)
    assert float((out - model.stylize(photo, [Region(style, mask)])).abs().max()) <= 1 / 255
    with pytest.raises(part("adain_core.errors").AdaINError, match="only the paper's network can: use model 'vgg19'"):
        painting.paint(plain, blended, torch.device("cpu"), torch.float32, 64, steps=1, texture=1.0)
