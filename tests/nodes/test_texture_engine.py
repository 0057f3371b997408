"""Texture and keep in a graph: the library's pictures, from whatever the styles came."""

from __future__ import annotations

import pytest
import torch
from pack_under_test import PlainModel, of_pack, part
from torch import Tensor

from adain_core import AdaIN, Region, Style
from adain_core.engine.layers import layers_of
from training.losses import mean_std, style_loss

engine = part("nodes.engine.features")
pictures = part("nodes.engine.pictures")
styles = part("nodes.engine.styles")
transfer = part("nodes.engine.transfer")
painting = part("nodes.engine.painting")
one_node = part("nodes.engine.stylize")
PackError = part("adain_core.errors").AdaINError
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def photo(astronaut: Tensor) -> Tensor:
    """Content of a size that is no multiple of 8, (1, 3, 75, 114)."""
    return astronaut[:, :, 40:115, 170:284]


@pytest.fixture(scope="module")
def picture(coffee: Tensor) -> Tensor:
    return coffee[:, :, :128, :128]


@pytest.fixture(scope="module")
def style(model: AdaIN, picture: Tensor) -> Style:
    return model.style_of(picture, texture=True)


def features(plain: PlainModel, x: Tensor) -> object:
    return engine.Features(engine.Encoded(plain, pictures.Frames(x.movedim(1, -1).contiguous()), grain="auto"))


def decode(
    plain: PlainModel, f: object, steps: int = 1, texture: float = 1.0, tile: int = 0, keep: float = 0.0
) -> Tensor:
    out = painting.paint(plain, f, CPU, torch.float32, tile, steps, texture, keep)
    return painting.uncovered(out, f.encoded.frames, f.cover).movedim(-1, 1)


def off(a: Tensor, b: Tensor) -> float:
    """Mean difference in 8-bit levels."""
    assert a.shape == b.shape
    return float((a - b).abs().mean()) * 255


@pytest.mark.parametrize("texture", [0.0, 1.0])
@pytest.mark.parametrize(("alpha", "tile"), [(1.0, 0), (0.6, 64)])
def test_a_blend_keeps_what_the_library_does(
    plain: PlainModel, model: AdaIN, photo: Tensor, style: Style, alpha: float, tile: int, texture: float
) -> None:
    f = transfer.blend(features(plain, photo), of_pack(style), alpha)
    wanted = model.stylize(photo, style, alpha=alpha, refine=1, texture=texture, keep=2.0)
    assert off(decode(plain, f, texture=texture, tile=tile, keep=2.0), wanted) < 0.5
    assert off(decode(plain, f, texture=texture), wanted) > 0.7


def test_frames_that_are_steady_keep_by_their_common_statistics(
    plain: PlainModel, astronaut: Tensor, style: Style
) -> None:
    frames = torch.cat([astronaut[:, :, :64, :80], astronaut[:, :, 200:264, 200:280]])
    pooled = transfer.blend(features(plain, frames), of_pack(style), 1.0, "pool")
    wanted = part("nodes.engine.texture").wanted(pooled, kept=True)
    assert torch.equal(wanted.own[0].mean[0], wanted.own[0].mean[1])


@pytest.mark.parametrize("alpha", [1.0, 0.6])
@pytest.mark.parametrize("tile", [0, 64])
def test_a_blend_is_painted_as_the_library_does(
    plain: PlainModel, model: AdaIN, photo: Tensor, style: Style, alpha: float, tile: int
) -> None:
    f = transfer.blend(features(plain, photo), of_pack(style), alpha)
    assert off(decode(plain, f, tile=tile), model.stylize(photo, style, alpha=alpha, refine=1, texture=1.0)) < 0.5
    assert off(decode(plain, f, texture=0.0), model.stylize(photo, style, alpha=alpha, refine=1, texture=1.0)) > 1


def test_without_steps_texture_and_keep_do_nothing(plain: PlainModel, photo: Tensor, style: Style) -> None:
    f = transfer.blend(features(plain, photo), of_pack(style), 1.0)
    assert torch.equal(decode(plain, f, steps=0, keep=1.0), decode(plain, f, steps=0, texture=0.0))


@pytest.mark.parametrize("background", [False, True])
def test_regions_have_textures_of_their_own(
    plain: PlainModel, model: AdaIN, photo: Tensor, style: Style, background: bool
) -> None:
    other = model.style_of(photo.flip(3), texture=True)
    mask, second = torch.zeros(75, 114), torch.zeros(75, 114)
    mask[:, :50], second[:, 50:80] = 1, 1
    f = transfer.masked(
        features(plain, photo), [of_pack(style), of_pack(other)], [[mask], [second]], [1.0, 0.6],
        background=of_pack(other) if background else None,
    )  # fmt: skip
    wanted = model.stylize(
        photo, [Region(style, mask), Region(other, second, alpha=0.6)], background=other if background else None,
        refine=1, texture=1.0, keep=1.0,
    )  # fmt: skip
    assert off(decode(plain, f, keep=1.0), wanted) < 1
    assert off(decode(plain, f, tile=64, keep=1.0), wanted) < 1


