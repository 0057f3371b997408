"""The engine gives the library's own pictures, whatever the batch, the memory and the tiles."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
import torch
from pack_under_test import PlainModel, of_pack, part
from torch import Tensor

from adain_core import AdaIN, Region, Style

engine = part("nodes.engine.features")
pictures = part("nodes.engine.pictures")
styles = part("nodes.engine.styles")
transfer = part("nodes.engine.transfer")
painting = part("nodes.engine.painting")
look = part("nodes.engine.look")
one_node = part("nodes.engine.stylize")
PackError = part("adain_core.errors").AdaINError
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def photo(astronaut: Tensor) -> Tensor:
    """Content of a size that is no multiple of 8, (1, 3, 75, 114)."""
    return astronaut[:, :, 40:115, 170:284]


@pytest.fixture(scope="module")
def painting_style(model: AdaIN, coffee: Tensor) -> Style:
    return model.style_of(coffee[:, :, :128, :128])


def image(x: Tensor) -> Tensor:
    """(B, 3, H, W) as ComfyUI's IMAGE."""
    return x.movedim(1, -1).contiguous()


def features(plain: PlainModel, x: Tensor, **options: object) -> object:
    return engine.Features(engine.Encoded(plain, pictures.Frames(image(x)), **{"grain": "auto", **options}))


def decode(plain: PlainModel, f: object, tile: int = 0, steps: int = 0, texture: float = 0.0) -> Tensor:
    out = painting.paint(plain, f, CPU, torch.float32, tile, steps, texture)
    return painting.uncovered(out, f.encoded.frames, f.cover).movedim(-1, 1)


def same(a: Tensor, b: Tensor) -> bool:
    """Alike to one step of 8 bits."""
    return a.shape == b.shape and float((a - b).abs().max()) <= 1 / 255


def standing_in(compute: Callable[[Tensor], Tensor], encoder: object) -> object:
    """An encoder that computes something else."""
    for name in ("channels", "halo", "phases", "takes_grain"):
        setattr(compute, name, getattr(encoder, name))
    return compute


def lite_encoder() -> str:
    """Id of the bundled small network's encoder."""
    known = part("adain_core.weights.catalog").known_weights()
    return str(known["lite-styles"].encoder)


def test_encode_blend_decode_is_the_library_s_stylize(
    plain: PlainModel, model: AdaIN, photo: Tensor, painting_style: Style
) -> None:
    """One style at a strength, on a picture whose sides are no multiples of 8."""
    out = decode(plain, transfer.blend(features(plain, photo), of_pack(painting_style), 0.7))
    assert same(out, model.stylize(photo, painting_style, alpha=0.7))


def test_decode_refines_as_the_library_does(
    plain: PlainModel, model: AdaIN, photo: Tensor, painting_style: Style
) -> None:
    """From features in full precision, as steps enlarge what half precision rounds: alike to a tenth of a level."""
    f = transfer.blend(features(plain, photo), of_pack(painting_style), 1.0)
    wanted = model.stylize(photo, painting_style, refine=1)
    decode(plain, f)  # keeps features in half precision
    assert float((decode(plain, f, steps=1) - wanted).abs().mean()) < 0.1 / 255
    assert float((decode(plain, f) - wanted).abs().mean()) > 2 / 255, "without steps it is another picture"
    node = one_node.stylize(plain, image(photo), of_pack(painting_style), refine=1).movedim(-1, 1)
    assert float((node - wanted).abs().mean()) < 0.1 / 255


def test_stop_works_after_each_step(plain: PlainModel, photo: Tensor, painting_style: Style) -> None:
    f = transfer.blend(features(plain, photo), of_pack(painting_style), 1.0)
    decode(plain, f)  # encodes
    counts = []
    for steps in (0, 3):
        before = plain.host.checks
        decode(plain, f, steps=steps)
        counts.append(plain.host.checks - before)
    assert counts[1] == counts[0] + 3


