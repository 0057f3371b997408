"""What cannot be seen does not count: colours under alpha 0 change no visible pixel, wherever a picture goes in."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from adain_core import AdaIN, ImageError, Picture, Region, open_picture
from adain_core.dataset.workers.painting import paint, paint_large
from adain_core.options import COLOR_MODES, ColorMode
from training.pictures import PictureFile

HIDDEN = (0, 255)


@pytest.fixture(scope="module")
def lite() -> AdaIN:
    return AdaIN.from_pretrained("lite", device="cpu", dtype="float32")


def cut_out(hidden: int, height: int = 72, width: int = 88) -> np.ndarray:
    """A checkered disc whose edge is soft; all around it is hidden, (H, W, 4) uint8."""
    y, x = np.mgrid[0:height, 0:width]
    colours = np.stack([x / width, y / height, (x // 8 + y // 8) % 2], -1) * 255
    distance = np.hypot(y - height / 2, x - width / 2)
    alpha = (np.clip(28 - distance, 0, 4) / 4 * 255).astype(np.uint8)
    colours[alpha == 0] = hidden
    return np.dstack([colours.astype(np.uint8), alpha])


def visible(a: np.ndarray) -> np.ndarray:
    return np.where(cut_out(0)[..., 3:] > 0, a, 0)


@pytest.mark.parametrize("color", [None, *COLOR_MODES])
def test_as_content_only_what_is_visible_counts(lite: AdaIN, color: ColorMode | None) -> None:
    first, second = (lite.stylize(cut_out(hidden), "scream", color=color) for hidden in HIDDEN)
    assert np.array_equal(visible(first), visible(second))
    assert np.array_equal(first[..., 3], cut_out(0)[..., 3])


@pytest.mark.parametrize("color", [None, "cholesky", "luminance-matched"])
def test_as_style_only_what_is_visible_counts(lite: AdaIN, color: ColorMode | None) -> None:
    photo = cut_out(9)[..., :3]
    first, second = (lite.stylize(photo, cut_out(hidden), color=color) for hidden in HIDDEN)
    assert np.array_equal(first, second)


def test_refinement_with_texture_and_regions_does_not_look_at_what_is_hidden(model: AdaIN) -> None:
    style = model.encode_style(cut_out(40)[..., :3], texture=True)
    left = np.zeros((4, 4), np.uint8)
    left[:, :2] = 255
    regions = [Region(style, left, alpha=0.7)]
    found = [model.stylize(cut_out(hidden), regions, refine=1, texture=1.0) for hidden in HIDDEN]
    assert np.array_equal(visible(found[0]), visible(found[1]))


def test_statistics_are_those_of_the_visible_part(lite: AdaIN) -> None:
    """A picture whose right half is hidden has nearly the statistics of its left half, not those of half a void."""
    y, x = np.mgrid[0:64, 0:256]
    pixels = ((np.stack([x // 4 % 2, y // 4 % 2, (x + y) // 8 % 2], -1)) * 255).astype(np.uint8)
    alpha = np.where(x < 128, 255, 0).astype(np.uint8)
    half = lite.encode_style(pixels[:, :128], size=None)
    hidden, seen = (lite.encode_style(a, size=None) for a in (np.dstack([pixels * 0, alpha]), pixels))
    assert float((seen.std - half.std).abs().mean()) < 0.1 * float(half.std.mean())  # regular all over
    part = lite.encode_style(np.dstack([pixels, alpha]), size=None)
    assert float((part.std - half.std).abs().mean()) < 0.1 * float(half.std.mean())
    assert float((hidden.std - half.std).abs().mean()) > 0.3 * float(half.std.mean())


def test_tiles_give_what_the_whole_gives(lite: AdaIN) -> None:
    whole, tiled = (lite.stylize(cut_out(0), "scream", tile=tile) for tile in (None, 32))
    assert np.abs(whole.astype(int) - tiled.astype(int)).max() <= 1


def test_a_dataset_does_not_look_at_what_is_hidden(lite: AdaIN) -> None:
    """Together with an opaque picture in the same batch, and in tiles."""
    style, opaque = lite.style("scream"), open_picture(cut_out(0)[..., :3].copy())
    for how in (batched(lite, opaque), large(lite)):
        first, second = (how(open_picture(cut_out(hidden))) for hidden in HIDDEN)
        seen = torch.from_numpy(cut_out(0)[..., 3] > 0)
        assert torch.equal(first[..., :72, :88] * seen, second[..., :72, :88] * seen), style.name


def batched(model: AdaIN, other: Picture) -> Callable[[Picture], torch.Tensor]:
    styles = [[model.style("scream")]] * 2
    return lambda picture: paint(model, [other, picture], styles, [[1.0]] * 2)[0][1]


def large(model: AdaIN) -> Callable[[Picture], torch.Tensor]:
    return lambda picture: paint_large(model, picture, [(model.style("scream"), 0.5)])[0]


def test_training_sees_no_hidden_colours(tmp_path: Path) -> None:
    found = []
    for hidden in HIDDEN:
        path = tmp_path / f"{hidden}.png"
        Image.fromarray(cut_out(hidden)).save(path)
        found.append(PictureFile(path.name, path).open())
    assert found[0].alpha is None
    assert np.array_equal(found[0].pixels, found[1].pixels)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_resizing_weighs_colours_by_alpha(dtype: type) -> None:
    scale = {np.uint8: 1, np.uint16: 257, np.float32: 1 / 255}[dtype]
    first, second = (
        open_picture((cut_out(hidden).astype(float) * scale).astype(dtype)).resized(31) for hidden in HIDDEN
    )
    assert first.alpha is not None and second.alpha is not None and first.pixels.dtype == dtype
    seen = first.alpha > first.levels / 10
    assert np.array_equal(first.alpha, second.alpha)
    near = np.abs(first.pixels[seen].astype(float) - second.pixels[seen].astype(float)) / first.levels
    assert near.max() <= 1 / 255


def test_full_alpha_changes_nothing(lite: AdaIN) -> None:
    rgb = cut_out(77)[..., :3]
    rgba = np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)])
    assert np.array_equal(lite.stylize(rgb, "scream"), lite.stylize(rgba, "scream")[..., :3])


def test_nothing_visible_paints_something_and_is_no_style(lite: AdaIN) -> None:
    nothing = np.zeros((40, 30, 4), np.uint8)
    assert lite.stylize(nothing, "scream").shape == (40, 30, 4)
    with pytest.raises(ImageError, match="transparent all over"):
        lite.stylize(cut_out(0), nothing)


@given(
    height=st.integers(1, 60), width=st.integers(1, 60), seed=st.integers(0, 99), share=st.sampled_from([0, 0.05, 0.6])
)
@settings(max_examples=60, deadline=None)
def test_any_window_of_any_picture_is_filled_from_what_is_visible(
    height: int, width: int, seed: int, share: float
) -> None:
    """The same in windows as in the whole, within the range of the visible colours, and equal where visible."""
    rng = np.random.default_rng(seed)
    alpha = np.where(rng.random((height, width)) < share, 255, 0).astype(np.uint8)
    visible = rng.integers(90, 120, (height, width, 3), np.uint8)
    seen = alpha > 0
    a, b = (open_picture(np.dstack([np.where(seen[..., None], visible, h), alpha]).astype(np.uint8)) for h in HIDDEN)
    x = a.tensor()
    assert torch.equal(x, b.tensor())
    y, left = int(rng.integers(height)), int(rng.integers(width))
    assert torch.allclose(a.crop(y, height, left, width), x[:, :, y:, left:], atol=1e-6)
    assert torch.equal(x[0].permute(1, 2, 0)[seen], torch.from_numpy(visible[seen]).float() / 255)
    if seen.any():
        assert float(x.min()) > 89 / 255 and float(x.max()) < 121 / 255
    assert replace(a, alpha=None).opacity(0, 1, 0, 1) is None
