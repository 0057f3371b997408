"""The small network: the same promises as the paper's, two levels of features in one tensor."""

import copy
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import statistics

from adain_core import AdaIN, Region, Style, builtin_styles
from adain_core.engine import adain
from adain_core.errors import StyleError, WeightsError
from adain_core.networks.lite import COARSE, FINE, LiteDecoder, LiteEncoder, gather, scatter
from adain_core.styles.builtin import read_by
from adain_core.styles.moments import EPS, Moments
from adain_core.weights.network_files import load_decoder, load_encoder, load_vgg, save_decoder, save_encoder
from training.losses import grid_pattern, mean_std, style_loss

ABOUT = {"licence": "CC0", "origin": "random numbers", "recipe": "none"}


@pytest.fixture(scope="module")
def lively() -> tuple[LiteEncoder, LiteDecoder]:
    """Random weights, every layer of which does something (as built, most add nothing yet)."""
    torch.manual_seed(0)
    nets = LiteEncoder(), LiteDecoder()
    for net in nets:
        for weight in net.parameters():
            if weight.ndim == 4:
                torch.nn.init.kaiming_uniform_(weight, a=5**0.5)
    return nets


@pytest.fixture(scope="module")
def lite(lively: tuple[LiteEncoder, LiteDecoder]) -> AdaIN:
    """The small network of random weights, in float32."""
    return AdaIN(*copy.deepcopy(lively), device="cpu", dtype="float32")  # it freezes what it gets


@pytest.fixture(scope="module")
def bundled() -> AdaIN:
    """The one that comes with the program."""
    return AdaIN.from_pretrained("lite", device="cpu", dtype="float32")


@settings(max_examples=20, deadline=None)
@given(n=st.sampled_from([2, 4]), h=st.integers(1, 4), w=st.integers(1, 4), c=st.integers(1, 4))
def test_gathering_pixels_into_cells_keeps_each_pixel_together_and_is_undone(n: int, h: int, w: int, c: int) -> None:
    x = torch.rand(2, c, n * h, n * w)
    cells = gather(x, n)
    assert cells.shape == (2, n * n * c, h, w)
    assert torch.equal(cells[:, :c], x[:, :, ::n, ::n])  # the first pixel of each cell
    assert torch.equal(cells[:, -c:], x[:, :, n - 1 :: n, n - 1 :: n])  # the last
    assert torch.equal(scatter(cells, n), x)


def test_it_begins_as_the_photo_itself_in_the_colours_of_the_style(astronaut: torch.Tensor) -> None:
    """Before any training: alpha 0 gives the photo back, and a style its mean and spread, for each colour."""
    model = AdaIN(LiteEncoder(), LiteDecoder(), device="cpu", dtype="float32")
    x = astronaut[:, :, :96, :128]
    other = (x.flip(1) * 0.5 + 0.2).clamp(0, 1)
    torch.testing.assert_close(model.stylize(x, model.style_of(other), alpha=0.0), x, atol=1e-4, rtol=0)
    painted = model.decoder(adain.apply(model.encode(x), adain.affine(model.style_of(x), model.style_of(other))))
    torch.testing.assert_close(painted.mean((2, 3)), other.mean((2, 3)), atol=1e-3, rtol=0)


