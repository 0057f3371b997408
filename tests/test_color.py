"""What colour keeping promises. Pictures: scikit-image's samples (astronaut, coffee, chelsea, rocket)."""

import math

import pytest
import torch
import torch.nn.functional as F
from color_reference import match_histogram, rgb_to_yiq, yiq_to_rgb
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage import data
from torch import Tensor

from adain_core.color import matching as color
from adain_core.color.matching import HISTOGRAM_METHODS, NOISE, TRUSTED, ColorMoments, HistogramMethod
from adain_core.errors import AdaINError
from adain_core.options import COLOR_MODES

EXACT = 1e-4  # what is promised for mean and covariance
few = settings(max_examples=12, deadline=None)
sizes = st.integers(min_value=1, max_value=24)
seeds = st.integers(min_value=0, max_value=10_000)
methods = pytest.mark.parametrize("method", HISTOGRAM_METHODS)


def photo(name: str, size: int | None = None) -> Tensor:
    """(1, 3, H, W) of a sample; with a size, its longer side has that many pixels."""
    x = torch.from_numpy(getattr(data, name)()).permute(2, 0, 1)[None].float() / 255
    if size is not None:
        scale = size / max(x.shape[2:])
        shape = [round(n * scale) for n in x.shape[2:]]
        x = F.interpolate(x, shape, mode="bilinear", antialias=True, align_corners=False).clamp(0, 1)
    return x


def colourful(height: int, width: int, seed: int) -> Tensor:
    """Random pixels around a random colour, which vary in every direction of RGB if there are a few of them."""
    g = torch.Generator().manual_seed(seed)
    return (torch.rand(1, 3, 1, 1, generator=g) + 0.3 * torch.randn(1, 3, height, width, generator=g)).clamp(0, 1)


def flat(rgb: tuple[float, float, float], size: int = 40) -> Tensor:
    return torch.tensor(rgb)[None, :, None, None].expand(1, 3, size, size).contiguous()


def grey(x: Tensor) -> Tensor:
    return color.luminance(x).repeat(1, 3, 1, 1)


def single_channel(x: Tensor, channel: int) -> Tensor:
    """A picture of one pure colour in all its shades."""
    out = torch.zeros_like(x)
    out[:, channel] = x[:, channel]
    return out


def assert_same_moments(x: Tensor, target: Tensor, tolerance: float = EXACT) -> None:
    a, b = ColorMoments.of(x), ColorMoments.of(target)
    assert (a.mean - b.mean).abs().max() < tolerance
    assert (a.cov - b.cov).abs().max() < tolerance


def gain(matrix: Tensor) -> float:
    """The most that any direction of colour is amplified."""
    return float(torch.linalg.matrix_norm(matrix, 2))


# --- moments


def test_moments_are_mean_and_covariance_divided_by_the_pixel_count() -> None:
    x = photo("coffee", 200)
    moments, pixels = ColorMoments.of(x), x.double()[0].flatten(1)
    assert torch.allclose(moments.mean, pixels.mean(1), atol=1e-12, rtol=0)
    assert torch.allclose(moments.cov, torch.cov(pixels, correction=0), atol=1e-12, rtol=0)
    y = color.luminance(x.double())
    assert moments.luminance == pytest.approx((float(y.mean()), float(y.std(correction=0))), abs=1e-12)


@few
@given(sizes, sizes, seeds, st.data())
def test_moments_do_not_depend_on_how_the_picture_is_cut(
    height: int, width: int, seed: int, draw: st.DataObject
) -> None:
    x, weights = colourful(height, width, seed), torch.rand(height, width)
    row, column = draw.draw(st.integers(1, height)), draw.draw(st.integers(1, width))
    tiles = ColorMoments()
    for rows in x.split(row, 2):
        for tile in rows.split(column, 3):
            tiles.add(tile)
    whole = ColorMoments.of(x)
    assert torch.allclose(tiles.mean, whole.mean, atol=1e-12, rtol=0)
    assert torch.allclose(tiles.cov, whole.cov, atol=1e-12, rtol=0)
    tiles = ColorMoments()
    for part, w in zip(x.split(row, 2), weights.split(row), strict=True):
        tiles.add(part, w)
    whole = ColorMoments.of(x, weights)
    assert torch.allclose(tiles.mean, whole.mean, atol=1e-12, rtol=0)
    assert torch.allclose(tiles.cov, whole.cov, atol=1e-12, rtol=0)


