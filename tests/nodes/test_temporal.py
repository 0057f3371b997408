"""Statistics smoothed over time."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pack_under_test import PlainModel, part
from reference import statistics

from adain_core.errors import StyleError
from adain_core.styles.style import Style
from adain_core.styles.temporal import smooth


def frames(count: int, seed: int = 0) -> torch.Tensor:
    """Feature maps (T, C, h, w) whose statistics differ from frame to frame."""
    g = torch.Generator().manual_seed(seed)
    return torch.randn(count, 5, 6, 7, generator=g) * (1 + torch.arange(count)[:, None, None, None]) + 3


@given(st.integers(2, 6), st.integers(0, 100))
@settings(max_examples=20, deadline=None)
def test_pooling_is_the_statistics_of_all_frames_as_one_picture(count: int, seed: int) -> None:
    f = frames(count, seed)
    pooled = smooth(statistics(f), float("inf"))
    whole = statistics(f.transpose(0, 1).flatten(1)[None, :, :, None])
    for row in range(count):
        assert torch.allclose(pooled.mean[row], whole.mean, rtol=1e-5, atol=1e-5)
        assert torch.allclose(pooled.std[row], whole.std, rtol=1e-5, atol=1e-5)


def test_zero_leaves_frames_alone_and_constant_frames_stay() -> None:
    own = statistics(frames(4))
    assert smooth(own, 0) is own
    same = statistics(frames(1).repeat(5, 1, 1, 1))
    assert torch.allclose(smooth(same, 2.0).mean, same.mean) and torch.allclose(smooth(same, 2.0).std, same.std)


def test_smoothing_changes_slowly() -> None:
    """A jump in the statistics becomes a slope, wider for a larger sigma; far from it nothing changes."""
    f = torch.cat([frames(1).repeat(10, 1, 1, 1), 3 * frames(1).repeat(10, 1, 1, 1)])
    own = statistics(f)
    steps = [float(smooth(own, s).mean.diff(dim=0).abs().max()) for s in (0.0, 1.0, 3.0)]
    assert steps[0] > 2 * steps[1] > 3 * steps[2] > 0
    assert torch.allclose(smooth(own, 1.0).mean[0], own.mean[0])


def test_frames_count_by_their_cells() -> None:
    """Regions of different sizes pool to the statistics of all their cells; frames without cells count nowhere."""
    f = frames(2)
    parts = [f[:1, :, :, :2], f[1:, :, :, :5]]
    own = [statistics(part) for part in parts]
    rows = Style(
        torch.stack([own[0].mean, own[1].mean, own[0].mean * 99]), torch.stack([s.std for s in [*own, own[0]]])
    )
    pooled = smooth(rows, float("inf"), torch.tensor([12.0, 30.0, 0.0]))
    whole = statistics(torch.cat([part.flatten(2) for part in parts], 2)[:, :, :, None])
    assert torch.allclose(pooled.mean, whole.mean.expand(3, -1), rtol=1e-5, atol=1e-5)
    assert torch.allclose(pooled.std, whole.std.expand(3, -1), rtol=1e-5, atol=1e-5)
    alone = smooth(rows, 0.01, torch.tensor([12.0, 30.0, 0.0]))  # its neighbours are out of reach
    assert torch.equal(alone.mean[2], rows.mean[2])


@pytest.mark.parametrize("sigma", [-1.0, float("nan")])
def test_bad_sigma(sigma: float) -> None:
    with pytest.raises(StyleError, match="give a number of frames, 0 or more"):
        smooth(statistics(frames(3)), sigma)


def test_a_still_region_flickers_less(plain: PlainModel) -> None:
    """Half of the picture is still, the other changes from dark to bright: pooled, the still half stays the same."""
    g = torch.Generator().manual_seed(1)
    still = torch.rand(1, 96, 112, 3, generator=g).repeat(4, 1, 1, 1)
    moving = torch.rand(1, 96, 80, 3, generator=g) * torch.linspace(0.1, 1, 4)[:, None, None, None]
    clip = torch.cat([still, moving], 2)
    style = part("adain_core.styles.builtin").builtin_styles()["starry-night"]
    changes = {}
    for mode in ("independent", "smooth", "pool"):
        out = part("nodes.engine.stylize").stylize(plain, clip, style, mode=mode, sigma=2.0)
        changes[mode] = float(out[:, :, :40].diff(dim=0).abs().mean())
    assert changes["independent"] > 2 * changes["smooth"] > 0
    assert changes["pool"] < 1e-4
