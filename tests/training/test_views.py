"""Crops that come again are encoded once, and what was kept is what would be computed."""

import numpy as np
import pytest
import torch

from adain_core.networks.vgg import VGGEncoder
from training.data import Batches, Crops, open_sources, to_float
from training.losses import mean_std
from training.views import Views, own_where


@pytest.fixture(scope="module")
def encoder() -> VGGEncoder:
    """Random weights, counting its calls."""
    torch.manual_seed(0)
    return VGGEncoder().eval().requires_grad_(False)


def batches(photos, paintings, **given) -> Batches:
    return Batches(
        *open_sources(photos, paintings, None, 64), Crops(32, 64, 0.2), **{"batch": 3, "seed": 3, "views": 2, **given}
    )


def test_a_picture_has_so_many_crops_and_no_more(photos, paintings):
    """Twelve pictures, two views each: after two epochs the same crops come again, whatever the seed."""
    drawn: dict[int, torch.Tensor] = {}
    for k in range(16):  # four epochs
        batch = batches(photos, paintings, style_size=48)[k]
        assert batch["content"].shape == (3, 3, 32, 32) and batch["style"].shape == (3, 3, 48, 48)
        for view, crop in zip(batch["content_view"].tolist(), batch["content"], strict=True):
            assert torch.equal(drawn.setdefault(view, crop), crop)
    assert sorted(drawn) == list(range(24))
    other = batches(photos, paintings, seed=4)[0]
    assert torch.equal(other["content"][0], drawn[int(other["content_view"][0])])
    assert set(batches(photos, paintings, views=0)[0]["content_view"].tolist()) == {-1}


def test_what_is_kept_is_what_would_be_computed(photos, paintings, encoder, tmp_path, monkeypatch):
    batch = batches(photos, paintings)[0]
    x = to_float(batch["content"], torch.device("cpu"), torch.float32)
    path = tmp_path / "views.safetensors"
    first = Views(encoder, features=True, path=path)
    statistics, features = first.look(x, batch["content_view"])
    taps = encoder.taps(x)
    torch.testing.assert_close(features, taps[-1], atol=1e-4, rtol=1e-4)
    for (mean, std), level in zip(statistics, [x, *taps], strict=True):
        torch.testing.assert_close((mean, std), mean_std(level), atol=1e-4, rtol=1e-4)
    first.save()
    monkeypatch.setattr(encoder, "taps", None)  # nothing is encoded again: not in this run, not in the next
    for views in (first, Views(encoder, features=True, path=path)):
        again, kept = views.look(x.flip(0), batch["content_view"].flip(0))
        assert torch.equal(kept, features.flip(0))
        assert all(torch.equal(a[0], b[0].flip(0)) for a, b in zip(again, statistics, strict=True))


def test_crops_without_a_number_are_not_kept(encoder):
    views = Views(encoder, features=False)
    for _ in range(2):
        views.look(torch.rand(2, 3, 16, 16), torch.tensor([-1, -1]))
    assert not views._kept


def test_a_photo_that_is_its_own_style_takes_its_own_statistics():
    photo, painting = ([(torch.full((2, 4), v), torch.full((2, 4), v + 1))] for v in (1.0, 5.0))
    [(mean, std)] = own_where(torch.tensor([True, False]), photo, painting)
    assert np.array_equal(mean[:, 0], [1, 5]) and np.array_equal(std[:, 0], [2, 6])
