"""A style is a pair of vectors, and everything about styles is arithmetic on such pairs."""

import itertools
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import statistics

from adain_core import Style, StyleError, builtin_styles
from adain_core.engine.adain import affine, apply, regional
from adain_core.styles.moments import Moments


def random_style(seed: int, encoder: str = "e") -> Style:
    g = torch.Generator().manual_seed(seed)
    return Style(torch.randn(512, generator=g), torch.rand(512, generator=g) + 0.1, encoder, f"s{seed}")


def adain(f: torch.Tensor, style: Style, alpha: float = 1.0) -> torch.Tensor:
    content = statistics(f)
    return apply(f, affine(content, style.strength(alpha, content)))


@settings(max_examples=25, deadline=None)
@given(
    h=st.integers(1, 20), w=st.integers(1, 20), dtype=st.sampled_from([torch.float32, torch.float16, torch.bfloat16])
)
def test_statistics_are_the_biased_mean_and_std_over_space_for_any_size_and_dtype(h, w, dtype) -> None:
    f = (torch.randn(1, 512, h, w) * 3 + 1).to(dtype)
    style = statistics(f)
    wide = f.double()
    torch.testing.assert_close(style.mean, wide.mean((0, 2, 3)).float(), atol=1e-6, rtol=1e-6)
    expected = (wide.var((0, 2, 3), unbiased=False) + 1e-5).sqrt().float()
    torch.testing.assert_close(style.std, expected, atol=1e-6, rtol=1e-6)
    assert style.mean.dtype == style.std.dtype == torch.float32


@settings(max_examples=25, deadline=None)
@given(cut=st.integers(1, 11), seed=st.integers(0, 99))
def test_statistics_do_not_depend_on_how_the_picture_was_cut(cut: int, seed: int) -> None:
    g = torch.Generator().manual_seed(seed)
    f = torch.randn(1, 16, 12, 9, generator=g) * 1e-2 + 1000  # a large mean: naive float32 sums lose the spread
    whole, parts = statistics(f), Moments()
    parts.add(f[:, :, :cut])
    parts.add(f[:, :, cut:])
    torch.testing.assert_close(parts.style().std, whole.std, rtol=1e-6, atol=0)
    torch.testing.assert_close(parts.style().mean, whole.mean, rtol=1e-7, atol=0)


