"""Keep: refinement that also keeps the content's structure."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from adain_core import AdaIN, Region, Style, StyleError
from adain_core.engine.features import Features
from adain_core.engine.keep import Keep
from adain_core.engine.regions import Regions
from adain_core.engine.texture import all_layers
from adain_core.networks.vgg import LAYERS
from adain_core.tiles.grid import Grid, Window
from adain_core.tiles.sources import Pixels, TensorSource
from training.losses import adain_target, content_loss, mean_std

RELU3_1 = slice(sum(LAYERS[:2]), sum(LAYERS[:3]))


@pytest.fixture(scope="module")
def photo(astronaut: Tensor) -> Tensor:
    """A real picture of a size that is no multiple of 8, (1, 3, 100, 141)."""
    return astronaut[:, :, 30:130, 160:301]


@pytest.fixture(scope="module")
def style(model: AdaIN, coffee: Tensor) -> Style:
    return model.style_of(coffee[:, :, :160, :160], texture=True)


def relu3_1(model: AdaIN, picture: Tensor) -> Tensor:
    """(B, 256, h, w) of a picture, its sides cut to multiples of 8."""
    x = picture[:, :, : picture.shape[2] // 8 * 8, : picture.shape[3] // 8 * 8]
    with torch.no_grad():
        return model.encoder.taps(x)[2]


def keep(model: AdaIN, photo: Tensor, style: Style, weight: float = 1.0, regions: Regions | None = None) -> Keep:
    """What is kept of a photo in a style."""
    grid = Grid(photo.shape[2], photo.shape[3], tile=64)
    features = Features(model.networks, Pixels(TensorSource(photo), grid))
    own = model.style_of(photo, texture=True).texture
    assert own is not None
    return Keep(features, [own], [all_layers(style)], weight, regions)


def test_what_is_kept_is_adain_of_the_contents_own_relu3_1(model: AdaIN, astronaut: Tensor, style: Style) -> None:
    photo = astronaut[:, :, 40:136, 160:296]
    assert style.texture is not None
    mean, std = (x[RELU3_1] for x in (style.texture.mean, style.texture.std))
    target = keep(model, photo, style).target(Grid(96, 136, tile=64).whole)
    torch.testing.assert_close(target, adain_target(relu3_1(model, photo), mean[None], std[None]), rtol=1e-3, atol=1e-2)
    found = mean_std(target)
    torch.testing.assert_close(found[0][0], mean, rtol=1e-2, atol=1e-2)
    torch.testing.assert_close(found[1][0], std, rtol=1e-2, atol=1e-2)


def test_a_window_is_kept_as_the_whole_picture_has_it(model: AdaIN, photo: Tensor, style: Style) -> None:
    kept, whole = keep(model, photo, style), Grid(*photo.shape[2:], tile=64).whole
    window = Window(3, 9, 2, 15)
    torch.testing.assert_close(kept.target(window), window.of(kept.target(whole), whole, 2), rtol=1e-3, atol=1e-3)


def test_the_pull_is_the_gradient_of_the_distance_to_it(model: AdaIN, photo: Tensor, style: Style) -> None:
    """Each loss is a mean over channels and cells, a share of the style's power in its layer; in relu4_1's units."""
    kept, window = keep(model, photo, style, 0.7), Window(2, 6, 3, 8)
    target = kept.target(window)
    f = torch.rand_like(target).requires_grad_()
    [(layer, found)] = kept.at(window)(0, [torch.empty(0), torch.empty(0), f.detach(), torch.empty(0)]).items()
    wanted = all_layers(style)
    powers = [float((m.square() + s.square()).mean()) for m, s in
              zip(wanted.mean.split(LAYERS), wanted.std.split(LAYERS), strict=True)]  # fmt: skip
    (gradient,) = torch.autograd.grad(0.7 * content_loss(f, target) / powers[2], f)
    unit = 2 / (LAYERS[3] * 4 * 5 * powers[3])  # the content loss's gradient at relu4_1 is this times the distance
    assert layer == 2
    torch.testing.assert_close(found * unit, gradient, rtol=1e-3, atol=1e-9)


@pytest.mark.parametrize("texture", [0.0, 1.0])
def test_the_more_is_kept_the_closer_is_relu3_1(model: AdaIN, photo: Tensor, style: Style, texture: float) -> None:
    assert style.texture is not None
    mean, std = (x[RELU3_1][None] for x in (style.texture.mean, style.texture.std))
    target = adain_target(relu3_1(model, photo), mean, std)
    without, one, two = (
        float(content_loss(relu3_1(model, model.stylize(photo, style, refine=2, texture=texture, keep=k)), target))
        for k in (0.0, 1.0, 3.0)
    )
    assert one < 0.95 * without
    assert two < one


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=[] if kind == "uncovered" else pytest.mark.slow)
             for kind in ("whole", "regions", "background", "uncovered")]
)  # fmt: skip
def test_tiles_do_not_show(model: AdaIN, astronaut: Tensor, style: Style, kind: str) -> None:
    """But for rounding, which steps amplify."""
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
        model.stylize(x, what, alpha=0.6, background=background, refine=2, texture=1.0, keep=1.0, tile=tile)
        for tile in (None, 64)
    )
    off = (tiled - whole).abs() * 255
    assert float(off.mean()) < 0.5 and float((off > 2).float().mean()) < 0.04
    plain = model.stylize(x, what, alpha=0.6, background=background, refine=2, texture=1.0, tile=64)
    assert float((tiled - plain).abs().mean()) * 255 > 0.5, "what is kept is there to be seen"


def test_pictures_of_a_batch_keep_what_is_their_own(model: AdaIN, astronaut: Tensor, style: Style) -> None:
    x = torch.cat([astronaut[:, :, :96, :96], astronaut[:, :, 200:296, 200:296]])
    together = model.stylize(x, style, refine=1, keep=1.0)
    for i, one in enumerate(x.split(1)):
        alone = model.stylize(one, style, refine=1, keep=1.0)[0]
        assert float((together[i] - alone).abs().mean()) < 1 / 255


def test_the_luminance_is_kept_where_only_that_is_painted(model: AdaIN, photo: Tensor, coffee: Tensor) -> None:
    painting = coffee[0, :, :96, :96]
    plain, out = (model.stylize(photo, painting, color="luminance", refine=1, keep=k) for k in (0.0, 1.0))
    assert float((plain - out).abs().mean()) > 0.5 / 255


def test_progress_ends_at_its_total(model: AdaIN, photo: Tensor, style: Style) -> None:
    calls: list[tuple[int, int]] = []
    model.stylize(photo, style, refine=2, keep=1.0, progress=lambda *now: calls.append(now))  # type: ignore[call-overload]
    assert [done for done, _ in calls] == list(range(1, len(calls) + 1))
    assert {total for _, total in calls} == {len(calls)}


def test_a_style_without_texture_says_what_to_do(model: AdaIN, photo: Tensor, style: Style) -> None:
    bare = replace(style, texture=None, name="mine")
    with pytest.raises(StyleError, match=r"style 'mine' was saved without texture.*texture and keep 0"):
        model.stylize(photo, bare, refine=1, keep=1.0)