def test_moments_of_a_picture_larger_than_one_strip_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    x, weights = colourful(50, 30, 0), torch.rand(50, 30)
    whole, weighted = ColorMoments.of(x).cov, ColorMoments.of(x, weights).cov
    monkeypatch.setattr(color, "STRIP_PIXELS", 100)
    assert torch.allclose(ColorMoments.of(x).cov, whole, atol=1e-12, rtol=0)
    assert torch.allclose(ColorMoments.of(x, weights).cov, weighted, atol=1e-12, rtol=0)


def test_weights_of_0_and_1_are_a_crop_and_only_their_ratio_counts() -> None:
    x = photo("chelsea", 120)
    weights = torch.zeros(x.shape[2:])
    weights[10:40, 20:90] = 1
    crop = ColorMoments.of(x[:, :, 10:40, 20:90])
    for w in (weights, 7 * weights, weights.half()):
        masked = ColorMoments.of(x, w)
        assert torch.allclose(masked.mean, crop.mean, atol=1e-12, rtol=0)
        assert torch.allclose(masked.cov, crop.cov, atol=1e-12, rtol=0)


def test_a_batch_counts_as_one_large_picture() -> None:
    x = colourful(8, 6, 0)
    batch = torch.cat(x.split(2, 3))  # (3, 3, 8, 2)
    weights = torch.rand(8, 2)
    assert torch.allclose(ColorMoments.of(batch).cov, ColorMoments.of(x).cov, atol=1e-12, rtol=0)
    assert torch.allclose(
        ColorMoments.of(batch, weights).cov, ColorMoments.of(x, weights.repeat(1, 3)).cov, atol=1e-12, rtol=0
    )


def test_pieces_may_be_added_inside_and_outside_of_inference_mode() -> None:
    x = colourful(8, 6, 0)
    with torch.inference_mode():
        moments = ColorMoments.of(x[:, :, :5])
    moments.add(x[:, :, 5:])
    assert torch.allclose(moments.cov, ColorMoments.of(x).cov, atol=1e-12, rtol=0)


# --- histogram matching


@methods
@pytest.mark.parametrize(("source", "target"), [("astronaut", "coffee"), ("coffee", "chelsea"), ("chelsea", "rocket")])
def test_matched_photos_have_the_targets_mean_and_covariance(method: HistogramMethod, source: str, target: str) -> None:
    x, y = photo(source, 300), photo(target, 220)
    assert_same_moments(match_histogram(x, y, method, clip=False), y)
    assert_same_moments(match_histogram(y, x, method, clip=False), x)


@methods
@pytest.mark.parametrize(("source_size", "target_size"), [(512, 256), (256, 512), (1024, 512), (512, 1024)])
def test_contrast_does_not_depend_on_the_sizes(method: HistogramMethod, source_size: int, target_size: int) -> None:
    """Ports that leave out the division by the pixel count are off by sqrt(N_target / N_source): x2 or x0.5 here."""
    source, target = photo("coffee", source_size), photo("astronaut", target_size)
    matched = match_histogram(source, target, method, clip=False)
    ratio = matched.std((2, 3), correction=0) / target.std((2, 3), correction=0)
    assert torch.allclose(ratio, torch.ones_like(ratio), atol=1e-3, rtol=0)


@few
@given(sizes, sizes, sizes, sizes, seeds, st.sampled_from(HISTOGRAM_METHODS))
def test_any_two_sizes_give_the_targets_moments(
    h: int, w: int, height: int, width: int, seed: int, method: HistogramMethod
) -> None:
    source, target = colourful(h, w, seed), colourful(height, width, seed + 1)
    matched = match_histogram(source, target, method, clip=False)
    assert matched.shape == source.shape
    least = torch.linalg.eigvalsh(ColorMoments.of(source).cov)[0].clamp_min(0).sqrt()
    if least > TRUSTED:
        assert_same_moments(matched, target)
    else:
        assert (ColorMoments.of(matched).mean - ColorMoments.of(target).mean).abs().max() < EXACT


@methods
@pytest.mark.parametrize(
    "target",
    [
        grey(photo("chelsea", 150)),
        flat((0.2, 0.6, 0.9)),
        flat((0.0, 0.0, 0.0)),
        flat((1.0, 1.0, 1.0), size=1),
        single_channel(photo("chelsea", 150), 0),
        single_channel(photo("chelsea", 150), 2),
    ],
    ids=["grey", "flat", "black", "one white pixel", "reds", "blues"],
)
def test_grey_flat_and_single_colour_targets_are_matched_exactly(method: HistogramMethod, target: Tensor) -> None:
    assert_same_moments(match_histogram(photo("astronaut", 200), target, method, clip=False), target)