def test_weighted_statistics_ignore_what_has_no_weight() -> None:
    f = torch.randn(1, 8, 6, 6)
    weights = torch.zeros(6, 6)
    weights[1:5, 2:6] = 1
    inside = statistics(f[:, :, 1:5, 2:6])
    spoiled = torch.where(weights > 0, f, torch.full_like(f, 1e3))
    found = statistics(spoiled, weights)
    torch.testing.assert_close(found.mean, inside.mean, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(found.std, inside.std, atol=1e-5, rtol=1e-5)


def test_a_soft_weight_of_two_counts_a_cell_twice() -> None:
    f = torch.randn(1, 8, 1, 10)
    weights = torch.ones(1, 10)
    weights[0, 3] = 2
    doubled = torch.cat([f, f[..., 3:4]], 3)
    torch.testing.assert_close(statistics(f, weights).std, statistics(doubled).std)


def test_pictures_of_a_batch_may_have_weights_of_their_own() -> None:
    """Each gets the statistics it has alone; one that nothing is marked of, or too little, takes the whole's."""
    f = torch.randn(4, 8, 6, 6)
    weights = torch.rand(4, 6, 6)
    weights[1] = 0
    weights[2] = 0
    weights[2, 0, :2] = 1
    moments, whole = Moments(), statistics(f)
    moments.add(f[:, :, :2], weights[:, :2])
    moments.add(f[:, :, 2:], weights[:, 2:])
    found = moments.style(whole)
    for n in (0, 3):
        alone = statistics(f[n : n + 1], weights[n])
        torch.testing.assert_close(found.mean[n], alone.mean)
        torch.testing.assert_close(found.std[n], alone.std)
    assert torch.equal(found.mean[1], whole.mean[1]) and torch.equal(found.std[1], whole.std[1])
    torch.testing.assert_close(found.mean[2], f[2, :, 0, :2].mean(1))
    assert torch.equal(found.std[2], whole.std[2])
    torch.testing.assert_close(moments.total, weights.double().sum((1, 2)))
    with pytest.raises(StyleError, match="the mask is empty"):
        moments.style()


@pytest.mark.parametrize("cells", [1, 2, 7])
def test_a_tiny_region_takes_the_spread_of_the_whole_picture(cells: int) -> None:
    f = torch.randn(1, 8, 6, 6)
    weights = torch.zeros(36)
    weights[:cells] = 1
    moments = Moments()
    moments.add(f, weights.view(6, 6))
    whole = statistics(f)
    region = moments.style(whole)
    assert torch.equal(region.std, whole.std) and region.mean.isfinite().all()


def test_features_take_on_the_statistics_of_the_style() -> None:
    f, style = torch.randn(2, 512, 9, 7) * 4 - 2, random_style(1)
    out = statistics(adain(f, style))
    torch.testing.assert_close(out.mean, style.mean.expand(2, -1), atol=1e-4, rtol=0)
    torch.testing.assert_close(out.std, style.std.expand(2, -1), atol=1e-4, rtol=1e-4)


def test_content_as_its_own_style_changes_nothing() -> None:
    f = torch.randn(1, 512, 8, 8)
    torch.testing.assert_close(adain(f, statistics(f)), f, atol=1e-5, rtol=0)


@pytest.mark.parametrize("alpha", [0.0, 0.3, 1.0, 1.7])
def test_strength_equals_blending_the_features(alpha: float) -> None:
    f, style = torch.rand(1, 512, 8, 8), random_style(2)
    blended = (1 - alpha) * f + alpha * adain(f, style)  # eq. 14
    content = statistics(f)
    if alpha > 1:  # where a spread would turn negative it is floored at 0: leave those channels out
        keep = (1 - alpha) * content.std + alpha * style.std > 0
        torch.testing.assert_close(adain(f, style, alpha)[:, keep], blended[:, keep], atol=1e-4, rtol=1e-4)
    else:
        torch.testing.assert_close(adain(f, style, alpha), blended, atol=1e-4, rtol=1e-4)


def test_mixing_styles_equals_mixing_their_outputs() -> None:
    f, styles, weights = torch.randn(1, 512, 8, 8), [random_style(i) for i in range(4)], [0.1, 0.4, 0.2, 0.3]
    outputs = sum(w * adain(f, s) for w, s in zip(weights, styles, strict=True))  # eq. 15
    torch.testing.assert_close(adain(f, Style.mix(styles, weights)), outputs, atol=1e-5, rtol=1e-5)


def test_the_order_of_a_mix_does_not_matter() -> None:
    pairs = [(random_style(i), w) for i, w in enumerate([0.2, 3.0, 1.3])]
    means = [Style.mix([s for s, _ in p], [w for _, w in p]).mean for p in itertools.permutations(pairs)]
    assert all(torch.allclose(m, means[0], atol=1e-6) for m in means)


@given(scale=st.floats(1e-3, 1e3))
@settings(max_examples=10, deadline=None)
def test_only_the_proportion_of_weights_counts(scale: float) -> None:
    a, b = random_style(1), random_style(2)
    torch.testing.assert_close(Style.mix([a, b], [scale, 3 * scale]).mean, Style.mix([a, b], [0.25, 0.75]).mean)


@pytest.mark.parametrize(
    ("weights", "said"),
    [([0, 0], "sum to 0"), ([-1, 2], "not negative"), ([float("nan"), 1], "finite"), ([1], "2 styles but 1 weights")],
)
def test_weights_that_make_no_mix_are_refused(weights: list[float], said: str) -> None:
    with pytest.raises(StyleError, match=said):
        Style.mix([random_style(1), random_style(2)], weights)


def test_styles_of_different_encoders_do_not_mix() -> None:
    with pytest.raises(StyleError, match="different encoders"):
        Style.mix([random_style(1, "one"), random_style(2, "two")])


@pytest.mark.parametrize("alpha", [-0.1, float("nan"), float("inf"), "0.5", None, True])
def test_alpha_must_be_a_number_from_0(alpha: object) -> None:
    with pytest.raises(StyleError, match="alpha is"):
        random_style(1).strength(alpha, random_style(2))  # type: ignore[arg-type]


def test_a_style_file_holds_everything_in_4_kilobytes(tmp_path: Path) -> None:
    style = Style(torch.randn(512), torch.rand(512), "abc", "waves", {"artist": "Hokusai", "licence": "public domain"})
    style.save(tmp_path / "waves.safetensors")
    back = Style.load(tmp_path / "waves.safetensors")
    assert torch.equal(back.mean, style.mean) and torch.equal(back.std, style.std)
    assert (back.encoder, back.name, back.info) == (style.encoder, style.name, style.info)
    assert 4096 <= (tmp_path / "waves.safetensors").stat().st_size < 5000


def test_what_is_no_style_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StyleError, match="no style file"):
        Style.load(tmp_path / "missing.safetensors")
    (tmp_path / "text.safetensors").write_text("not a tensor file")
    with pytest.raises(StyleError, match="cannot be read"):
        Style.load(tmp_path / "text.safetensors")


def test_a_failing_save_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.safetensors"
    random_style(1).save(path)
    before = path.read_bytes()

    def full(self: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space"):
        random_style(2).save(path)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


def test_regions_apply_each_its_own_map_and_blend_where_soft() -> None:
    f = torch.randn(1, 512, 4, 4)
    content = statistics(f)
    maps = [affine(content, random_style(i)) for i in (1, 2)]
    share = torch.zeros(2, 4, 4)
    share[0, :, :2], share[1, :, 2], share[0, :, 3], share[1, :, 3] = 1, 1, 0.5, 0.5
    out = apply(f, regional(maps, share))
    first, second = (apply(f, m) for m in maps)
    torch.testing.assert_close(out[..., :2], first[..., :2], atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(out[..., 2], second[..., 2], atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(out[..., 3], (first + second)[..., 3] / 2, atol=1e-4, rtol=1e-4)


def test_cells_no_region_holds_keep_their_features() -> None:
    f = torch.randn(1, 512, 4, 4)
    maps = [affine(statistics(f), random_style(1))]
    torch.testing.assert_close(apply(f, regional(maps, torch.zeros(1, 4, 4))), f)


def test_a_style_says_by_name_which_network_made_it() -> None:
    """Of the bundled ones; of others the id is all there is."""
    assert repr(builtin_styles()["scream"]) == "Style('scream', (512,), encoder vgg19)"
    assert repr(Style(torch.zeros(2), torch.ones(2), "0123456789abcdef", "own")).endswith("encoder 0123456789abcdef)")
