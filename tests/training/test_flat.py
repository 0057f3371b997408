"""Flat pictures among the photos, and grain on them."""

import numpy as np
import pytest
import torch

from adain_core.networks.vgg import VGGEncoder
from training.data import Batches, Crops, open_sources, to_float
from training.drawings import KINDS, draw
from training.grain import with_grain
from training.losses import mean_std
from training.views import Views


def batches(photos, paintings, **given) -> Batches:
    return Batches(*open_sources(photos, paintings, None, 64), Crops(48, 64), **{"batch": 4, "seed": 3, **given})


def flat_share(picture: np.ndarray) -> float:
    """How many pixels are as their neighbour at the right, within two levels."""
    return float((np.abs(np.diff(picture.astype(int), axis=1)).max(2) <= 2).mean())


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_is_flat_and_never_the_same(kind):
    drawn = [np.asarray(kind(np.random.default_rng(n), 576)) for n in range(4)]
    assert all(flat_share(picture) > 0.4 for picture in drawn)
    assert len({picture.tobytes() for picture in drawn}) == 4


def test_a_drawing_is_a_function_of_its_seed():
    first, again = (draw(np.random.default_rng([1, 2]), 40) for _ in range(2))
    assert first.shape == (40, 40, 3) and first.dtype == np.uint8
    assert np.array_equal(first, again)


def test_grain_lies_where_a_crop_is_flat_and_nowhere_else():
    """The left half is one colour, the right half is noise of its own; over many draws only the left one changes."""
    crop = torch.full((3, 64, 128), 120, dtype=torch.uint8)
    crop[:, :, 64:] = torch.randint(0, 256, (3, 64, 64), generator=torch.Generator().manual_seed(0)).to(torch.uint8)
    moved = [(with_grain(crop, np.random.default_rng(n)).int() - crop.int()) for n in range(6)]
    assert all(int(change[:, :, 64:].abs().max()) == 0 for change in moved)
    assert all(2 < float(change[:, 20:44, 10:40].float().std()) < 20 for change in moved)


def test_drawings_and_grain_come_as_often_as_asked(photos, paintings):
    """Crops of photos have numbers with `views`; what is drawn or has grain has none."""
    plain, none = batches(photos, paintings, views=2), batches(photos, paintings, views=2, drawn=0.0, grain=0.0)
    assert all(torch.equal(plain[k]["content"], none[k]["content"]) for k in range(2))
    both = batches(photos, paintings, views=2, drawn=0.3, grain=0.4)
    new = [view < 0 for k in range(60) for view in both[k]["content_view"].tolist()]
    assert 0.45 < np.mean(new) < 0.7  # 1 - 0.7 x 0.6 = 0.58
    assert torch.equal(both[7]["content"], batches(photos, paintings, views=2, drawn=0.3, grain=0.4)[7]["content"])


def test_a_photo_that_is_to_be_given_back_has_no_grain(photos, paintings):
    clean, grained = (batches(photos, paintings, own=1.0, grain=grain) for grain in (0.0, 1.0))
    assert torch.equal(clean[0]["content"], grained[0]["content"])


def test_crops_with_and_without_a_number_share_a_batch():
    """Those with one are kept; each has its own statistics and features."""
    torch.manual_seed(0)
    encoder = VGGEncoder().eval().requires_grad_(False)
    crops = torch.rand(3, 3, 32, 32)
    x = to_float((crops * 255).to(torch.uint8), torch.device("cpu"), torch.float32)
    views = Views(encoder, features=True)
    for _ in range(2):
        statistics, features = views.look(x, torch.tensor([5, -1, 7]))
        torch.testing.assert_close(features, encoder(x), atol=1e-4, rtol=1e-4)
        torch.testing.assert_close(statistics[0], mean_std(x), atol=1e-4, rtol=1e-4)
    assert sorted(views._kept) == [5, 7]