@methods
@pytest.mark.parametrize("shade", [grey, lambda x: single_channel(x, 1)], ids=["grey", "greens"])
def test_a_source_of_one_hue_is_matched_exactly_to_a_target_of_that_hue(method: HistogramMethod, shade) -> None:
    source, target = shade(photo("astronaut", 200)), shade(photo("coffee", 120))
    assert_same_moments(match_histogram(source, target, method, clip=False), target)


@methods
@pytest.mark.parametrize("rank", [1, 2])
def test_what_the_source_spans_is_matched_exactly_with_the_colour_that_follows_from_it(
    method: HistogramMethod, rank: int
) -> None:
    """A linear map cannot give chroma of its own to a grey picture; all that involves its lightness is the target's."""
    target, photo_source = photo("coffee", 160), photo("astronaut", 200)
    span = torch.tensor([[1.0, 1.0, 1.0], [1.0, 0.0, -1.0]])[:rank]  # grey; grey and red against blue
    source = torch.einsum("ki,kj,bjhw->bihw", span, span / span.square().sum(1, keepdim=True), photo_source)
    matched = ColorMoments.of(match_histogram(source, target, method, clip=False))
    wanted = ColorMoments.of(target)
    span = span.double()
    assert (matched.mean - wanted.mean).abs().max() < EXACT
    assert (span @ matched.cov - span @ wanted.cov).abs().max() < EXACT
    missing = torch.linalg.eigvalsh(wanted.cov - matched.cov)
    assert missing.min() > -EXACT  # no direction varies more than in the target
    assert missing.max() > 10 * EXACT  # and this target does vary in what the source lacks


@methods
def test_a_grey_source_takes_the_targets_average_colour_of_each_lightness(method: HistogramMethod) -> None:
    duotone = torch.lerp(flat((0.1, 0.0, 0.3)), flat((1.0, 0.8, 0.4)), torch.rand(1, 1, 40, 40))
    matched = match_histogram(grey(photo("astronaut", 100)), duotone, method, clip=False)
    assert_same_moments(matched, duotone)  # lightness determines this target's colour


@methods
def test_a_flat_source_becomes_the_targets_mean_colour(method: HistogramMethod) -> None:
    target = photo("astronaut", 100)
    matched = match_histogram(flat((0.5, 0.1, 0.3)), target, method)
    mean = ColorMoments.of(target).mean.float()[:, None, None]
    assert (matched - mean).abs().max() < 1e-6


@methods
@pytest.mark.parametrize("base", [flat((0.5, 0.5, 0.5), 64), grey(photo("chelsea", 64))], ids=["flat", "grey"])
def test_8_bit_noise_is_not_amplified(method: HistogramMethod, base: Tensor) -> None:
    """One step up or down on each channel must not become the chroma of a colourful target."""
    g = torch.Generator().manual_seed(0)
    steps = torch.randint(-1, 2, base.shape, generator=g)
    noisy = ((base * 255).round() + steps).clamp(0, 255) / 255
    target = ColorMoments.of(photo("astronaut", 200))
    noise_map = color.histogram_map(ColorMoments.of(noisy), target, method)[0]
    clean_map = color.histogram_map(ColorMoments.of((base * 255).round() / 255), target, method)[0]
    assert gain(noise_map) < 1.05 * gain(clean_map) + 1e-6


@methods
def test_the_map_passes_from_noise_to_spread_without_a_jump(method: HistogramMethod) -> None:
    """A video that fades to flat or to grey must not flicker."""
    x = photo("coffee", 100)
    target = ColorMoments.of(photo("astronaut", 100))
    step, before = NOISE / 100, None
    for i in range(80, 170):
        spread = torch.linalg.eigvalsh(ColorMoments.of(x).cov)[0].sqrt()
        source = ColorMoments.of(x.double() * (i * step / spread))  # its least varied direction: 0.8 to 1.7 steps
        matrix = color.histogram_map(source, target, method)[0]
        # How far a pixel one std from the mean moves from one picture of the video to the next.
        shift = (matrix - before) @ torch.linalg.cholesky(source.cov) if before is not None else torch.zeros(1)
        assert shift.abs().max() < 0.02
        before = matrix


