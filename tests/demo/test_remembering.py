"""What is encoded once is not encoded again; what is kept is bounded and found by content only."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from adain_core import AdaIN

pytest.importorskip("gradio")
from adain_demo.lru import ByteLRU
from adain_demo.remembering import RememberingEncoder, content_key


@given(st.lists(st.integers(0, 9), max_size=40), st.integers(1, 12))
@settings(max_examples=60, deadline=None)
def test_the_cache_never_exceeds_its_bound(keys: list[int], limit: int) -> None:
    """Values take as many bytes as their number; each is right whether kept or made again."""
    cache: ByteLRU[int] = ByteLRU(limit, lambda value: value)
    for key in keys:
        assert cache.get(str(key), lambda key=key: key) == key
        assert cache.bytes <= limit


def test_what_was_used_last_is_kept() -> None:
    cache: ByteLRU[str] = ByteLRU(2, lambda value: 1)
    made = []

    def get(key: str) -> None:
        cache.get(key, lambda: made.append(key) or key)

    for key in "abacab":
        get(key)
    assert made == ["a", "b", "c", "b"]


def test_the_same_pixels_are_encoded_once_and_give_the_same(model: AdaIN, astronaut: torch.Tensor) -> None:
    x = astronaut[:, :, :64, :64].contiguous(memory_format=torch.channels_last)
    encoder = RememberingEncoder(model.encoder, 1 << 20)
    first, again, other = encoder(x), encoder(x.clone()), encoder(x * 0.99)
    assert encoder.runs == 2
    assert bool((first == model.encoder(x)).all()) and first is again and not bool((other == first).all())


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_the_key_tells_shapes_formats_and_values_apart(dtype: torch.dtype) -> None:
    x = torch.rand(1, 3, 16, 24).to(dtype)
    changed = x.clone()
    changed[0, 2, 15, 23] += 0.5
    others = [changed, x.transpose(2, 3), x[:, :, :8], x.double()]
    keys = {content_key(x), *map(content_key, others)}
    assert len(keys) == 5 and content_key(x.contiguous(memory_format=torch.channels_last)) == content_key(x)
