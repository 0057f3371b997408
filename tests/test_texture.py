"""Texture: refinement that also follows the statistics of the layers before relu4_1."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from adain_core import AdaIN, Region, Style, StyleError
from adain_core.engine.texture import WEIGHT, Texture, all_layers
from adain_core.networks.vgg import LAYERS, VGGEncoder
from adain_core.styles.builtin import builtin_styles, load_library, save_library
from adain_core.tiles.grid import Window
from training.losses import mean_std, style_loss


@pytest.fixture(scope="module")
def photo(astronaut: Tensor) -> Tensor:
    """A real picture of a size that is no multiple of 8, (1, 3, 100, 141)."""
    return astronaut[:, :, 30:130, 160:301]


@pytest.fixture(scope="module")
def painting(coffee: Tensor) -> Tensor:
    return coffee[:, :, :160, :160]


@pytest.fixture(scope="module")
def style(model: AdaIN, painting: Tensor) -> Style:
    return model.style_of(painting, texture=True)


def layers(model: AdaIN, picture: Tensor) -> list[tuple[Tensor, Tensor]]:
    """Mean and std of the four layers of a picture whose sides are multiples of 8."""
    assert isinstance(model.encoder, VGGEncoder)
    with torch.no_grad():
        return [mean_std(tap) for tap in model.encoder.taps(picture)]


def away(model: AdaIN, picture: Tensor, wanted: list[tuple[Tensor, Tensor]]) -> float:
    """The paper's style loss of a picture, as a share of the style's power."""
    assert isinstance(model.encoder, VGGEncoder)
    x = picture[:, :, : picture.shape[2] // 8 * 8, : picture.shape[3] // 8 * 8]
    with torch.no_grad():
        return float(style_loss(model.encoder.taps(x), wanted, relative=True))


def test_a_style_with_texture_has_the_statistics_of_the_layers_before(
    model: AdaIN, painting: Tensor, style: Style
) -> None:
    assert style.texture is not None
    for (mean, std), m, s in zip(
        layers(model, painting)[:-1], style.texture.mean.split(LAYERS[:-1]), style.texture.std.split(LAYERS[:-1]),
        strict=True,
    ):  # fmt: skip
        torch.testing.assert_close(m, mean[0], rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(s, std[0], rtol=1e-4, atol=1e-4)
    plain = model.style_of(painting)
    assert plain.texture is None
    torch.testing.assert_close(style.mean, plain.mean, rtol=1e-4, atol=1e-4)


def test_the_pull_is_the_gradient_of_the_style_loss() -> None:
    """Of arXiv 1703.06868, eq. 13, in units of the content loss's gradient, whose own is the distance itself."""
    torch.manual_seed(0)
    taps = [torch.rand(2, c, 8 * r, 6 * r).requires_grad_() for c, r in zip(LAYERS, (8, 4, 2, 1), strict=True)]
    wanted = Style(torch.rand(2, sum(LAYERS)), torch.rand(2, sum(LAYERS)) + 0.1)
    pulling = Texture([wanted], texture=0.7)
    window = Window(0, 8, 0, 6)
    detached = [tap.detach() for tap in taps]
    pulling.measure([(window, detached)])
    found = pulling.pull(0, window, detached)

    pairs = list(zip(wanted.mean.split(LAYERS, 1), wanted.std.split(LAYERS, 1), strict=True))
    gradients = torch.autograd.grad(0.7 * WEIGHT * style_loss(taps, pairs, relative=True), taps)
    mean, std = pairs[-1]
    power = (mean.square() + std.square()).mean(1)  # (2,) of relu4_1: content loss is |F - t|^2 / (512 cells power B)
    unit = (2 / (LAYERS[-1] * 8 * 6 * power * 2)).view(2, 1, 1, 1)
    for pull, gradient in zip(found, gradients, strict=True):
        torch.testing.assert_close(pull * unit, gradient, rtol=1e-3, atol=1e-9)


def test_pieces_of_a_picture_have_the_statistics_of_the_whole() -> None:
    torch.manual_seed(1)
    taps = [torch.rand(1, c, 8 * r, 6 * r) for c, r in zip(LAYERS, (8, 4, 2, 1), strict=True)]
    wanted = Style(torch.rand(sum(LAYERS)), torch.rand(sum(LAYERS)) + 0.1)
    one, two = Texture([wanted], 1.0), Texture([wanted], 1.0)
    whole = Window(0, 8, 0, 6)
    one.measure([(whole, taps)])
    halves = [Window(0, 3, 0, 6), Window(3, 8, 0, 6)]
    two.measure((half, [half.of(tap, whole, r) for tap, r in zip(taps, (8, 4, 2, 1), strict=True)]) for half in halves)
    for a, b in zip(one.pull(0, whole, taps), two.pull(0, whole, taps), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-5)