def test_a_mask_after_a_blend_keeps_the_blend_s_texture_elsewhere(
    plain: PlainModel, model: AdaIN, photo: Tensor, picture: Tensor, style: Style
) -> None:
    mask = torch.zeros(75, 114)
    mask[:, :50] = 1
    blended = transfer.blend(features(plain, photo), of_pack(style), 1.0)
    f = transfer.masked(blended, [of_pack(model.style_of(photo, texture=True))], [[mask]], [1.0])
    taps = layers_of(model.encoder)
    with torch.no_grad():
        wanted = [mean_std(tap) for tap in taps(picture)]
        without, with_it = (
            float(style_loss(taps(decode(plain, f, steps=2, texture=t)[:, :, :72, 56:112]), wanted, relative=True))
            for t in (0.0, 2.0)
        )
    assert with_it < 0.9 * without


def test_regions_of_regions_are_refused(plain: PlainModel, photo: Tensor, style: Style) -> None:
    mask = torch.ones(75, 114)
    once = transfer.masked(features(plain, photo), [of_pack(style)], [[mask]], [1.0])
    twice = transfer.masked(once, [of_pack(style)], [[mask]], [1.0])
    decode(plain, twice, texture=0.0)
    with pytest.raises(PackError, match="texture or keep after two AdaIN Masked Transfer nodes"):
        decode(plain, twice)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("size", [0, 64])
def test_pictures_give_their_texture_when_it_is_needed(
    plain: PlainModel, model: AdaIN, photo: Tensor, picture: Tensor, size: int, masked: bool
) -> None:
    mask = None
    if masked:
        mask = torch.zeros(128, 128)
        mask[:70] = 1
    encoded = engine.Encoded(plain, pictures.Frames(picture.movedim(1, -1).contiguous()))
    value = styles.PictureStyle(encoded, None if mask is None else [mask], size)
    assert styles.resolve(value).texture is None
    wanted = model.encode_style(picture[0], mask=mask, size=size or None, texture=True).texture
    found = styles.resolve(value, texture=True).texture
    assert wanted is not None
    torch.testing.assert_close(found.mean[0], wanted.mean, rtol=1e-2, atol=1e-2)
    torch.testing.assert_close(found.std[0], wanted.std, rtol=1e-2, atol=1e-2)


def test_mixes_mix_textures(plain: PlainModel, photo: Tensor, style: Style) -> None:
    encoded = engine.Encoded(plain, pictures.Frames(photo.movedim(1, -1).contiguous()))
    mix = styles.MixedStyle([styles.PictureStyle(encoded), of_pack(style)], [1.0, 3.0])
    one = styles.resolve(styles.PictureStyle(encoded), texture=True).texture
    assert style.texture is not None
    torch.testing.assert_close(
        styles.resolve(mix, texture=True).texture.mean, 0.25 * one.mean[0] + 0.75 * style.texture.mean
    )
    assert styles.resolve(mix).texture is None, "nothing is computed that is not asked for"


def test_every_frame_has_its_own_texture_and_mask(
    plain: PlainModel, model: AdaIN, astronaut: Tensor, style: Style
) -> None:
    frames = torch.cat([astronaut[:, :, :64, :80], astronaut[:, :, 200:264, 200:280]])
    masks = [torch.zeros(64, 80), torch.zeros(64, 80)]
    masks[0][:, :30], masks[1][20:] = 1, 1
    out = decode(plain, transfer.masked(features(plain, frames), [of_pack(style)], [masks], [0.7]))
    for i, mask in enumerate(masks):
        wanted = model.stylize(frames[i : i + 1], [Region(style, mask, alpha=0.7)], refine=1, texture=1.0)
        assert off(out[i : i + 1], wanted) < 1


@pytest.mark.parametrize("color", [None, "cholesky", "luminance"])
def test_the_node_for_everything(
    plain: PlainModel, model: AdaIN, photo: Tensor, picture: Tensor, color: str | None
) -> None:
    out = one_node.stylize(
        plain, photo.movedim(1, -1).contiguous(), None, picture.movedim(1, -1).contiguous(), color=color, refine=1,
        texture=1.0, keep=1.0,
    )  # fmt: skip
    wanted = model.stylize(photo, picture[0], color=color, refine=1, texture=1.0, keep=1.0)  # type: ignore[arg-type]
    assert off(out.movedim(-1, 1), wanted) < 0.7


def test_a_style_without_texture_says_what_to_do(
    plain: PlainModel, model: AdaIN, photo: Tensor, picture: Tensor
) -> None:
    f = transfer.blend(features(plain, photo), of_pack(model.style_of(picture)), 1.0)
    with pytest.raises(PackError, match="was saved without texture"):
        decode(plain, f)
