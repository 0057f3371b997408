"""The encoder and decoder compute what their definition says, whatever tricks make them fast."""

from unittest.mock import patch

import pytest
import reference
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from adain_core.networks import conv
from adain_core.networks.conv import ConvBlock, reflect_conv2d, upsample_conv2d
from adain_core.networks.lite import LiteDecoder, LiteEncoder
from adain_core.networks.vgg import TAPS, VGGEncoder, encoder_id
from adain_core.networks.vgg_decoder import Decoder

SIDES = st.integers(2, 20)


@settings(max_examples=30, deadline=None)
@given(h=SIDES, w=SIDES, cin=st.integers(1, 5), cout=st.integers(1, 5))
def test_upsample_conv_equals_nearest_upsampling_then_a_padded_convolution(h: int, w: int, cin: int, cout: int) -> None:
    """Values and gradients, and the same values bit by bit in training and without."""
    x, weight, bias = torch.randn(2, cin, h, w), torch.randn(cout, cin, 3, 3), torch.randn(cout)
    parts = [part.double().requires_grad_() for part in (x, weight, bias)]
    enlarged = parts[0].repeat_interleave(2, 2).repeat_interleave(2, 3)
    plain, trick = reflect_conv2d(enlarged, *parts[1:]), upsample_conv2d(*parts)
    torch.testing.assert_close(trick, plain, atol=1e-12, rtol=0)
    towards = torch.randn_like(plain)
    for got, wanted in zip(*(torch.autograd.grad(y, parts, towards) for y in (trick, plain)), strict=True):
        torch.testing.assert_close(got, wanted, atol=1e-10, rtol=0)
    with torch.no_grad():
        assert torch.equal(upsample_conv2d(*parts), trick)


@settings(max_examples=30, deadline=None)
@given(
    h=SIDES,
    w=SIDES,
    mode=st.sampled_from(["reflect", "replicate"]),
    top=st.booleans(),
    bottom=st.booleans(),
    margin=st.integers(1, 3),
)
def test_edges_put_together_from_slices_are_the_ones_that_pad_makes(
    h: int, w: int, mode: str, top: bool, bottom: bool, margin: int
) -> None:
    """What GPUs and compilers take: values and gradients."""
    margin = min(margin, h - 1, w - 1)  # a side of n has n - 1 pixels to reflect
    x = torch.randn(2, 3, h, w, dtype=torch.float64, requires_grad=True)
    plain = conv.padded(x, mode, top, bottom, margin)
    with patch("torch.compiler.is_compiling", return_value=True):
        sliced = conv.padded(x, mode, top, bottom, margin)
    assert torch.equal(plain, sliced)
    towards = torch.randn_like(plain)
    wanted, got = (torch.autograd.grad(y, x, towards)[0] for y in (plain, sliced))
    torch.testing.assert_close(got, wanted, atol=1e-12, rtol=0)


@settings(max_examples=40, deadline=None)
@given(
    rows=st.integers(4, 40).map(lambda n: 2 * n),
    band=st.sampled_from([8, 16, 24]),
    convs=st.integers(1, 4),
    kind=st.sampled_from(["pool", "upsample", "plain"]),
)
def test_a_block_computed_in_bands_equals_the_block_in_one_piece(rows: int, band: int, convs: int, kind: str) -> None:
    channels = [3, 4, 5, 6, 4]
    layers = [(f"c{i}", channels[i], channels[i + 1]) for i in range(convs)]
    block = ConvBlock(layers, upsample=kind == "upsample", pool=kind == "pool").double()
    x = torch.randn(1, 3, rows, 10, dtype=torch.float64)
    with torch.no_grad():
        torch.testing.assert_close(block.bands(x, band), block.rows(x), atol=1e-12, rtol=0)


def test_bands_are_used_for_large_maps_only_without_gradients(monkeypatch: pytest.MonkeyPatch) -> None:
    block = ConvBlock([("a", 3, 8)])
    calls = []
    monkeypatch.setattr(block, "bands", lambda x, rows: calls.append(rows) or block.rows(x))
    monkeypatch.setitem(conv.BAND_BYTES, "cpu", 8 * 64 * 4 * 16)  # 16 rows of 64 pixels
    x = torch.rand(1, 3, 64, 64)
    block(x)
    assert calls == []
    with torch.no_grad():
        block(x)
        block(x[:, :, :16])
    assert calls == [16]


def test_encoder_and_decoder_equal_the_reference(model, astronaut) -> None:
    encoder, decoder = model.encoder.state_dict(), model.decoder.state_dict()
    x = astronaut[:, :, :128, :160]
    expected = reference.encode(encoder, x)
    f = model.encode(x)
    torch.testing.assert_close(f, expected, atol=1e-3, rtol=1e-4)
    torch.testing.assert_close(model.decode(f), reference.decode(decoder, expected).clamp(0, 1), atol=1e-3, rtol=0)


def test_taps_are_the_activations_the_losses_need() -> None:
    torch.manual_seed(0)
    encoder = VGGEncoder()
    x = torch.rand(1, 3, 32, 48)
    taps = encoder.taps(x)
    assert [tuple(t.shape) for t in taps] == [(1, 64, 32, 48), (1, 128, 16, 24), (1, 256, 8, 12), (1, 512, 4, 6)]
    torch.testing.assert_close(taps[-1], encoder(x))
    assert all(torch.equal(tap, encoder.activations(x)[name]) for tap, name in zip(taps, TAPS, strict=True))


def test_the_decoder_mirrors_the_encoder() -> None:
    encoder = [m for m in VGGEncoder().modules() if isinstance(m, nn.Conv2d)]
    decoder = [m for m in Decoder().modules() if isinstance(m, nn.Conv2d)]
    sizes = [(m.in_channels, m.out_channels) for m in encoder]
    assert [(m.out_channels, m.in_channels) for m in reversed(decoder)] == sizes
    assert not [m for m in Decoder().modules() if isinstance(m, nn.BatchNorm2d | nn.InstanceNorm2d)]


def test_gradients_reach_every_decoder_weight() -> None:
    decoder = Decoder()
    decoder(torch.rand(1, 512, 2, 2)).sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in decoder.parameters())


class Operators(TorchDispatchMode):
    """Notes which operators are called."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def __torch_dispatch__(self, operator, types, arguments=(), options=None):
        self.names.add(str(operator))
        return operator(*arguments, **(options or {}))


@pytest.mark.parametrize("network", [VGGEncoder, Decoder, LiteEncoder, LiteDecoder])
def test_no_network_copies_numbers_to_the_device_while_it_computes(
    network: type[nn.Module], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tensor made of Python numbers is such a copy: it waits for the device, and no CUDA graph may hold it."""
    monkeypatch.setattr(conv, "pays", lambda x, weight: False)  # what only a CPU does
    net, x = network(), torch.rand(1, 3, 64, 64) if "Encoder" in network.__name__ else torch.rand(1, 512, 8, 8)
    with torch.no_grad(), Operators() as called:
        net(x)
    assert "aten.convolution.default" in called.names
    assert not {name for name in called.names if "lift_fresh" in name or "_to_copy" in name}


def test_the_encoder_id_depends_on_the_weights_only() -> None:
    torch.manual_seed(1)
    encoder = VGGEncoder()
    state = encoder.state_dict()
    same = encoder_id({k: v.half().float() for k, v in reversed(state.items())})
    assert encoder_id(state) == same
    state["block4.conv4_1.bias"][7] += 1
    assert encoder_id(state) != same
