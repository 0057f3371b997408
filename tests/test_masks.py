"""Masks of any kind and size weigh exactly what they cover."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from torch._subclasses.fake_tensor import FakeTensorMode

from adain_core import ImageError
from adain_core.color.matching import luminance
from adain_core.engine.regions import Regions
from adain_core.pictures.masks import BAND, Mask, fit, open_mask
from adain_core.pictures.picture import Picture
from adain_core.tiles.grid import Grid


def cells(mask: torch.Tensor, height: int, width: int, feather: float = 0.0) -> torch.Tensor:
    grid = Grid(height, width, tile=1000)
    return fit(mask, height, width, feather).cells(grid.pixel_rows(grid.whole), grid.pixel_cols(grid.whole))


@settings(max_examples=30, deadline=None)
@given(h=st.integers(1, 90), w=st.integers(1, 90), mh=st.integers(1, 130), mw=st.integers(1, 130))
def test_a_mask_of_any_size_fits_a_picture_of_any_size(h: int, w: int, mh: int, mw: int) -> None:
    mask = torch.rand(mh, mw)
    laid = fit(mask, h, w)
    values = laid.pixels(torch.arange(h), torch.arange(w))
    assert values.shape == (h, w) and values.min() >= 0 and values.max() <= 1 + 1e-6
    full = fit(torch.ones(mh, mw), h, w).pixels(torch.arange(h), torch.arange(w))
    torch.testing.assert_close(full, torch.ones(h, w))


def test_the_colours_of_a_huge_mask_are_never_there_in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are read in bands, which together are the brightness of the whole, less what is transparent."""
    picture = Picture(np.random.rand(1300, 30, 3).astype(np.float32), np.random.rand(1300, 30).astype(np.float32))
    whole, opacity = luminance(picture.tensor())[0, 0], picture.opacity(0, 1300, 0, 30)
    assert opacity is not None
    crop, heights = Picture.crop, []
    monkeypatch.setattr(
        Picture, "crop", lambda self, y0, y1, *rest: heights.append(y1 - y0) or crop(self, y0, y1, *rest)
    )
    torch.testing.assert_close(open_mask(picture), whole * opacity[0])
    assert max(heights) <= BAND < 1300 and sum(heights) == 1300


def test_a_mask_of_the_pictures_size_is_taken_as_it_is() -> None:
    mask = torch.rand(33, 47)
    assert torch.equal(fit(mask, 33, 47).pixels(torch.arange(33), torch.arange(47)), mask)


def test_a_cell_weighs_the_mean_of_its_pixels() -> None:
    mask = torch.rand(32, 40)
    expected = mask.view(4, 8, 5, 8).mean((1, 3))
    torch.testing.assert_close(cells(mask, 32, 40), expected)


def test_a_thin_line_survives_a_smaller_picture() -> None:
    mask = torch.zeros(512, 512)
    mask[100] = 1
    assert fit(mask, 64, 64).values.sum() > 0


def test_a_window_of_a_mask_equals_that_part_of_the_whole() -> None:
    laid = fit(torch.rand(50, 20), 203, 155)
    whole = laid.pixels(torch.arange(203), torch.arange(155))
    assert torch.equal(laid.pixels(torch.arange(40, 90), torch.arange(3, 77)), whole[40:90, 3:77])


def test_feathering_softens_the_edge_and_keeps_the_area() -> None:
    mask = torch.zeros(96, 96)
    mask[:, 48:] = 1
    soft = fit(mask, 96, 96, feather=6.0).values
    assert abs(float(soft.mean()) - 0.5) < 1e-3
    row = soft[48]
    assert ((row > 0.05) & (row < 0.95)).sum() > 10 and bool((row.diff() >= -1e-6).all())
    assert float(row[0]) < 1e-3 and float(row[-1]) > 1 - 1e-3


def test_feather_is_in_pixels_of_the_picture_whatever_the_size_of_the_mask() -> None:
    small, large = torch.zeros(60, 60), torch.zeros(240, 240)
    small[:, 30:], large[:, 120:] = 1, 1
    index = torch.arange(240)
    a, b = (fit(m, 240, 240, feather=20.0).pixels(index, index) for m in (small, large))
    assert float((a - b).abs().max()) < 0.05


@pytest.mark.parametrize("feather", [-1.0, float("nan"), float("inf")])
def test_feather_must_be_a_number_from_0(feather: float) -> None:
    with pytest.raises(ImageError, match="feather is"):
        fit(torch.ones(4, 4), 8, 8, feather)