def test_texture_brings_every_picture_closer_to_the_style(
    model: AdaIN, photo: Tensor, painting: Tensor, style: Style
) -> None:
    wanted = layers(model, painting)
    without, one, two = (
        away(model, model.stylize(photo, style, refine=2, texture=texture), wanted) for texture in (0.0, 1.0, 2.0)
    )
    assert one < 0.8 * without
    assert two < one


def test_strength_and_blends_mix_textures_like_everything_else(model: AdaIN, painting: Tensor, style: Style) -> None:
    other = model.style_of(painting.flip(1), texture=True)
    assert style.texture is not None and other.texture is not None
    blend = Style.mix([style, other], [1, 3])
    half = style.strength(0.5, other)
    assert blend.texture is not None and half.texture is not None
    torch.testing.assert_close(blend.texture.mean, 0.25 * style.texture.mean + 0.75 * other.texture.mean)
    torch.testing.assert_close(half.texture.std, 0.5 * style.texture.std + 0.5 * other.texture.std)
    assert Style.mix([style, replace(other, texture=None)]).texture is None
    beyond = style.strength(5.0, other)
    assert beyond.texture is not None and float(beyond.texture.std.min()) >= 0


def test_at_half_strength_the_texture_is_half_the_photos_own(
    model: AdaIN, astronaut: Tensor, painting: Tensor, style: Style
) -> None:
    photo = astronaut[:, :, 40:136, 160:296]
    pairs = zip(layers(model, photo), layers(model, painting), strict=True)
    half = [(torch.lerp(m, n, 0.5), torch.lerp(s, t, 0.5)) for (m, s), (n, t) in pairs]
    without, with_it = (
        away(model, model.stylize(photo, style, alpha=0.5, refine=3, texture=texture), half) for texture in (0.0, 1.0)
    )
    assert with_it < 0.8 * without


QUICK = [("uncovered", 0.6)]


@pytest.mark.parametrize(
    ("kind", "alpha"),
    [
        pytest.param(kind, alpha, marks=[] if (kind, alpha) in QUICK else pytest.mark.slow)
        for kind in ("whole", "regions", "background", "uncovered")
        for alpha in (1.0, 0.6)
    ],
)
def test_tiles_do_not_show(model: AdaIN, astronaut: Tensor, style: Style, kind: str, alpha: float) -> None:
    """But for rounding, which steps amplify; what pulls is measured over the whole picture."""
    x = astronaut[:, :, 30:134, 150:254]
    mask = torch.zeros(20, 20)
    mask[:, :11] = 1
    other = model.style_of(astronaut[:, :, 200:360, 200:360], texture=True)
    what: Style | list[Region] = {
        "whole": style,
        "regions": [Region(style, mask), Region(other, 1 - mask, alpha=0.5)],
    }.get(kind, [Region(style, mask)])  # type: ignore[assignment]
    background = other if kind == "background" else None
    whole, tiled = (
        model.stylize(x, what, alpha=alpha, background=background, refine=2, texture=1.0, tile=tile)
        for tile in (None, 64)
    )
    off = (tiled - whole).abs() * 255
    assert float(off.mean()) < 0.5 and float((off > 2).float().mean()) < 0.04
    plain = model.stylize(x, what, alpha=alpha, background=background, refine=2, tile=64)
    assert float((tiled - plain).abs().mean()) * 255 > 1, "a texture is there to be seen"


def test_each_region_takes_its_own_texture(model: AdaIN, astronaut: Tensor, painting: Tensor, style: Style) -> None:
    x = astronaut[:, :, :128, 100:228]
    mask = torch.zeros(16, 16)
    mask[:, :8] = 1
    grainy = (0.5 + 0.2 * torch.randn(1, 3, 96, 96, generator=torch.Generator().manual_seed(0))).clamp(0, 1)
    regions = [Region(style, mask), Region(model.style_of(grainy, texture=True), 1 - mask)]
    plain, out = (model.stylize(x, regions, refine=2, texture=texture) for texture in (0.0, 2.0))
    for columns, picture in ((slice(0, 64), painting), (slice(64, 128), grainy)):
        wanted = layers(model, picture)
        assert away(model, out[..., columns], wanted) < 0.9 * away(model, plain[..., columns], wanted)