@methods
def test_a_picture_matched_to_itself_stays_as_it_is(method: HistogramMethod) -> None:
    x = photo("coffee", 200)
    assert (match_histogram(x, x, method) - x).abs().max() < 1e-5


def test_monge_kantorovich_moves_the_colours_least() -> None:
    """The optimal transport between the two colour distributions: no method moves pixels less in the mean square."""
    source, target = photo("coffee", 150), photo("astronaut", 150)
    moved = {m: (match_histogram(source, target, m, clip=False) - source).square().mean() for m in HISTOGRAM_METHODS}
    assert moved["monge-kantorovich"] < min(moved["cholesky"], moved["eigen"])
    matrix = color.histogram_map(ColorMoments.of(source), ColorMoments.of(target), "monge-kantorovich")[0]
    assert torch.allclose(matrix, matrix.T, atol=1e-9) and bool((torch.linalg.eigvalsh(matrix) > 0).all())


def test_the_methods_are_those_of_the_formulas() -> None:
    """A = L_T L_S^-1, and A S^1/2 = T^1/2 with symmetric roots."""
    source, target = ColorMoments.of(photo("coffee", 150)), ColorMoments.of(photo("astronaut", 150))
    a = color.histogram_map(source, target, "cholesky")[0]
    expected = torch.linalg.cholesky(target.cov) @ torch.linalg.inv(torch.linalg.cholesky(source.cov))
    assert torch.allclose(a, expected, atol=1e-9, rtol=0)

    def root(m: Tensor) -> Tensor:
        u, s, _ = torch.linalg.svd(m)
        return u @ s.sqrt().diag() @ u.T

    a = color.histogram_map(source, target, "eigen")[0]
    assert torch.allclose(a, root(target.cov) @ torch.linalg.inv(root(source.cov)), atol=1e-9, rtol=0)


@pytest.mark.parametrize("method", ["eigen", "monge-kantorovich"])
def test_the_order_of_the_channels_does_not_matter(method: HistogramMethod) -> None:
    source, target = photo("coffee", 100), photo("astronaut", 100)
    plain = match_histogram(source, target, method)
    swapped = match_histogram(source.flip(1), target.flip(1), method)
    assert (swapped.flip(1) - plain).abs().max() < 1e-5


@methods
def test_clipping_is_the_only_difference_of_the_clipped_picture(method: HistogramMethod) -> None:
    source, target = photo("coffee", 100), photo("astronaut", 100)
    unclipped = match_histogram(source, target, method, clip=False)
    assert unclipped.max() > 1 or unclipped.min() < 0
    assert torch.equal(match_histogram(source, target, method), unclipped.clamp(0, 1))


def test_each_picture_of_a_batch_is_matched_on_its_own() -> None:
    a, b, target = photo("coffee", 80), photo("coffee", 80).flip(1) * 0.5, photo("astronaut", 100)
    other = grey(target)
    to_one = match_histogram(torch.cat([a, b]), target)
    assert torch.equal(to_one, torch.cat([match_histogram(a, target), match_histogram(b, target)]))
    to_each = match_histogram(torch.cat([a, b]), torch.cat([target, other]))
    assert torch.equal(to_each, torch.cat([match_histogram(a, target), match_histogram(b, other)]))


@methods
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_the_dtype_is_kept_and_half_precision_only_rounds_the_result(
    method: HistogramMethod, dtype: torch.dtype
) -> None:
    source, target = photo("coffee", 100).to(dtype), photo("astronaut", 100).to(dtype)
    matched = match_histogram(source, target, method)
    assert matched.dtype == dtype
    exact = match_histogram(source.float(), target.float(), method)
    assert (matched.float() - exact).abs().max() <= torch.finfo(dtype).eps + 1e-6


# --- luminance


@few
@given(sizes, sizes, seeds)
def test_yiq_round_trip(height: int, width: int, seed: int) -> None:
    x = colourful(height, width, seed)
    yiq = rgb_to_yiq(x)
    assert (yiq_to_rgb(yiq) - x).abs().max() < 1e-6
    assert (yiq[:, :1] - color.luminance(x)).abs().max() < 1e-6