def test_the_fine_level_has_the_statistics_of_the_one_map_it_is(lite: AdaIN, astronaut: torch.Tensor) -> None:
    """Four phases lie side by side in the channels; they are normalised as one, or they would show as a pattern."""
    x = astronaut[:, :, :96, :128]
    style = lite.style_of(x)
    fine = scatter(lite.encode(x)[:, : 4 * FINE], 2)  # (1, 64, 24, 32)
    var, mean = torch.var_mean(fine, (0, 2, 3), unbiased=False)
    torch.testing.assert_close(style.mean[: 4 * FINE], mean.repeat(4), atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(style.std[: 4 * FINE], (var + EPS).sqrt().repeat(4), atol=1e-5, rtol=1e-4)
    coarse = statistics(lite.encode(x)[:, 4 * FINE :])
    torch.testing.assert_close(style.std[4 * FINE :], coarse.std)
    assert style.mean.shape == (4 * FINE + COARSE,)


def test_pieces_gathered_share_their_statistics_too(lite: AdaIN, astronaut: torch.Tensor) -> None:
    f = lite.encode(astronaut[:, :, :96, :128])
    moments = Moments(lite.encoder.phases)
    for piece in f.split(5, 2):
        moments.add(piece)
    whole = lite.style_of(astronaut[:, :, :96, :128])
    torch.testing.assert_close(moments.style().std, whole.std, rtol=1e-5, atol=0)
    torch.testing.assert_close(moments.style().mean, whole.mean, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("net", [0, 1])
def test_a_cell_depends_on_as_many_cells_around_it_as_the_halo_says(
    lively: tuple[LiteEncoder, LiteDecoder], net: int
) -> None:
    """Not one less (a tile would differ) and not one more (it would cost time)."""
    module, side, middle = lively[net], 40, 20
    x = torch.randn(1, 3, 8 * side, 8 * side) if net == 0 else torch.randn(1, module_channels(lively), side, side)
    x.requires_grad_(True)
    y = module(x)
    n = y.shape[2] // side
    y[:, :, middle * n : (middle + 1) * n, middle * n : (middle + 1) * n].square().sum().backward()
    assert x.grad is not None
    seen = x.grad.abs().sum((0, 1)).unflatten(0, (side, -1)).unflatten(2, (side, -1)).sum((1, 3)).nonzero()
    assert (middle - int(seen.min()), int(seen.max()) - middle) == (module.halo, module.halo)


def module_channels(nets: tuple[LiteEncoder, LiteDecoder]) -> int:
    return nets[0].channels


def test_tiled_equals_untiled(lite: AdaIN, astronaut: torch.Tensor, coffee: torch.Tensor) -> None:
    x, style = astronaut[:, :, 100:349, 60:397], lite.style_of(coffee[:, :, :200, :150])
    left = torch.linspace(1, 0, 70).expand(50, 70)
    for what in (style, [Region(style, left)]):
        whole, tiled = (lite.stylize(x, what, alpha=0.8, tile=tile) for tile in (None, 72))
        assert float((tiled - whole).abs().max()) < 1e-4


def test_mixing_styles_mixes_what_adain_gives(lite: AdaIN, astronaut: torch.Tensor, coffee: torch.Tensor) -> None:
    """Equation 15 on both levels: statistics mixed, or normalised features mixed."""
    f, content = lite.encode(astronaut[:, :, :128, :128]), lite.style_of(astronaut[:, :, :128, :128])
    styles = [lite.style_of(coffee[:, :, :128, :128]), lite.style_of(coffee[:, :, 128:, 200:])]
    mixed = adain.apply(f, adain.affine(content, Style.mix(styles, [0.3, 0.7])))
    apart = [adain.apply(f, adain.affine(content, style)) for style in styles]
    torch.testing.assert_close(mixed, 0.3 * apart[0] + 0.7 * apart[1], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (2, 9), (17, 8), (33, 50)])
def test_a_picture_of_any_size_keeps_it(lite: AdaIN, height: int, width: int) -> None:
    style = lite.style_of(torch.rand(1, 3, 20, 30))
    assert lite.stylize(torch.rand(1, 3, height, width), style).shape == (1, 3, height, width)


def test_every_weight_learns(lively: tuple[LiteEncoder, LiteDecoder]) -> None:
    encoder, decoder = lively
    decoder(encoder(torch.rand(1, 3, 32, 32))).square().sum().backward()
    assert [
        n for net in lively for n, p in net.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0
    ] == []


def test_files_name_the_network_and_fit_two_megabytes(
    lively: tuple[LiteEncoder, LiteDecoder], tmp_path: Path, model: AdaIN
) -> None:
    """Written, found and read as the paper's network is; losses refuse it as a judge, and its styles other models."""
    encoder = save_encoder(lively[0], tmp_path / "encoder.safetensors", network="lite", **ABOUT)
    save_decoder(lively[1], tmp_path / "decoder.safetensors", encoder=encoder, network="lite", **ABOUT)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 2_000_000
    assert isinstance(load_encoder(tmp_path / "encoder.safetensors"), LiteEncoder)
    assert isinstance(load_decoder(tmp_path / "decoder.safetensors"), LiteDecoder)
    loaded = AdaIN.from_pretrained(tmp_path, device="cpu", dtype="float32")
    assert loaded.encoder_id == encoder
    with pytest.raises(WeightsError, match="is a LiteEncoder"):
        load_vgg(tmp_path / "encoder.safetensors")
    with pytest.raises(StyleError, match="made with encoder"):
        model.stylize(torch.rand(1, 3, 16, 16), loaded.style_of(torch.rand(1, 3, 16, 16)))
    with pytest.raises(WeightsError, match="known are vgg19, lite"):
        save_decoder(lively[1], tmp_path / "other.safetensors", encoder=encoder, network="large", **ABOUT)


def test_the_bundled_one_paints(bundled: AdaIN, model: AdaIN, astronaut: torch.Tensor, coffee: torch.Tensor) -> None:
    """Judged by VGG-19, a picture is nearer to its style than the photo was, and still the photo."""
    x = astronaut[:, :, 64:320, 64:320]
    for style in (coffee[:, :, :256, :256], 1 - coffee[:, :, 100:356, 200:456]):
        out = bundled.stylize(x, bundled.style_of(style))
        wanted = [mean_std(tap) for tap in model.encoder.taps(style)]
        before, after = (float(style_loss(model.encoder.taps(y), wanted, relative=True)) for y in (x, out))
        f, g = model.encode(x), model.encode(out)
        assert after < 0.5 * before
        assert float((f - g).square().mean() / f.square().mean()) < 0.9
        assert float(grid_pattern(out, window=32)) < 5e-4  # no dots at a distance of 4 pixels
        assert float(grid_pattern(out, 8)) ** 0.5 * 255 < 4  # 8-bit levels; photos have about 2: no mesh of its cells


def test_built_in_styles_go_to_either_network(bundled: AdaIN, model: AdaIN, astronaut: torch.Tensor) -> None:
    """By name, or as the style of the other network; what one made oneself stays with its own."""
    own, other = builtin_styles(bundled.encoder_id), builtin_styles()
    assert list(own) == list(other) and own["scream"].encoder == bundled.encoder_id != other["scream"].encoder
    x = astronaut[:, :, :64, :64]
    by_name = bundled.stylize(x, "scream")
    assert torch.equal(by_name, bundled.stylize(x, other["scream"]))
    back = read_by(own["scream"], model.encoder_id)
    assert back.encoder == model.encoder_id and torch.equal(back.mean, other["scream"].mean)
    mine = Style.mix([other["scream"], other["starry-night"]])
    with pytest.raises(StyleError, match="made with encoder"):
        bundled.stylize(x, mine)
