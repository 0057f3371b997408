"""What is encoded once is not encoded again; what is kept is bounded and found by content only."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from adain_core import AdaIN

pytest.importorskip("gradio")
from adain_demo.engine import Engine
from adain_demo.limits import Limits
from adain_demo.lru import ByteLRU
from adain_demo.remembering import content_key
from adain_demo.request import COLORS, Own, Request, Service
from demo_pictures import pixels


def levels(painted: Any, expected: Any) -> float:
    """Largest difference, in 255 levels."""
    return float(np.abs(pixels(painted) - pixels(expected)).max())


@pytest.fixture
def passes(service: Service) -> Iterator[Counter[str]]:
    """How often the networks of the default model ran."""
    model, counted = service.engine.model(), Counter[str]()
    nets = {"encoder": model.encoder, "decoder": model.decoder}
    hooks = [net.register_forward_hook(lambda *_, name=name: counted.update([name])) for name, net in nets.items()]
    yield counted
    for hook in hooks:
        hook.remove()


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


def test_what_was_kept_for_its_time_is_forgotten_though_nobody_comes() -> None:
    """Pictures of visitors do not stay in memory until others push them out."""
    cache: ByteLRU[str] = ByteLRU(9, len, seconds=0.2)
    cache.get("a", lambda: "aaa")
    time.sleep(0.1)
    cache.get("b", lambda: "bb")
    assert cache.bytes == 5
    deadline = time.monotonic() + 30
    while cache.bytes and time.monotonic() < deadline:
        assert cache.bytes in (5, 2)  # the older one goes first
        time.sleep(0.01)
    assert cache.bytes == 0
    assert cache.get("a", lambda: "made again") == "made again"


def test_what_grew_is_forgotten_at_the_next_trim() -> None:
    cache: ByteLRU[list[int]] = ByteLRU(3, len)
    for key in "ab":
        cache.get(key, lambda: [0])
    cache.get("b", list).extend([0, 0])
    cache.trim()
    assert cache.bytes == 3 and cache.get("a", lambda: [7]) == [7]


@pytest.mark.parametrize("color", list(COLORS))
@pytest.mark.parametrize("own", [False, True], ids=["built-in", "own picture"])
def test_another_strength_decodes_once_and_encodes_nothing(
    service: Service, photo: Callable[..., Path], passes: Counter[str], color: str, own: bool
) -> None:
    request = Request(str(photo(3)), ((Own(str(photo(4))) if own else "scream", 1),), 0.5, color=color, size=None)
    service.fulfil(request)
    passes.clear()
    service.fulfil(replace(request, strength=0.7))
    assert passes == {"decoder": 1}


@pytest.mark.parametrize(
    "change",
    [
        {"styles": (("irises", 1),)},
        {"styles": (("scream", 0.3), ("irises", 0.7))},
        {"mix": "area", "area": "centre"},
        {"color": "eigen"},
    ],
    ids=["style", "blend", "area", "colour"],
)
def test_a_photo_is_encoded_once_for_all_that_is_painted_of_it(
    service: Service, photo: Callable[..., Path], passes: Counter[str], change: dict[str, Any]
) -> None:
    request = Request(str(photo(3)), (("scream", 1),), 0.5, size=None)
    service.fulfil(request)
    passes.clear()
    service.fulfil(replace(request, **change))
    assert passes == {"decoder": 1}


def test_each_size_and_each_model_encodes_for_itself(
    service: Service, model: AdaIN, photo: Callable[..., Path]
) -> None:
    """What is kept of one is not taken for the other."""
    request = Request(str(photo(3)), (("scream", 1),), 0.5, size=None)
    for side in (64, 72, 64):
        small = service.fulfil(replace(request, size=side)).image
        assert levels(small, model.stylize(photo(3), "scream", alpha=0.5, size=side)) <= 1
    lite = service.fulfil(replace(request, model="lite")).image
    other = AdaIN.from_pretrained("lite", device="cpu", dtype="float32")
    assert levels(lite, other.stylize(photo(3), "scream", alpha=0.5)) <= 1


def test_memory_stays_bounded_whatever_is_painted(photo: Callable[..., Path]) -> None:
    """Also where painting adds to what is kept: the colour modes read a photo's luminance, too."""
    limits = Limits(cache_bytes=700_000)  # a photo takes 23 KB, its features 246 KB, those of its luminance as much
    service = Service(limits, Engine(limits, device="cpu", dtype="float32"))
    sizes = []
    for color in ("style", "luminance"):
        for number in range(3):
            # An own picture takes the photo's colours before it is encoded: then its luminance is what is painted.
            request = Request(str(photo(number)), ((Own(str(photo(9))), 1),), color=color, size=None)
            service.fulfil(request)
            sizes.append(service.engine.contents.bytes)
    assert min(sizes) > 0 and max(sizes) <= limits.cache_bytes


def test_visitors_at_once_get_their_own_photos(model: AdaIN, photo: Callable[..., Path]) -> None:
    """While there is room for one or two of their photos only."""
    limits = Limits(cache_bytes=600_000)
    service = Service(limits, Engine(limits, device="cpu", dtype="float32"))

    def visit(number: int) -> list[Any]:
        request = Request(str(photo(number)), (("scream", 1),), size=None)
        return [service.fulfil(replace(request, strength=strength)).image for strength in (0.5, 1.0)]

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(visit, range(4)))
    for number, images in enumerate(results):
        for image, strength in zip(images, (0.5, 1.0), strict=True):
            assert levels(image, model.stylize(photo(number), "scream", alpha=strength)) <= 1
    assert service.engine.contents.bytes <= limits.cache_bytes


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_the_key_tells_shapes_formats_and_values_apart(dtype: torch.dtype) -> None:
    x = torch.rand(1, 3, 16, 24).to(dtype)
    changed = x.clone()
    changed[0, 2, 15, 23] += 0.5
    others = [changed, x.transpose(2, 3), x[:, :, :8], x.double()]
    keys = {content_key(x), *map(content_key, others)}
    assert len(keys) == 5 and content_key(x.contiguous(memory_format=torch.channels_last)) == content_key(x)