def test_yiq_of_grey_has_no_colour_and_the_primaries_the_ntsc_values() -> None:
    shades = flat((1.0, 1.0, 1.0), 5) * torch.linspace(0, 1, 5)
    yiq = rgb_to_yiq(shades)
    assert (yiq[:, 0] - shades[:, 0]).abs().max() < 1e-6
    assert yiq[:, 1:].abs().max() < 1e-6
    red = rgb_to_yiq(flat((1.0, 0.0, 0.0), 1)).flatten().tolist()
    assert red == pytest.approx([0.299, 0.5959, 0.2115])


def test_keep_color_takes_luminance_from_the_stylized_and_colour_from_the_content() -> None:
    content = photo("astronaut", 120)
    stylized = photo("coffee", 120)[:, :, :80]
    content = content[:, :, :80]
    yiq = rgb_to_yiq(content)
    yiq[:, :1] = color.luminance(stylized)
    wanted = yiq_to_rgb(yiq)
    out = color.keep_color(stylized, content)
    assert (out - wanted.clamp(0, 1)).abs().max() < 1e-6
    inside = ((wanted >= 0) & (wanted <= 1)).all(1)  # (1, H, W) pixels that were not clipped
    assert 0.3 < inside.float().mean() < 1
    colour = (rgb_to_yiq(out) - rgb_to_yiq(content))[:, 1:].abs().amax(1)
    assert colour[inside].max() < 1e-6
    assert (color.luminance(out) - color.luminance(stylized))[:, 0][inside].abs().max() < 1e-6
    assert out.min() >= 0 and out.max() <= 1


@few
@given(sizes, sizes, seeds)
def test_keep_color_of_a_picture_over_itself_is_the_picture(height: int, width: int, seed: int) -> None:
    x = colourful(height, width, seed)
    assert torch.equal(color.keep_color(x, x), x)


def test_keep_color_with_a_luminance_map_gives_the_contents_brightness_and_contrast() -> None:
    # Muted, so that nothing is clipped.
    content, stylized = 0.4 + 0.2 * photo("astronaut", 100), 0.3 + 0.5 * photo("astronaut", 100).flip(3)
    mapped = color.luminance_map(ColorMoments.of(stylized), ColorMoments.of(content))
    out = ColorMoments.of(color.keep_color(stylized, content, luminance_map=mapped)).luminance
    assert out == pytest.approx(ColorMoments.of(content).luminance, abs=EXACT)
    plain = ColorMoments.of(color.keep_color(stylized, content)).luminance
    assert plain == pytest.approx(ColorMoments.of(stylized).luminance, abs=EXACT)


def test_keep_color_takes_one_content_for_a_batch() -> None:
    content, a, b = colourful(6, 5, 0), colourful(6, 5, 1), colourful(6, 5, 2)
    out = color.keep_color(torch.cat([a, b]), content)
    assert torch.equal(out, torch.cat([color.keep_color(a, content), color.keep_color(b, content)]))


@pytest.mark.parametrize("size", [64, 256])
def test_match_luminance_gives_a_grey_style_with_the_contents_mean_and_std(size: int) -> None:
    style, content = photo("coffee", 200), photo("astronaut", size)
    out = color.match_luminance(style, content, clip=False)
    assert out.shape == style.shape
    assert torch.equal(out[:, 0], out[:, 1]) and torch.equal(out[:, 0], out[:, 2])
    assert ColorMoments.of(out).luminance == pytest.approx(ColorMoments.of(content).luminance, abs=EXACT)
    assert torch.equal(color.match_luminance(style, content), out.clamp(0, 1))


def test_match_luminance_of_each_picture_of_a_batch_is_its_own() -> None:
    a, b, content = photo("coffee", 80), photo("coffee", 80) * 0.5, photo("astronaut", 60)
    out = color.match_luminance(torch.cat([a, b]), content)
    assert torch.equal(out, torch.cat([color.match_luminance(a, content), color.match_luminance(b, content)]))


def test_a_flat_style_takes_the_contents_mean_luminance_and_its_noise_stays_out() -> None:
    content = photo("astronaut", 100)
    mean = ColorMoments.of(content).luminance[0]
    noise = torch.randint(-1, 2, (1, 3, 40, 40), generator=torch.Generator().manual_seed(0)) / 255
    for style in (flat((0.2, 0.7, 0.1)), flat((0.0, 0.0, 0.0), 1), flat((0.5, 0.5, 0.5)) + noise):
        assert (color.match_luminance(style, content) - mean).abs().max() < 1e-6