def test_two_blends_are_one_after_the_other(
    plain: PlainModel, model: AdaIN, photo: Tensor, painting_style: Style
) -> None:
    """A second full blend leaves nothing of the first one's statistics."""
    first = transfer.blend(features(plain, photo), of_pack(model.style_of(photo[:, :, :40, :40])), 1.0)
    out = decode(plain, transfer.blend(first, of_pack(painting_style), 1.0))
    assert same(out, model.stylize(photo, painting_style))


def test_regions_are_the_library_s(plain: PlainModel, model: AdaIN, photo: Tensor, painting_style: Style) -> None:
    """Two styles by masks of another size than the picture, softly, without and with a background."""
    other = model.style_of(photo.flip(2))
    left = torch.zeros(20, 30)
    left[:, :12] = 1
    right = torch.zeros(50, 10)
    right[:, 7:] = 0.8
    for background in (None, other):
        f = transfer.masked(
            features(plain, photo),
            [of_pack(painting_style), of_pack(other)],
            [[left], [right]],
            [0.9, 0.6],
            alpha=0.9,
            feather=5.0,
            background=background and of_pack(background),
        )
        expected = model.stylize(
            photo,
            [Region(painting_style, left), Region(other, right, alpha=0.6)],
            alpha=0.9,
            feather=5.0,
            background=background,
        )
        assert same(decode(plain, f), expected)


def test_a_mask_after_a_blend_keeps_the_blend_elsewhere(
    plain: PlainModel, model: AdaIN, photo: Tensor, painting_style: Style
) -> None:
    """Far from the mask the picture is that of the first style alone."""
    blended = transfer.blend(features(plain, photo), of_pack(painting_style), 1.0)
    mask = torch.zeros(75, 114)
    mask[:, :8] = 1
    f = transfer.masked(blended, [of_pack(model.style_of(photo.flip(3)))], [[mask]], [1.0])
    out, expected = decode(plain, f), model.stylize(photo, painting_style)
    assert same(out[..., 56:], expected[..., 56:])
    assert not same(out[..., :8], expected[..., :8])


def test_statistics_after_regions_are_measured(plain: PlainModel, photo: Tensor, painting_style: Style) -> None:
    """A Blend after a Masked Transfer gives the whole picture the style's statistics."""
    mask = torch.rand(30, 30, generator=torch.Generator().manual_seed(0))
    regional = transfer.masked(features(plain, photo), [of_pack(painting_style)], [[mask]], [1.0])
    final = transfer.blend(regional, of_pack(painting_style), 1.0)
    [(measured, _)] = engine.replace(final).regional_statistics(None)
    assert torch.allclose(measured.mean[0], painting_style.mean, atol=1e-2)
    alive = regional.statistics.std[0] > 0.1  # a channel that is silent in the content stays so
    assert alive.sum() > 300
    assert torch.allclose(measured.std[0][alive], painting_style.std[alive], rtol=1e-2)


@pytest.mark.parametrize("free", [1 << 19, 40 << 20, 8 << 30])
def test_memory_changes_nothing(
    plain: PlainModel, model: AdaIN, photo: Tensor, painting_style: Style, free: int
) -> None:
    """With little memory: small tiles, features encoded again; the same picture."""
    plain.host.free = free
    f = features(plain, photo.repeat(3, 1, 1, 1))
    out = decode(plain, transfer.blend(f, of_pack(painting_style), 1.0))
    assert len(f.encoded._kept) == (0 if free == 1 << 19 else 3)
    assert all(same(frame[None], model.stylize(photo, painting_style)) for frame in out)


def test_tiles_do_not_show(plain: PlainModel, model: AdaIN, photo: Tensor, painting_style: Style) -> None:
    """Tiles of 64 px, by the user's choice."""
    f = transfer.blend(features(plain, photo, tile=32), of_pack(painting_style), 1.0)
    assert same(decode(plain, f, tile=32), model.stylize(photo, painting_style))


