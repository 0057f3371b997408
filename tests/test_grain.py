"""Grain: flat places get something to make strokes of; photos, edges and tiles do not notice."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from torch import Tensor

from adain_core import AdaIN, AdaINError
from adain_core.engine.grain import AUTO, FULL, LOUDEST, Amount, GrainSource, StillNoise, amount
from adain_core.tiles.sources import TensorSource


def drawing(side: int = 160) -> np.ndarray:
    """A disc and a bar on a flat ground, (side, side, 3) uint8."""
    picture = Image.new("RGB", (side, side), (92, 148, 255))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((side // 8, side // 8, side // 2, side // 2), fill=(250, 242, 110))
    draw.rectangle((side // 10, side * 3 // 4, side * 9 // 10, side * 4 // 5), fill=(30, 20, 20))
    return np.asarray(picture)


def tensor(a: np.ndarray) -> Tensor:
    return torch.from_numpy(a.copy()).permute(2, 0, 1)[None].float() / 255


def grained(x: Tensor, amount: Amount = AUTO) -> Tensor:
    return GrainSource(TensorSource(x), amount).crop(0, x.shape[2], 0, x.shape[3])


@pytest.mark.parametrize("side", [160, 400, 1200])
def test_the_noise_has_mean_0_and_variance_1_everywhere(side: int) -> None:
    noise = StillNoise(side, side)(torch.arange(side), torch.arange(side))
    cells = (side / (StillNoise(side, side).knot)) ** 2  # independent numbers in it
    assert abs(float(noise.mean())) < 5 / cells**0.5
    assert abs(float(noise.var()) - 1) < 10 / cells**0.5
    for part in noise.split(side // 2):
        assert abs(float(part.var()) - 1) < 15 / cells**0.5


def test_another_seed_is_another_noise() -> None:
    rows = torch.arange(200)
    first, second, again = (StillNoise(200, 200, seed)(rows, rows).flatten() for seed in (0, 1, 0))
    assert torch.equal(first, again)
    assert abs(float(torch.corrcoef(torch.stack([first, second]))[0, 1])) < 0.1


def test_a_smaller_copy_has_the_same_noise_in_the_same_places() -> None:
    """Within the sizes in which the scale follows."""
    large, small = (StillNoise(side, side)(torch.arange(side), torch.arange(side)) for side in (800, 400))
    reduced = torch.nn.functional.avg_pool2d(large[None], 2)[0]
    assert float(torch.corrcoef(torch.stack([reduced.flatten(), small.flatten()]))[0, 1]) > 0.95


@given(data=st.data(), height=st.integers(1, 90), width=st.integers(1, 90))
@settings(max_examples=40, deadline=None)
def test_any_window_is_that_part_of_the_whole(data: st.DataObject, height: int, width: int) -> None:
    rng = np.random.default_rng(height * 97 + width)
    x = tensor(np.where(rng.random((height, width, 1)) < 0.002, 0, 200).astype(np.uint8).repeat(3, 2))
    y0, x0 = data.draw(st.integers(0, height - 1)), data.draw(st.integers(0, width - 1))
    y1, x1 = data.draw(st.integers(y0 + 1, height)), data.draw(st.integers(x0 + 1, width))
    part = GrainSource(TensorSource(x), AUTO).crop(y0, y1, x0, x1)
    assert torch.allclose(part, grained(x)[:, :, y0:y1, x0:x1], rtol=0, atol=1e-5)


def test_flat_places_take_it_and_edges_stay_clean() -> None:
    x = tensor(drawing())
    change = (grained(x) - x).abs().mean(1)[0]  # (H, W)
    flat = change[90:110, 100:150]
    assert 4 / 255 < float(flat.mean()) < 12 / 255
    edges = (x[:, :, 1:, 1:] - x[:, :, :-1, :-1]).abs().sum(1)[0] > 0
    assert float(change[1:, 1:][edges].max()) == 0


def test_a_slope_is_flat_too_and_texture_is_not() -> None:
    ramp = tensor(np.broadcast_to(np.linspace(40, 200, 320)[None, :, None], (64, 320, 3)).astype(np.uint8))
    assert float((grained(ramp) - ramp).abs().mean()) > 3 / 255
    rough = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    assert torch.equal(grained(rough), rough)
    assert torch.equal(grained(rough, Amount(FULL, LOUDEST)), rough)


def test_photos_are_left_alone_by_default(astronaut: Tensor, coffee: Tensor) -> None:
    """But for what is nearly as flat as a drawing."""
    for photo in (astronaut, coffee):
        assert float((grained(photo) - photo).abs().mean()) < 0.6 / 255


def test_drawings_get_strokes_where_they_had_none(model: AdaIN) -> None:
    found = [model.stylize(drawing(400), "starry-night", grain=grain).astype(float) for grain in (0.0, "auto", 1.0)]
    plain, auto, full = (float(result[60:160, 280:380].std((0, 1)).mean()) for result in found)
    assert plain < 6 and auto > 12 and full > 12


def test_tiles_and_an_encoded_content_give_the_same_picture(model: AdaIN) -> None:
    whole = model.stylize(drawing(), "scream", tile=None).astype(int)
    assert np.abs(model.stylize(drawing(), "scream", tile=64) - whole).max() <= 1
    content = model.encode_content(drawing())
    assert np.array_equal(model.stylize(content, "scream"), whole)
    off = model.stylize(content, "scream", grain=0.0)  # another grain is encoded anew, and remembered
    assert np.abs(off - model.stylize(drawing(), "scream", grain=0.0).astype(int)).max() <= 1
    assert content.nbytes > model.encode_content(drawing()).nbytes


def test_the_small_network_takes_none_by_default_and_some_if_asked() -> None:
    lite = AdaIN.from_pretrained("lite", device="cpu", dtype="float32")
    assert amount("auto", lite.networks) is None
    none, auto, some = (lite.stylize(drawing(), "scream", grain=grain) for grain in (0.0, "auto", 0.5))
    assert np.array_equal(none, auto) and not np.array_equal(none, some)


@pytest.mark.parametrize("wrong", [-0.1, 1.5, True, "much", float("nan")])
def test_what_is_no_grain_is_named(model: AdaIN, wrong: object) -> None:
    with pytest.raises(AdaINError, match=r"grain is .*: give a number from 0"):
        model.stylize(drawing(), "scream", grain=wrong)  # type: ignore[arg-type]
