"""Convolutions with fewer multiplications: the same results and gradients as the plain ones."""

import gc
import weakref
from typing import Literal

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from adain_core.networks import conv, winograd
from adain_core.networks.vgg import VGGEncoder
from adain_core.networks.winograd import pays, transformed, winograd_conv2d


def close(found: torch.Tensor, expected: torch.Tensor) -> bool:
    return found.shape == expected.shape and float((found - expected).abs().max() / expected.abs().max()) < 1e-4


def parts(seed: int, batch: int, cin: int, cout: int, r: int, h: int, w: int) -> list[torch.Tensor]:
    make = torch.Generator().manual_seed(seed)
    shapes = (batch, cin, h + r - 1, w + r - 1), (cout, cin, r, r), (cout,)
    return [torch.randn(shape, generator=make) for shape in shapes]


@settings(max_examples=60, deadline=None)
@given(
    r=st.sampled_from([2, 3]), batch=st.integers(1, 3), cin=st.integers(1, 9), cout=st.integers(1, 9),
    h=st.integers(1, 30), w=st.integers(1, 30), biased=st.booleans(), seed=st.integers(0, 99),
)  # fmt: skip
def test_equals_the_plain_convolution_at_every_size(
    r: int, batch: int, cin: int, cout: int, h: int, w: int, biased: bool, seed: int
) -> None:
    x, weight, bias = parts(seed, batch, cin, cout, r, h, w)
    given_bias = bias if biased else None
    assert close(winograd_conv2d(x, weight, given_bias), F.conv2d(x, weight, given_bias))


@pytest.mark.parametrize("r", [2, 3])
@pytest.mark.parametrize(("h", "w"), [(1, 2), (7, 13), (24, 16)])
def test_gradients_equal_those_of_the_plain_convolution(r: int, h: int, w: int) -> None:
    inputs = [part.requires_grad_() for part in parts(1, 2, 5, 6, r, h, w)]
    outputs = [op(*inputs) for op in (winograd_conv2d, F.conv2d)]
    into = torch.randn(outputs[1].shape)
    found, expected = (torch.autograd.grad(out, inputs, into) for out in outputs)
    for a, b in zip(found, expected, strict=True):
        assert close(a, b)


def test_a_picture_larger_than_a_chunk_is_computed_in_several(monkeypatch: pytest.MonkeyPatch) -> None:
    x, weight, bias = parts(2, 2, 8, 16, 3, 60, 44)
    monkeypatch.setattr(winograd, "CHUNK_BYTES", 100_000)
    assert close(winograd_conv2d(x, weight, bias), F.conv2d(x, weight, bias))
    x.requires_grad_(), weight.requires_grad_()
    found, expected = (
        torch.autograd.grad(op(x, weight, bias).square().sum(), (x, weight)) for op in (winograd_conv2d, F.conv2d)
    )
    assert close(found[0], expected[0]) and close(found[1], expected[1])


def test_what_comes_out_may_be_changed_in_place_before_gradients_are_taken() -> None:
    x, weight, bias = parts(3, 1, 4, 4, 3, 9, 9)
    weight.requires_grad_()
    F.relu(winograd_conv2d(x, weight, bias), inplace=True).sum().backward()
    found, weight.grad = weight.grad, None
    F.relu(F.conv2d(x, weight, bias), inplace=True).sum().backward()
    assert found is not None and weight.grad is not None and close(found, weight.grad)


def test_a_changed_weight_is_transformed_anew() -> None:
    x, weight, bias = parts(4, 1, 4, 4, 3, 8, 8)
    winograd_conv2d(x, weight, bias)
    weight.mul_(2)
    assert close(winograd_conv2d(x, weight, bias), F.conv2d(x, weight, bias))
    weight.data = torch.randn_like(weight)
    assert close(winograd_conv2d(x, weight, bias), F.conv2d(x, weight, bias))


def test_a_weight_that_learns_may_change_without_trace() -> None:
    x, weight, bias = parts(5, 1, 4, 4, 3, 8, 8)
    weight.requires_grad_()
    winograd_conv2d(x, weight, bias)
    weight.data.mul_(2)
    assert close(winograd_conv2d(x, weight, bias), F.conv2d(x, weight, bias))


def test_transformed_weights_are_kept_and_go_with_their_weight() -> None:
    weight = torch.randn(4, 4, 3, 3)
    kept = transformed(weight)
    assert transformed(weight) is kept
    gone = weakref.ref(kept)
    del weight, kept
    gc.collect()
    assert gone() is None


def test_only_wide_layers_in_float32_on_a_cpu_take_this_way() -> None:
    x, weight = torch.zeros(1, 128, 66, 66), torch.zeros(128, 128, 3, 3)
    assert pays(x, weight)
    assert not pays(x.half(), weight.half()) and not pays(x.bfloat16(), weight.bfloat16())
    assert not pays(x[:, :16], weight[:, :16])
    assert not pays(x[:, :, :10, :10], weight)
    assert not pays(x.to("meta"), weight.to("meta"))
    with torch.autocast("cpu", torch.bfloat16):
        assert not pays(x, weight)


@pytest.mark.parametrize("mode", ["reflect", "replicate"])
def test_under_autocast_maps_stay_in_half_precision_from_layer_to_layer(mode: Literal["reflect", "replicate"]) -> None:
    """Training on CPUs that gain by it: padding does not turn them to float32 and back."""
    with torch.autocast("cpu", torch.bfloat16):
        assert conv.padded(torch.rand(1, 4, 8, 8).bfloat16(), mode).dtype == torch.bfloat16


def test_the_encoder_gives_the_same_features_either_way(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    encoder, x = VGGEncoder().requires_grad_(False), torch.rand(1, 3, 136, 200)
    taken: list[int] = []
    monkeypatch.setattr(conv, "pays", lambda x, w: taken.append(pays(x, w)) or pays(x, w))  # type: ignore[func-returns-value]
    with torch.no_grad():
        fast = encoder(x)
        assert sum(taken) >= 5
        monkeypatch.setattr(conv, "pays", lambda x, w: False)
        assert close(fast, encoder(x))


def test_what_comes_out_may_be_changed_in_place_where_gradients_are_wanted() -> None:
    """As an activation does; also a single picture whose height alone is no multiple of a tile's."""
    x = torch.rand(1, 128, 29, 34, requires_grad=True).contiguous(memory_format=torch.channels_last)
    weight = torch.rand(128, 128, 3, 3)
    for rows in (29, 30):
        out = torch.relu_(winograd_conv2d(x[:, :, :rows], weight))
        out.sum().backward()