def test_out_of_memory_halves_what_is_computed_at_once(
    plain: PlainModel, model: AdaIN, photo: Tensor, painting_style: Style, monkeypatch: pytest.MonkeyPatch
) -> None:
    """First fewer frames at once, then smaller tiles; every frame is still right."""
    monkeypatch.setattr(part("nodes.engine.job"), "MIN_TILE", 32)
    encode = plain.networks.encoder
    sizes: list[int] = []

    def small_only(x: Tensor) -> Tensor:
        sizes.append(x.numel() // 3)
        if sizes[-1] >= 80 * 120:  # one frame
            raise MemoryError
        return encode(x)

    plain.networks = engine.replace(plain.networks, encoder=standing_in(small_only, encode))
    f = transfer.blend(features(plain, photo.repeat(4, 1, 1, 1)), of_pack(painting_style), 1.0)
    assert sizes[:3] == [4 * 80 * 120, 2 * 80 * 120, 80 * 120]
    assert max(sizes[3:]) < 80 * 120 and plain.host.released == 3
    plain.networks = engine.replace(plain.networks, encoder=encode)
    assert all(same(frame[None], model.stylize(photo, painting_style)) for frame in decode(plain, f))


def test_too_little_memory_for_any_tile_is_said(plain: PlainModel, photo: Tensor) -> None:
    def never(x: Tensor) -> Tensor:
        raise MemoryError

    plain.networks = engine.replace(plain.networks, encoder=standing_in(never, plain.networks.encoder))
    with pytest.raises(PackError, match=r"out of memory even with tiles of \d+ pixels: close"):
        features(plain, photo).encoded.statistics()


def test_interrupt_stops_at_the_next_tile(plain: PlainModel, photo: Tensor, painting_style: Style) -> None:
    """No further tile is computed, and nothing half done is remembered."""
    f = features(plain, photo, tile=32)
    plain.host.interrupt_after = 2
    with pytest.raises(KeyboardInterrupt):
        f.encoded.statistics()
    assert plain.host.checks == 3 and not f.encoded._kept
    plain.host.interrupt_after = None
    assert torch.allclose(f.encoded.statistics().mean, features(plain, photo).encoded.statistics().mean, atol=1e-4)


def test_progress_rises_to_one(plain: PlainModel, photo: Tensor) -> None:
    features(plain, photo.repeat(3, 1, 1, 1), tile=32).encoded.statistics()
    shown = plain.host.shown
    assert shown == sorted(shown) and shown[-1] == pytest.approx(1) and len(shown) >= 6


def test_nothing_is_encoded_before_it_is_needed_and_then_once(
    plain: PlainModel, photo: Tensor, painting_style: Style
) -> None:
    """The encoder runs once for two strengths and two decodings."""
    calls = 0
    encode = plain.networks.encoder

    def counted(x: Tensor) -> Tensor:
        nonlocal calls
        calls += 1
        return encode(x)

    plain.networks = engine.replace(plain.networks, encoder=standing_in(counted, encode))
    f = features(plain, photo)
    assert calls == 0
    for alpha in (0.4, 0.9):
        decode(plain, transfer.blend(f, of_pack(painting_style), alpha))
    assert calls == 1


def test_a_batch_of_styles_goes_one_to_one(plain: PlainModel, model: AdaIN, photo: Tensor, coffee: Tensor) -> None:
    """Two frames with two style pictures; three styles for two frames are refused."""
    paintings = torch.cat([coffee[:, :, :100, :100], coffee[:, :, 100:200, 300:400]])
    value = styles.PictureStyle(engine.Encoded(plain, pictures.Frames(image(paintings))))
    f = features(plain, photo.repeat(2, 1, 1, 1))
    out = decode(plain, transfer.blend(f, value, 1.0))
    for frame, style in zip(out.split(1), paintings.split(1), strict=True):
        assert same(frame, model.stylize(photo, model.style_of(style)))
    with pytest.raises(PackError, match=r"2 styles for 3 frames: give one style, or as many as"):
        transfer.blend(features(plain, photo.repeat(3, 1, 1, 1)), value, 1.0)


def test_a_style_of_another_encoder_is_refused(plain: PlainModel, photo: Tensor, painting_style: Style) -> None:
    alien = part("adain_core.styles.style").Style(painting_style.mean, painting_style.std, "0123456789abcdef", "alien")
    with pytest.raises(PackError, match=r"'alien' was made with '0123456789abcdef' and the features with 'vgg19'"):
        transfer.blend(features(plain, photo), alien, 1.0)


def test_mixing_batches(model: AdaIN, photo: Tensor, coffee: Tensor) -> None:
    """Single styles join a batch; batches of two lengths do not go together; weights of zero are refused."""
    one, two = of_pack(model.style_of(photo)), of_pack(model.style_of(torch.cat([photo, photo.flip(2)])))
    mixed = styles.resolve(styles.MixedStyle([one, two], [1, 3]))
    assert mixed.mean.shape == (2, 512)
    assert torch.allclose(mixed.mean[0], one.mean * 0.25 + two.mean[0] * 0.75)
    with pytest.raises(PackError, match="batches of 2 and 3 styles"):
        styles.MixedStyle([two, of_pack(model.style_of(photo.repeat(3, 1, 1, 1)))], [1, 1])
    with pytest.raises(PackError, match="sum to 0"):
        styles.MixedStyle([one, one], [0, 0])


def test_a_mix_of_built_in_styles_fits_both_encoders(plain: PlainModel, photo: Tensor) -> None:
    """What is mixed of them is read by the encoder it is used with; a picture's style decides for the whole mix."""
    find = part("adain_core.styles.builtin").find_builtin
    of_lite = lite_encoder()
    lite = find("kiss", of_lite)
    mixed = styles.MixedStyle([find("kiss"), find("scream")], [1, 3])
    again = styles.MixedStyle([mixed, find("kiss")], [1, 1])
    for encoder in (plain.encoder_id, of_lite):
        kiss, scream = find("kiss", encoder), find("scream", encoder)
        found = styles.style_for(mixed, encoder, 1)
        assert torch.allclose(found.mean[0], kiss.mean * 0.25 + scream.mean * 0.75, atol=1e-6)
        expected = kiss.std * 0.625 + scream.std * 0.375
        assert torch.allclose(styles.style_for(again, encoder, 1).std[0], expected, atol=1e-6)
    own = part("adain_core.styles.style").Style(lite.mean + 1, lite.std, of_lite, "mine")
    with_own = styles.MixedStyle([find("kiss"), own], [1, 1])
    assert styles.resolve(with_own).encoder == of_lite  # as a file it is of the one encoder that all are there for
    assert torch.allclose(styles.style_for(with_own, of_lite, 1).mean[0], lite.mean + 0.5, atol=1e-6)
    with pytest.raises(PackError, match="was made with 'lite' and the features with 'vgg19'"):
        styles.style_for(with_own, plain.encoder_id, 1)
    vgg = styles.PictureStyle(engine.Encoded(plain, pictures.Frames(image(photo))))
    with pytest.raises(PackError, match="styles made with 'lite' and 'vgg19' do not mix"):
        styles.MixedStyle([vgg, own], [1, 1])


@pytest.mark.parametrize("mode", ["smooth", "pool"])
def test_frames_without_a_region_do_not_count_for_it(
    plain: PlainModel, photo: Tensor, painting_style: Style, mode: str
) -> None:
    """The same frame four times, the mask empty in two: where it is there, nothing changes."""
    mask = torch.zeros(75, 114)
    mask[:, :50] = 1
    f, style = features(plain, photo.repeat(4, 1, 1, 1)), of_pack(painting_style)
    there = decode(plain, transfer.masked(f, [style], [[mask]], [1.0], mode=mode, sigma=4.0))
    empty = torch.zeros_like(mask)
    some = decode(plain, transfer.masked(f, [style], [[mask, mask, empty, empty]], [1.0], mode=mode, sigma=4.0))
    assert same(some[:2], there[:2])
    assert torch.equal(some[2:], photo.repeat(2, 1, 1, 1))


@pytest.mark.parametrize(("count", "frames"), [(5, 3), (3, 5)])
@pytest.mark.parametrize("color", [None, "cholesky", "luminance", "luminance-matched"])
def test_pictures_of_another_count_than_frames_are_refused(
    plain: PlainModel, photo: Tensor, color: str | None, count: int, frames: int
) -> None:
    content, paintings = (image(photo[..., :32, :40]).repeat(n, 1, 1, 1) for n in (frames, count))
    with pytest.raises(PackError, match=f"{count} styles for {frames} frames: give one style, or as many as"):
        one_node.stylize(plain, content, pictures=paintings, color=color)


def test_style_of_a_masked_picture(plain: PlainModel, model: AdaIN, coffee: Tensor) -> None:
    """Statistics within the mask, of the picture at the wanted size: the library's own."""
    mask = torch.zeros(40, 60)
    mask[10:30, 20:50] = 1
    value = styles.PictureStyle(engine.Encoded(plain, pictures.Frames(image(coffee))), [mask], size=128)
    expected = model.encode_style(coffee[0], mask=mask, size=128)
    assert torch.allclose(value.style.mean[0], expected.mean, atol=1e-3)
    assert torch.allclose(value.style.std[0], expected.std, atol=1e-3)


@pytest.mark.parametrize("color", [None, "cholesky", "luminance", "luminance-matched"])
def test_one_node_is_the_library_s_stylize(
    plain: PlainModel, model: AdaIN, photo: Tensor, coffee: Tensor, color: str | None
) -> None:
    """With a style picture and with a style known by statistics only, with every kind of colour keeping."""
    style_picture = coffee[:, :, :150, :170]
    out = one_node.stylize(plain, image(photo), pictures=image(style_picture), alpha=0.8, color=color, style_size=128)
    assert same(out.movedim(-1, 1), model.stylize(photo, style_picture[0], alpha=0.8, color=color, style_size=128))
    known = model.style_of(style_picture)
    out = one_node.stylize(plain, image(photo), of_pack(known), color=color)
    assert same(out.movedim(-1, 1), model.stylize(photo, known, color=color))


def test_one_node_with_a_mask_keeps_pixels(plain: PlainModel, model: AdaIN, photo: Tensor, coffee: Tensor) -> None:
    """Bit for bit the content outside of the mask; the library's picture inside."""
    mask = torch.zeros(75, 114)
    mask[:, :60] = 1
    style = model.style_of(coffee)
    out = one_node.stylize(plain, image(photo), of_pack(style), masks=[mask], color="luminance").movedim(-1, 1)
    assert torch.equal(out[..., 60:], photo[..., 60:])
    assert same(out, model.stylize(photo, [Region(style, mask)], color="luminance"))


def test_alpha_and_half_precision_images(plain: PlainModel, photo: Tensor, painting_style: Style) -> None:
    """Four channels in, four out, the fourth untouched; float16 input; and the input as it was."""
    rgba = torch.cat([image(photo), torch.rand(1, 75, 114, 1)], -1).half()
    before = rgba.clone()
    f = engine.Features(engine.Encoded(plain, pictures.Frames(rgba)))
    out = painting.paint(plain, transfer.blend(f, of_pack(painting_style), 1.0), CPU, torch.float16)
    assert out.shape == rgba.shape and out.dtype == torch.float16
    assert torch.equal(out[..., 3], rgba[..., 3]) and torch.equal(rgba, before)


@pytest.mark.parametrize("size", [(1, 1), (7, 90), (33, 9)])
def test_any_size(plain: PlainModel, painting_style: Style, size: tuple[int, int]) -> None:
    f = transfer.blend(features(plain, torch.rand(2, 3, *size)), of_pack(painting_style), 1.0)
    assert decode(plain, f).shape == (2, 3, *size)


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_batch_with_a_broken_frame_is_refused_and_the_frame_named(bad: float) -> None:
    frames = torch.rand(3, 16, 16, 3)
    frames[1, 5, 5, 0] = bad
    with pytest.raises(PackError, match="NaN or infinite values in frame 1"):
        pictures.check_images(frames, "image")


@pytest.mark.parametrize("color", [None, "cholesky"])
def test_what_is_hidden_under_alpha_does_not_count(plain: PlainModel, color: str | None) -> None:
    """In the content, in a style picture, and in a batch with an opaque frame."""
    stylize = part("nodes.engine.stylize").stylize
    y, x = torch.meshgrid(torch.arange(48.0), torch.arange(56.0), indexing="ij")
    alpha = ((y - 24) ** 2 + (x - 28) ** 2 < 20**2).float()
    colours = torch.stack([x / 56, y / 48, (x // 8 + y // 8) % 2], -1)

    def cut_out(hidden: float) -> torch.Tensor:
        return torch.cat([torch.where(alpha[..., None] > 0, colours, hidden), alpha[..., None]], -1)[None]

    opaque = torch.cat([colours, torch.ones(48, 56, 1)], -1)[None]
    contents = [
        stylize(plain, torch.cat([opaque, cut_out(hidden)]), pictures=opaque.flip(1), color=color) for hidden in (0, 1)
    ]
    seen = torch.cat([torch.ones(1, 48, 56, 1), alpha[None, ..., None]])
    assert torch.equal(contents[0] * seen, contents[1] * seen)
    for size in (0, 32):
        styles = [
            stylize(plain, opaque, pictures=cut_out(hidden), color=color, style_size=size) for hidden in (0.0, 1.0)
        ]
        assert float((styles[0] - styles[1]).abs().max()) < 0.02


def test_one_picture_is_painted_in_each_of_several_styles(plain: PlainModel, photo: Tensor, coffee: Tensor) -> None:
    """Encoded once; each picture is the one that its style gives alone; mixed they are one style."""
    batch = torch.cat([coffee[:, :, :64, :64], coffee[:, :, 64:128, :64]])
    each = styles.PictureStyle(engine.Encoded(plain, pictures.Frames(image(batch)), keep=False))
    content = features(plain, photo[:, :, :64, :64])
    both = transfer.blend(content, each, 1.0)
    assert len(both) == 2 and len(both.encoded._kept) == 2
    painted = painting.paint(plain, both, torch.device("cpu"), torch.float32)
    for number, style in enumerate(each.style.unbatch()):
        alone = painting.paint(plain, transfer.blend(content, style, 1.0), torch.device("cpu"), torch.float32)
        assert (painted[number] - alone[0]).abs().max() < 2e-3
    mixed = styles.resolve(each.mixed())
    assert torch.allclose(mixed.mean.reshape(-1), each.style.mean.mean(0), atol=1e-4)


def test_refinement_is_looked_at_step_by_step(plain: PlainModel, photo: Tensor, painting_style: Style) -> None:
    """Of a picture in tiles: what is painted so far over the content, which grows to the result."""
    f = transfer.blend(features(plain, photo), of_pack(painting_style), 1.0)
    f.encoded.statistics()
    plain.host.shown.clear()
    out, texts = image(decode(plain, f, tile=64, steps=2)), plain.host.texts
    assert all(picture.shape == out.shape[1:] for picture in plain.host.pictures)
    apart = [float((picture - out[0]).abs().mean()) for picture in plain.host.pictures]
    assert apart[-1] == 0 and apart[0] > 0.05
    assert all(later < before + 1e-3 for before, later in pairwise(apart))
    assert "tile 1 of " in texts[0] and texts[0].endswith("refining, step 1 of 2")
    assert texts[-1] == "refined in 2 steps"
    assert plain.host.shown == sorted(plain.host.shown)


def test_a_look_is_small_whatever_the_picture_is() -> None:
    """Every n-th pixel of each tile, in its place."""
    content, painted = torch.zeros(2, 700, 1030, 3), torch.rand(2, 3, 700, 1030)
    small = look.Look(pictures.Frames(content))
    for y0 in range(0, 700, 104):
        for x0 in range(0, 1030, 136):
            small.put(y0, x0, painted[:, :, y0 : y0 + 104, x0 : x0 + 136])
    assert torch.equal(small.picture, painted[0, :, ::3, ::3].movedim(0, -1))
