"""What the page paints is what the library paints for the same parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from adain_core import AdaIN, AdaINError, Region

pytest.importorskip("gradio")
from adain_demo.areas import AREAS, area_mask
from adain_demo.engine import Engine
from adain_demo.limits import Limits
from adain_demo.request import COLORS, Own, Request, Service
from demo_pictures import data_url as url
from demo_pictures import pixels

TWO = (("starry-night", 0.3), ("scream", 0.7))


def same(painted: Any, expected: Any) -> bool:
    """Equal within one of 255 levels."""
    return bool(np.abs(pixels(painted.image) - pixels(expected)).max() <= 1)


@pytest.mark.parametrize("strength", [0, 0.4, 1, 1.5])
def test_strength(service: Any, model: AdaIN, photo: Callable[..., Path], strength: float) -> None:
    request = Request(str(photo(1)), (("scream", 1),), strength, size=None)
    assert same(service.fulfil(request), model.stylize(photo(1), "scream", alpha=strength))


def test_weights_and_corners(service: Any, model: AdaIN, photo: Callable[..., Path]) -> None:
    blend = Request(str(photo(1)), TWO, size=None)
    assert same(service.fulfil(blend), model.stylize(photo(1), list(TWO)))
    corner = replace(blend, mix="corners", corner=(0.25, 0.9))
    assert same(service.fulfil(corner), model.stylize(photo(1), [("starry-night", 0.75), ("scream", 0.25)]))


@pytest.mark.parametrize("color", list(COLORS))
@pytest.mark.parametrize("own", [False, True], ids=["built-in", "own picture"])
def test_colour_modes(service: Any, model: AdaIN, photo: Callable[..., Path], color: str, own: bool) -> None:
    ref = Own(str(photo(2))) if own else "scream"
    request = Request(str(photo(1)), ((ref, 1),), color=color, size=None)
    library = model.stylize(photo(1), photo(2) if own else "scream", color=None if color == "style" else color)
    assert same(service.fulfil(request), library)


@pytest.mark.parametrize("name", list(AREAS))
def test_areas_with_one_style_and_two(service: Any, model: AdaIN, photo: Callable[..., Path], name: str) -> None:
    request = Request(str(photo(1)), TWO, mix="area", area=name, soft_edge=4, size=None)
    region = [Region("starry-night", area_mask(name))]
    assert same(service.fulfil(request), model.stylize(photo(1), region, feather=4, background="scream"))
    assert same(service.fulfil(replace(request, styles=TWO[:1])), model.stylize(photo(1), region, feather=4))


def test_where_no_subject_is_found_the_page_says_so(service: Any, tmp_path: Path) -> None:
    """Only if one was asked for, and as often as one is."""
    Image.new("RGB", (64, 48), (90, 120, 200)).save(tmp_path / "sky.png")
    request = Request(str(tmp_path / "sky.png"), TWO[:1], mix="area", area="subject", size=None, model="lite")
    for _ in range(2):
        painted = service.fulfil(request)
        assert painted.note == "no subject was found in the picture: all of it is background"
        assert (pixels(painted.image) == pixels(tmp_path / "sky.png")).all()
    assert service.fulfil(replace(request, area="left")).note == ""


def test_a_painted_layer_a_style(service: Any, model: AdaIN, photo: Callable[..., Path]) -> None:
    layers = np.zeros((2, 40, 48, 4), np.uint8)
    layers[0, :20, :, 3] = 255
    layers[1, 20:30, :, 3] = 255
    request = Request(str(photo(1)), TWO, mix="paint", painted=(url(layers[0]), url(layers[1])), size=None)
    masks = torch.from_numpy(layers[..., 3] / 255.0)
    expected = model.stylize(photo(1), [Region("starry-night", masks[0]), Region("scream", masks[1])])
    assert same(service.fulfil(request), expected)
    untouched = pixels(service.fulfil(request).image)[68:]
    assert (untouched == pixels(photo(1))[68:]).all(), "what is not painted stays the photo"


def test_size_and_stroke(service: Any, model: AdaIN, photo: Callable[..., Path]) -> None:
    request = Request(str(photo(1)), ((Own(str(photo(2, 200, 160))), 1),), size=64, stroke=96)
    assert same(service.fulfil(request), model.stylize(photo(1), photo(2, 200, 160), size=64, style_size=96))


def test_refinement(service: Any, model: AdaIN, photo: Callable[..., Path]) -> None:
    """In full size only: a preview has to be quick. What is painted on the way is not remembered."""
    request = Request(str(photo(1)), TWO, size=64, refine=1)
    service.fulfil(replace(request, refine=0))
    before = service.engine.contents.bytes
    refined = service.fulfil(request)
    assert same(refined, model.stylize(photo(1), list(TWO), size=64, refine=1))
    assert not same(refined, model.stylize(photo(1), list(TWO), size=64))
    assert service.engine.contents.bytes == before
    assert same(service.fulfil(request, preview=True), service.fulfil(replace(request, refine=0), preview=True).image)


def test_texture(service: Any, model: AdaIN, photo: Callable[..., Path]) -> None:
    """Of built-in styles and own pictures alike; without steps of refinement it does nothing."""
    mixed = (("starry-night", 0.5), (Own(str(photo(2))), 0.5))
    request = Request(str(photo(1)), mixed, size=64, refine=1, texture=1.0, keep=1.0)
    styles = [("starry-night", 0.5), (photo(2), 0.5)]
    expected = model.stylize(photo(1), styles, size=64, refine=1, texture=1.0, keep=1.0)
    assert same(service.fulfil(request), expected)
    assert not same(service.fulfil(replace(request, texture=0.0)), expected)
    assert same(
        service.fulfil(replace(request, refine=0)), service.fulfil(replace(request, refine=0, texture=0.0)).image
    )


def test_a_preview_is_small_and_alike(service: Any, photo: Callable[..., Path]) -> None:
    request = Request(str(photo(5, 300, 290)), TWO, size=None)
    assert min(service.fulfil(request, preview=True).image.size) == 256
    assert min(service.fulfil(replace(request, size=128), preview=True).image.size) == 128


@pytest.mark.parametrize(
    "change, says",
    [
        ({"styles": ()}, "choose one"),
        ({"photo": None}, "no photo"),
        ({"styles": (("no-such", 1),)}, "no-such"),
        ({"styles": (("/etc/passwd", 1),)}, "no built-in style"),
        ({"styles": (("weights/styles.safetensors", 1),)}, "no built-in style"),
        ({"styles": tuple(("scream", 1) for _ in range(5))}, "up to 4"),
        ({"color": "sepia"}, "sepia"),
        ({"strength": -1}, "strength is -1: give a number from 0 to 1.5"),
        ({"strength": 99}, "strength is 99: give a number from 0 to 1.5"),
        ({"strength": None, "stroke": "all"}, "stroke size is 'all'"),
        ({"soft_edge": 1e6}, r"soft edge is 1e\+06: give a number from 0 to 64"),
        ({"strength": float("nan")}, "nan"),
        ({"styles": (("scream", 0),)}, "sum to 0"),
        ({"mix": "area", "area": "moon"}, "moon"),
        ({"mix": "paint"}, "Paint on the photo"),
        ({"size": Limits().side + 1}, "size is 1537: give a number from 16 to 1536"),
        ({"size": -5}, "size is -5"),
        ({"stroke": -1}, "stroke size is -1"),
        ({"stroke": 1025}, "stroke size is 1025: give a number from 16 to 1024"),
        ({"model": "no-such"}, "no-such"),
        ({"refine": 1, "texture": 3.5}, "texture is 3.5: give a number from 0 to 3"),
        ({"refine": 1, "texture": -1.0}, "texture is -1"),
        ({"refine": 1, "keep": 3.5}, "keep is 3.5: give a number from 0 to 3"),
        ({"refine": 5}, "refinement is 5: give a number from 0 to 4"),
        ({"model": "lite", "refine": 1}, "only the paper's network can"),
    ],
)
def test_what_cannot_be_done_is_said(
    service: Any, photo: Callable[..., Path], change: dict[str, Any], says: str
) -> None:
    """In one line, with the value."""
    request = replace(Request(str(photo(1)), (("scream", 1.0),), size=None), **change)
    with pytest.raises(AdaINError, match=says) as caught:
        service.fulfil(request)
    assert "\n" not in str(caught.value)


def test_long_panoramas_are_bounded_by_their_pixels(service: Any, photo: Callable[..., Path]) -> None:
    request = Request(str(photo(1, 200, 8)), (("scream", 1),), size=1024)
    with pytest.raises(AdaINError, match="megapixels"):
        service.fulfil(request)


def test_long_style_pictures_are_bounded_by_their_pixels(photo: Callable[..., Path]) -> None:
    """They are encoded in one piece."""
    limits = Limits(style_pixels=64 * 128)
    service = Service(limits, Engine(limits, device="cpu", dtype="float32"))
    request = Request(str(photo(1)), ((Own(str(photo(2, 400, 80))), 1),), size=64, stroke=64)
    with pytest.raises(AdaINError, match=r"320 x 64 pixels at stroke size 64\. .* crop it"):
        service.fulfil(request)
    service.style(Own(str(photo(2, 160, 80))), request)