def test_a_flat_content_gives_a_flat_grey_style() -> None:
    out = color.match_luminance(photo("coffee", 60), flat((0.5, 0.5, 0.5)))
    assert (out - 0.5).abs().max() < 1e-6


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_luminance_functions_keep_the_dtype(dtype: torch.dtype) -> None:
    x, y = colourful(9, 7, 0).to(dtype), colourful(9, 7, 1).to(dtype)
    eps = torch.finfo(dtype).eps + 1e-6
    for function in (color.luminance, rgb_to_yiq):
        assert function(x).dtype == dtype
        assert (function(x).float() - function(x.float())).abs().max() <= eps
    for pair in (color.keep_color, color.match_luminance):
        assert pair(x, y).dtype == dtype
        assert (pair(x, y).float() - pair(x.float(), y.float())).abs().max() <= eps


# --- inputs


def test_inputs_are_never_modified() -> None:
    x, y, weights = colourful(9, 7, 0), colourful(9, 7, 1), torch.rand(9, 7)
    copies = x.clone(), y.clone(), weights.clone()
    ColorMoments.of(x, weights)
    for method in HISTOGRAM_METHODS:
        match_histogram(x, y, method)
    color.keep_color(x, y, luminance_map=(0.5, 0.1))
    color.match_luminance(x, y)
    color.luminance(x)
    yiq_to_rgb(rgb_to_yiq(x))
    assert torch.equal(x, copies[0]) and torch.equal(y, copies[1]) and torch.equal(weights, copies[2])


def test_all_modes_have_a_name() -> None:
    assert COLOR_MODES[:3] == HISTOGRAM_METHODS == ("cholesky", "eigen", "monge-kantorovich")
    assert COLOR_MODES[3:] == ("luminance", "luminance-matched")


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (torch.zeros(1, 4, 5, 5), r"\(1, 4, 5, 5\).*without alpha"),
        (torch.zeros(3, 5, 5), r"\(3, 5, 5\).*\(B, 3, H, W\)"),
        (torch.zeros(1, 5, 5, 3), r"\(1, 5, 5, 3\)"),
        (torch.zeros(1, 3, 0, 5), r"\(1, 3, 0, 5\)"),
        (torch.zeros(1, 3, 5, 5, dtype=torch.uint8), r"uint8.*floats in \[0, 1\]"),
        ("photo.jpg", "str"),
    ],
)
def test_what_is_no_picture_is_refused_with_its_shape(x: Tensor, message: str) -> None:
    good = colourful(5, 5, 0)
    calls = [
        lambda: ColorMoments.of(x),
        lambda: color.luminance(x),
        lambda: color.keep_color(x, good),
        lambda: color.keep_color(good, x),
        lambda: color.match_luminance(good, x),
    ]
    for call in calls:
        with pytest.raises(AdaINError, match=message):
            call()


def test_statistics_that_do_not_exist_are_refused() -> None:
    x = colourful(5, 4, 0)
    with pytest.raises(AdaINError, match="mask is empty"):
        _ = ColorMoments().mean
    with pytest.raises(AdaINError, match="mask is empty"):
        _ = ColorMoments.of(x, torch.zeros(5, 4)).cov
    with pytest.raises(AdaINError, match=r"shape \(4, 5\)"):
        ColorMoments.of(x, torch.ones(4, 5))
    with pytest.raises(AdaINError, match=r"-2\.0"):
        ColorMoments.of(x, torch.full((5, 4), -2.0))
    for value in (math.nan, math.inf):
        with pytest.raises(AdaINError, match="NaN"):
            ColorMoments.of(torch.full((1, 3, 5, 4), value))


def test_pictures_that_do_not_go_together_are_refused() -> None:
    with pytest.raises(AdaINError, match="no histogram method 'coral': choose one of cholesky"):
        match_histogram(colourful(5, 5, 0), colourful(5, 5, 1), "coral")  # type: ignore[arg-type]
    with pytest.raises(AdaINError, match="3 source pictures and 2 targets"):
        color.match_luminance(torch.zeros(3, 3, 5, 5), torch.zeros(2, 3, 5, 5))
    with pytest.raises(AdaINError, match="resize"):
        color.keep_color(colourful(5, 5, 0), colourful(5, 6, 0))
    with pytest.raises(AdaINError, match="resize"):
        color.keep_color(colourful(5, 5, 0), torch.zeros(2, 3, 5, 5))