def test_a_region_may_be_one_cell_and_strengths_may_differ_in_a_batch(
    model: AdaIN, astronaut: Tensor, style: Style
) -> None:
    x = torch.cat([astronaut[:, :, :96, :96], astronaut[:, :, 200:296, 200:296]])
    mask = torch.zeros(12, 12)
    mask[3, 4] = 1
    regions = [Region(style, mask), Region(style, 1 - mask, alpha=0.5)]
    for options in ({}, {"refine": 1}, {"refine": 1, "texture": 1.0}):
        together = model.stylize(x, regions, **options)  # type: ignore[call-overload]
        for i, one in enumerate(x.split(1)):
            alone = model.stylize(one, regions, **options)[0]  # type: ignore[call-overload]
            assert float((together[i] - alone).abs().mean()) < 1 / 255


def test_pictures_that_lend_their_colours_first_keep_their_texture(model: AdaIN, photo: Tensor) -> None:
    painting = photo.flip(3)[0]
    plain, out = (model.stylize(photo, painting, color="cholesky", refine=1, texture=texture) for texture in (0.0, 1.0))
    assert float((plain - out).abs().mean()) > 1 / 255


@pytest.mark.parametrize("tile", [None, pytest.param(64, marks=pytest.mark.slow)])
def test_progress_ends_at_its_total(model: AdaIN, photo: Tensor, style: Style, tile: int | None) -> None:
    calls: list[tuple[int, int]] = []
    model.stylize(
        photo, style, refine=2, texture=1.0, tile=tile, progress=lambda *now: calls.append(now)  # type: ignore[call-overload]
    )  # fmt: skip
    assert [done for done, _ in calls] == list(range(1, len(calls) + 1))
    assert {total for _, total in calls} == {len(calls)}


def test_half_precision_and_inference_mode_are_fine(photo: Tensor, painting: Tensor, model: AdaIN) -> None:
    half = AdaIN.from_pretrained(device="cpu", dtype="bfloat16")
    wanted = layers(model, painting)
    with torch.inference_mode():
        style = half.style_of(painting, texture=True)
        without, with_it = (half.stylize(photo, style, refine=2, texture=texture).clone() for texture in (0.0, 1.0))
    assert away(model, with_it, wanted) < 0.8 * away(model, without, wanted)


def test_a_file_of_8_kb_holds_the_texture_too(tmp_path: Path, style: Style) -> None:
    assert style.texture is not None
    path, bare = tmp_path / "a.safetensors", tmp_path / "b.safetensors"
    style.save(path)
    replace(style, texture=None).save(bare)
    assert 7600 < path.stat().st_size < 8400 and bare.stat().st_size < 4500
    loaded = Style.load(path)
    assert loaded.texture is not None and Style.load(bare).texture is None
    assert torch.equal(loaded.texture.mean, style.texture.mean) and torch.equal(loaded.texture.std, style.texture.std)
    library = tmp_path / "many.safetensors"
    save_library({"with": style, "without": replace(style, texture=None)}, library)
    both = load_library(library)
    assert both["with"].texture is not None and both["without"].texture is None
    assert torch.equal(both["with"].texture.std, style.texture.std)


def test_a_damaged_texture_is_refused(tmp_path: Path, style: Style) -> None:
    assert style.texture is not None
    path = tmp_path / "a.safetensors"
    replace(style, texture=replace(style.texture, mean=style.texture.mean[:-1])).save(path)
    with pytest.raises(StyleError, match=r"texture.mean \(447,\), std \(448,\)"):
        Style.load(path)


def test_all_built_in_styles_have_texture(model: AdaIN) -> None:
    for style in builtin_styles(model.encoder_id).values():
        assert all_layers(style).mean.shape == (sum(LAYERS),), style.name


def test_a_style_without_texture_says_what_to_do(model: AdaIN, photo: Tensor, style: Style) -> None:
    bare = replace(style, texture=None, name="mine")
    with pytest.raises(StyleError, match="style 'mine' was saved without texture: make it from its picture again"):
        model.stylize(photo, bare, refine=1, texture=1.0)


def test_texture_by_the_small_network_is_refused(photo: Tensor) -> None:
    lite = AdaIN.from_pretrained("lite", device="cpu", dtype="float32")
    with pytest.raises(StyleError, match="texture is of the layers of the paper's network"):
        lite.encode_style(photo[0], texture=True)