def test_a_mask_on_another_device_is_fetched() -> None:
    """Tried on a card that is only pretended: PyTorch refuses to mix devices there as on a real one."""
    with FakeTensorMode():
        laid = fit(torch.ones(5, 7, device="cuda"), 40, 56, feather=2.0)
        assert laid.cells(torch.arange(40), torch.arange(56)).device.type == "cpu"
        assert laid.pixels(torch.arange(40), torch.arange(56)).device.type == "cpu"


def test_white_is_inside_in_files_and_arrays(tmp_path) -> None:
    pixels = np.zeros((20, 30), np.uint8)
    pixels[:, 10:] = 255
    Image.fromarray(pixels).save(tmp_path / "m.png")
    Image.fromarray(pixels).convert("RGB").save(tmp_path / "rgb.png")
    for source in (tmp_path / "m.png", tmp_path / "rgb.png", pixels, Image.fromarray(pixels), torch.from_numpy(pixels)):
        mask = open_mask(source)
        assert mask.shape == (20, 30) and mask.dtype == torch.float32
        assert float(mask[:, :10].max()) == 0 and float(mask[:, 10:].min()) > 0.999


def test_transparent_parts_of_a_mask_are_outside(tmp_path) -> None:
    pixels = np.full((8, 8, 4), 255, np.uint8)
    pixels[:4, :, 3] = 0
    Image.fromarray(pixels).save(tmp_path / "m.png")
    mask = open_mask(tmp_path / "m.png")
    assert float(mask[:4].max()) == 0 and float(mask[4:].min()) > 0.999


@pytest.mark.parametrize("shape", [(9, 7), (1, 9, 7), (1, 1, 9, 7)])
def test_mask_tensors_may_have_leading_ones(shape: tuple[int, ...]) -> None:
    assert open_mask(torch.ones(shape)).shape == (9, 7)


@pytest.mark.parametrize(
    ("mask", "said"),
    [
        (torch.zeros(8, 8), "no white"),
        (torch.full((8, 8), float("nan")), "nan"),
        (torch.full((8, 8), 2.0), "from 2 to 2"),
        (torch.ones(2, 8, 8), r"shape \(2, 8, 8\)"),
        (torch.ones(0, 8), "shape"),
    ],
)
def test_what_is_no_mask_is_refused(mask: torch.Tensor, said: str) -> None:
    with pytest.raises(ImageError, match=said):
        open_mask(mask)


def test_shares_of_overlapping_masks_sum_to_one_and_empty_cells_have_none() -> None:
    a, b = (torch.tensor([row]).repeat_interleave(8, 1) for row in ([1.0, 1.0, 0.5, 0.0], [0.0, 1.0, 0.5, 0.0]))
    grid = Grid(16, 32, tile=4)
    found = Regions([[Mask(a, 16, 32)], [Mask(b, 16, 32)]], False, grid).shares(grid.whole)  # (2, 2, 4)
    torch.testing.assert_close(found[0], torch.tensor([[1.0, 0.5, 0.5, 0.0]] * 2))
    torch.testing.assert_close(found.sum(0), torch.tensor([[1.0, 1.0, 1.0, 0.0]] * 2))


def test_regions_of_pictures_with_masks_of_their_own_are_those_of_each_alone() -> None:
    """In cells, shares and pixels; a mask for all counts in each."""
    grid = Grid(24, 32, tile=2)
    own = [fit(torch.rand(24, 32, generator=torch.Generator().manual_seed(n)), 24, 32) for n in range(2)]
    shared = fit(torch.rand(5, 7), 24, 32)
    both = Regions([own, [shared]], True, grid)
    for window in grid:
        weights, shares = both.weights(window), both.shares(window)  # (B, h, w) or (h, w) each; (3, B, h, w)
        for n, mask in enumerate(own):
            alone = Regions([[mask], [shared]], True, grid)
            for a, b in zip(weights, alone.weights(window), strict=True):
                torch.testing.assert_close(a[n] if a.ndim == 3 else a, b)
            torch.testing.assert_close(shares[:, n], alone.shares(window))
    rows, cols = torch.arange(24), torch.arange(32)
    torch.testing.assert_close(both.cover(rows, cols)[1:], Regions([own[1:], [shared]], True, grid).cover(rows, cols))
