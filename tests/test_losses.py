"""The losses: the paper's, and as shares of the style's power."""

import pytest
import torch

from training.losses import block_edges, content_loss, grid_pattern, mean_std, power, style_loss


@pytest.fixture
def features():
    """Features of two pictures, the second one ten times as strong: (2, 8, 6, 6)."""
    rng = torch.Generator().manual_seed(0)
    return torch.rand(2, 8, 6, 6, generator=rng) * torch.tensor([1.0, 10.0])[:, None, None, None]


def test_power_is_the_mean_square(features):
    """Of the features that the statistics were taken of."""
    assert torch.allclose(power(*mean_std(features)), features.square().mean((1, 2, 3)), rtol=1e-4)


def test_relative_losses_do_not_depend_on_scale(features):
    """A style with features ten times as strong, and an output to match, gives the same share."""
    other = features.flip(3).roll(1, 1)  # another picture of the same power
    style = mean_std(features)
    shares = [
        (content_loss(a[None], b[None], power(m[None], s[None])), style_loss([a[None]], [(m[None], s[None])], True))
        for a, b, m, s in zip(other, features, *style, strict=True)
    ]
    content, styles = (torch.stack(x) for x in zip(*shares, strict=True))
    # The two pictures are different draws: it is their size, not their value, that must not differ a hundredfold.
    assert 0.5 < content[0] / content[1] < 2 and 0.2 < styles[0] / styles[1] < 5
    scaled = content_loss(10 * other, 10 * features, power(10 * style[0], 10 * style[1]))
    assert scaled == pytest.approx(float(content_loss(other, features, power(*style))), rel=1e-5)


def test_losses_of_a_batch_are_means_over_its_pictures(features):
    """So that a batch split over processes adds up to the same."""
    other, style = features.flip(3) * 1.1, mean_std(features)
    whole = (
        content_loss(other, features, power(*style)),
        style_loss([other], [style], True),
        style_loss([other], [style]),
    )
    each = [
        (
            content_loss(other[i : i + 1], features[i : i + 1], power(*s)),
            style_loss([other[i : i + 1]], [s], True),
            style_loss([other[i : i + 1]], [s]),
        )
        for i in range(2)
        for s in [tuple(x[i : i + 1] for x in style)]
    ]
    for found, parts in zip(whole, zip(*each, strict=True), strict=True):
        assert float(found) == pytest.approx(float(sum(parts)) / 2, rel=1e-5)


def test_matching_statistics_cost_nothing(features):
    """Whatever the arrangement of pixels."""
    shuffled = features.flatten(2)[:, :, torch.randperm(36)].unflatten(2, (6, 6))
    assert float(style_loss([shuffled], [mean_std(features)], True)) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_mean_and_std_and_their_gradient_are_those_of_their_definition(dtype):
    """They are computed picture by picture with a gradient of their own; a flat channel has one, too."""
    f = torch.randn(2, 5, 6, 7).mul(3).add(1)
    f[1, 2] = 0.5
    f = f.to(dtype)
    to_mean, to_std = torch.randn(2, 5), torch.randn(2, 5)
    gradients = []
    for definition in (False, True):
        x = f.clone().requires_grad_(True)
        if definition:
            var, mean = torch.var_mean(x.float(), (2, 3), unbiased=False)
            std = (var + 1e-5).sqrt()
        else:
            mean, std = mean_std(x)
        ((mean * to_mean).sum() + (std * to_std).sum()).backward()
        gradients.append((mean.detach(), std.detach(), x.grad.float()))
    for found, wanted in zip(*gradients, strict=True):
        torch.testing.assert_close(found, wanted, atol=1e-5 if dtype == torch.float32 else 1e-3, rtol=1e-2)


def test_a_pattern_of_cells_is_told_from_a_photo(astronaut):
    """What repeats every 4 pixels costs its power; a photo, or a pattern of another period, next to nothing."""
    photo = astronaut[:, :, :192, :256]
    dots = torch.zeros(1, 1, 4, 4)
    dots[..., 0, 0] = 0.2
    there = grid_pattern(photo + dots.repeat(1, 1, 48, 64))
    assert float(there) == pytest.approx(0.2**2 * 15 / 256, rel=0.2)  # variance of one in sixteen
    assert float(grid_pattern(photo)) < 0.1 * float(there)
    assert float(grid_pattern(torch.full((1, 3, 20, 28), 0.3))) == pytest.approx(0, abs=1e-10)
    other = torch.zeros(1, 1, 3, 3)
    other[..., 0, 0] = 0.2
    assert float(grid_pattern(photo + other.repeat(1, 1, 64, 86)[..., :256])) < 0.1 * float(there)
    twice = grid_pattern(photo + dots.repeat(1, 1, 48, 64), 8)  # what repeats every 4 pixels repeats every 8
    assert float(twice) == pytest.approx(float(there), rel=0.2)


def test_blocks_are_told_from_a_photo(astronaut):
    """Steps that keep to a grid cost their unevenness: none in a photo, the most where all steps are at the seams."""
    photo = astronaut[:, :, :192, :256]
    blocks = torch.nn.functional.avg_pool2d(photo, 8).repeat_interleave(8, 2).repeat_interleave(8, 3)
    assert float(block_edges(blocks)) == pytest.approx(
        2 * 7, rel=1e-3
    )  # one column in eight has all: variance 7, twice
    assert float(block_edges(photo)) < 0.1
    assert float(block_edges(torch.zeros(2, 3, 32, 40))) == 0
