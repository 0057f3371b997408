"""The main job: any picture, any style, exact to the paper."""

import io
from pathlib import Path

import numpy as np
import pytest
import reference
import torch
from color_reference import match_histogram, rgb_to_yiq
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from adain_core import AdaIN, AdaINError, ImageError, Region, Style, StyleError, WeightsError
from adain_core.model import AdaIN as Model
from adain_core.options import COLOR_MODES, ColorMode
from adain_core.pictures.reading import open_picture


@pytest.fixture(scope="module")
def style(model: AdaIN, coffee: torch.Tensor) -> Style:
    return model.style_of(coffee[:, :, :256, :256], name="coffee")


@pytest.fixture(scope="module")
def small_file(photo_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The path of a part of a real photo, 150 x 100."""
    path = tmp_path_factory.mktemp("photo") / "part.png"
    Image.open(photo_file).crop((120, 60, 270, 160)).save(path)
    return path


@pytest.mark.parametrize("alpha", [0.0, 0.5, 1.0, 1.5])
def test_the_result_equals_the_reference(
    model: AdaIN, astronaut: torch.Tensor, coffee: torch.Tensor, alpha: float
) -> None:
    content, painting = astronaut[:, :, :192, :256], coffee[:, :, 40:240, 80:320]
    encoder, decoder = model.encoder.state_dict(), model.decoder.state_dict()
    f, s = reference.encode(encoder, content), reference.encode(encoder, painting)
    scale = ((1 - alpha) * reference.mean_std(f)[1] + alpha * reference.mean_std(s)[1]).clamp_min(0)
    shift = (1 - alpha) * reference.mean_std(f)[0] + alpha * reference.mean_std(s)[0]
    mean, std = reference.mean_std(f)
    expected = reference.decode(decoder, (f - mean) / std * scale + shift).clamp(0, 1)
    out = model.stylize(content, model.style_of(painting), alpha=alpha, grain=0.0)  # the paper has none
    assert float((out - expected).abs().max()) < 1e-3


def test_the_number_of_threads_does_not_change_the_picture(model: AdaIN, astronaut: torch.Tensor, style: Style) -> None:
    """Tests compute in one thread, users in as many as there are cores."""
    x, threads = astronaut[:, :, :200, :180], torch.get_num_threads()
    found = []
    try:
        for number in (1, 4):
            torch.set_num_threads(number)
            found.append(model.stylize(x, style))
    finally:
        torch.set_num_threads(threads)
    assert float((found[1] - found[0]).abs().max()) < 1e-4


def test_alpha_0_reconstructs_the_photo(model: AdaIN, astronaut: torch.Tensor, style: Style) -> None:
    x = astronaut[:, :, :256, :256]
    error = (model.stylize(x, style, alpha=0.0) - x).square().mean()
    print(f"alpha 0 against the photo: {-10 * float(error.log10()):.1f} dB")
    assert -10 * float(error.log10()) > 16


def test_alpha_1_has_the_styles_statistics(model: AdaIN, astronaut: torch.Tensor, style: Style) -> None:
    x = astronaut[:, :, :256, :256]
    before, after = model.style_of(x), model.style_of(model.stylize(x, style))

    def distance(s: Style) -> float:
        return float((s.mean - style.mean).square().mean() + (s.std - style.std).square().mean())

    print(f"relu4_1 statistics: {distance(after):.3f} from the style's, the photo's are {distance(before):.3f}")
    assert distance(after) < 0.33 * distance(before)


@settings(max_examples=25, deadline=None)
@given(h=st.integers(1, 100), w=st.integers(1, 100))
def test_any_size_comes_out_as_it_went_in(model: AdaIN, style: Style, h: int, w: int) -> None:
    out = model.stylize(torch.rand(3, h, w), style)
    assert out.shape == (3, h, w) and bool(out.isfinite().all()) and out.min() >= 0 and out.max() <= 1


@settings(max_examples=8, deadline=None)
@given(h=st.integers(1, 60), w=st.integers(1, 60))
def test_any_size_makes_a_style(model: AdaIN, h: int, w: int) -> None:
    found = model.style_of(torch.rand(1, 3, h, w))
    assert found.mean.shape == (512,) and bool(found.std.isfinite().all()) and float(found.std.min()) > 0


def test_a_batch_equals_its_pictures_one_by_one(model: AdaIN, style: Style) -> None:
    torch.manual_seed(0)
    x = torch.rand(3, 3, 40, 56)
    each = torch.cat([model.stylize(p[None], style) for p in x])
    torch.testing.assert_close(model.stylize(x, style), each, atol=1e-4, rtol=0)


@pytest.mark.parametrize("color", COLOR_MODES)
@pytest.mark.parametrize("kind", ["picture", "style"])
def test_a_batch_keeps_each_pictures_own_colours(
    model: AdaIN, astronaut: torch.Tensor, coffee: torch.Tensor, style: Style, color: ColorMode, kind: str
) -> None:
    """A reddish and a bluish photo: neither takes anything from the other."""
    tint = torch.tensor([[1.0, 0.4, 0.2], [0.2, 0.4, 1.0]])[:, :, None, None]
    batch = astronaut[:, :, 40:104, 170:250] * tint
    given = style if kind == "style" else Image.fromarray((coffee[0, :, :96, :96].movedim(0, -1) * 255).byte().numpy())
    together = model.stylize(batch, given, color=color)
    alone = torch.cat([model.stylize(x, given, color=color) for x in batch.split(1)])
    assert float((together - alone).abs().max()) < 2e-3


def test_a_batch_of_styles_goes_one_to_one(model: AdaIN) -> None:
    torch.manual_seed(0)
    x, paintings = torch.rand(2, 3, 40, 40), torch.rand(2, 3, 48, 64) ** 2
    each = torch.cat([model.stylize(p[None], model.style_of(s[None])) for p, s in zip(x, paintings, strict=True)])
    torch.testing.assert_close(model.stylize(x, model.style_of(paintings)), each, atol=1e-4, rtol=0)


def test_the_content_is_never_modified(model: AdaIN, style: Style) -> None:
    x = torch.rand(1, 3, 40, 40)
    before = x.clone()
    model.stylize(x, style, color="luminance")
    assert torch.equal(x, before)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_half_precision_stays_close_to_float32(model: AdaIN, astronaut: torch.Tensor, style: Style, dtype: str) -> None:
    half = AdaIN.from_pretrained(device="cpu", dtype=dtype)
    x = astronaut[:, :, :128, :128]
    difference = (half.stylize(x, style) - model.stylize(x, style)).abs()
    print(f"{dtype}: mean {255 * float(difference.mean()):.2f}, largest {255 * float(difference.max()):.1f} of 255")
    assert float(difference.mean()) < 1.5 / 255


def test_styles_of_any_size_blend(model: AdaIN, astronaut: torch.Tensor, coffee: torch.Tensor) -> None:
    x = astronaut[:, :, :96, :96]
    a, b = model.style_of(coffee[:, :, :64, :64]), model.style_of(coffee[:, :, :131, :207])
    both = model.stylize(x, [(a, 0.3), (b, 0.7)])
    torch.testing.assert_close(both, model.stylize(x, Style.mix([a, b], [0.3, 0.7])))
    assert not torch.allclose(both, model.stylize(x, a), atol=1e-2)


def test_a_region_takes_its_style_and_the_rest_keeps_the_photo(
    model: AdaIN, astronaut: torch.Tensor, style: Style
) -> None:
    x = astronaut[:, :, :128, :128]
    mask = torch.zeros(128, 128)
    mask[:, :64] = 1
    out = model.stylize(x, [Region(style, mask)])
    assert torch.equal(out[..., 64:], x[..., 64:])
    assert float((out[..., :60] - x[..., :60]).abs().mean()) > 0.02


def test_a_mask_that_covers_everything_is_no_mask(model: AdaIN, astronaut: torch.Tensor, style: Style) -> None:
    x = astronaut[:, :, :100, :77]
    masked = model.stylize(x, [Region(style, torch.ones(10, 10))])
    assert float((masked - model.stylize(x, style)).abs().max()) < 1e-3


def test_two_regions_are_far_from_their_border_as_if_alone_with_their_own_statistics(model, astronaut, coffee) -> None:
    x = torch.cat([astronaut[:, :, :160, :160], coffee[:, :, :160, :160]], 3)
    a, b = model.style_of(coffee[:, :, 200:, 200:]), model.style_of(astronaut[:, :, 200:, 200:])
    left = torch.zeros(160, 320)
    left[:, :160] = 1
    out = model.stylize(x, [Region(a, left), Region(b, 1 - left)])
    # Region statistics are those of its own cells: the left part comes out nearly as the left picture alone.
    alone = model.stylize(x[..., :160], a)
    assert float((out[..., :80] - alone[..., :80]).abs().mean()) < 0.02


def test_the_background_takes_its_style_where_no_mask_reaches(
    model: AdaIN, astronaut: torch.Tensor, style: Style
) -> None:
    x = astronaut[:, :, :96, :96]
    mask = torch.zeros(96, 96)
    mask[:, :48] = 1
    out = model.stylize(x, [Region(style, mask)], background=style)
    whole = model.stylize(x, [Region(style, mask), Region(style, 1 - mask)])
    torch.testing.assert_close(out, whole, atol=1e-4, rtol=0)


@pytest.mark.parametrize("pixels", [1, 3])
def test_a_mask_of_a_few_pixels_gives_a_finite_picture(model: AdaIN, style: Style, pixels: int) -> None:
    mask = torch.zeros(64, 64)
    mask[30, 30 : 30 + pixels] = 1
    assert bool(model.stylize(torch.rand(1, 3, 64, 64), [Region(style, mask)]).isfinite().all())


@pytest.mark.parametrize("method", ["cholesky", "eigen", "monge-kantorovich"])
def test_histogram_colour_of_a_stored_style_gives_the_result_the_contents_colours(
    model, astronaut, style, method
) -> None:
    x = astronaut[:, :, :128, :128]
    out = model.stylize(x, style, color=method)
    plain = model.stylize(x, style)

    def off(y: torch.Tensor) -> float:
        return float((y.mean((0, 2, 3)) - x.mean((0, 2, 3))).abs().max())

    assert off(out) < 0.03 < off(plain)


@pytest.mark.parametrize("method", ["cholesky", "eigen", "monge-kantorovich"])
def test_histogram_colour_of_a_style_picture_is_matched_before_the_transfer(model, astronaut, coffee, method) -> None:
    x, painting = astronaut[:, :, :128, :128], coffee[:, :, :100, :100]
    recolored = model.style_of(match_histogram(painting, x, method))
    out = model.stylize(x, painting, color=method)
    torch.testing.assert_close(out, model.stylize(x, recolored), atol=1e-3, rtol=0)


@pytest.mark.parametrize("kind", ["luminance", "luminance-matched"])
@pytest.mark.parametrize("stored", [True, False])
def test_luminance_modes_keep_the_contents_colour(model, astronaut, coffee, style, kind, stored) -> None:
    x = astronaut[:, :, :128, :128] * 0.5 + 0.25
    out = model.stylize(x, style if stored else coffee[:, :, :100, :100], color=kind)
    inside = ((out > 0.001) & (out < 0.999)).all(1)[0]
    chroma = (rgb_to_yiq(out) - rgb_to_yiq(x))[0, 1:, inside]
    assert float(inside.float().mean()) > 0.5 and float(chroma.abs().max()) < 1e-3


def test_every_kind_of_picture_gives_the_same_result(model: AdaIN, style: Style, small_file: Path) -> None:
    image = Image.open(small_file)
    array = np.asarray(image)
    expected = np.asarray(model.stylize(small_file, style))
    for kind in (str(small_file), small_file.read_bytes(), image, open_picture(small_file)):
        out = model.stylize(kind, style)
        assert isinstance(out, Image.Image) and np.array_equal(np.asarray(out), expected)
    from_array = model.stylize(array, style)
    assert from_array.dtype == np.uint8 and np.array_equal(from_array, expected)
    tensor = torch.from_numpy(array.copy()).permute(2, 0, 1).float() / 255
    from_tensor = model.stylize(tensor, style)
    assert np.abs(from_tensor.permute(1, 2, 0).numpy() * 255 - expected).max() <= 0.51


def test_transparency_is_kept_out_of_the_network_and_put_back(model: AdaIN, style: Style, photo_file: Path) -> None:
    rgb = Image.open(photo_file).crop((0, 0, 90, 70))
    alpha = Image.new("L", rgb.size, 200)
    rgba = rgb.convert("RGBA")
    rgba.putalpha(alpha)
    out = model.stylize(rgba, style)
    assert out.mode == "RGBA" and np.array_equal(np.asarray(out)[..., 3], np.asarray(alpha))
    difference = np.asarray(out)[..., :3].astype(int) - np.asarray(model.stylize(rgb, style))
    assert np.abs(difference).max() <= 1  # equally visible everywhere: as if all were


def test_size_resizes_the_shorter_side(model: AdaIN, style: Style, photo_file: Path) -> None:
    assert model.stylize(photo_file, style, size=100).size == (150, 100)


def test_style_size_changes_the_scale_of_the_strokes(model: AdaIN, photo_file: Path) -> None:
    small = model.encode_style(photo_file, size=64)
    assert small.name == "chelsea"
    assert not torch.allclose(small.mean, model.encode_style(photo_file, size=256).mean, atol=1e-2)


def test_a_style_can_be_taken_from_a_part_of_a_picture(
    model: AdaIN, coffee: torch.Tensor, astronaut: torch.Tensor
) -> None:
    both = torch.cat([coffee[:, :, :128, :128], astronaut[:, :, :128, :128]], 3)[0]
    mask = torch.zeros(128, 256)
    mask[:, :128] = 1
    part, alone = model.encode_style(both, mask=mask), model.style_of(coffee[:, :, :128, :128])
    other = model.style_of(astronaut[:, :, :128, :128])
    assert float((part.mean - alone.mean).norm()) < 0.3 * float((other.mean - alone.mean).norm())


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".webp"])
def test_a_result_straight_to_a_file_is_the_result(
    model: AdaIN, style: Style, small_file: Path, tmp_path: Path, suffix: str
) -> None:
    path = model.stylize_to_file(small_file, style, tmp_path / f"out{suffix}", tile=64)
    out, expected = np.asarray(Image.open(path)).astype(int), np.asarray(model.stylize(small_file, style)).astype(int)
    difference = np.abs(out - expected)
    assert out.shape == expected.shape and difference.mean() < (0.01 if suffix in (".png", ".tif") else 6)
    assert list(tmp_path.iterdir()) == [path]


def test_a_cancelled_file_leaves_nothing(model: AdaIN, style: Style, photo_file: Path, tmp_path: Path) -> None:
    def stop(done: int, total: int) -> None:
        if done == total - 1:
            raise KeyboardInterrupt

    for name in ("out.png", "out.tif"):
        with pytest.raises(KeyboardInterrupt):
            model.stylize_to_file(photo_file, style, tmp_path / name, tile=128, progress=stop)
    assert list(tmp_path.iterdir()) == []


def test_a_16_bit_picture_stays_16_bit(model: AdaIN, style: Style, tmp_path: Path) -> None:
    import tifffile

    deep = np.random.default_rng(0).integers(0, 65536, (40, 50, 3), dtype=np.uint16)
    tifffile.imwrite(tmp_path / "deep.tif", deep, photometric="rgb")
    out = tifffile.imread(model.stylize_to_file(tmp_path / "deep.tif", style, tmp_path / "out.tif"))
    assert out.dtype == np.uint16 and len(np.unique(out % 257)) > 100


def test_builtin_names_style_files_and_pictures_all_name_styles(model: AdaIN, tmp_path: Path, photo_file: Path) -> None:
    from adain_core import builtin_styles

    name = next(iter(builtin_styles()))
    assert model.style(name).name == name
    model.encode_style(photo_file).save(tmp_path / "s.safetensors")
    torch.testing.assert_close(model.style(tmp_path / "s.safetensors").mean, model.style(photo_file).mean)


def test_a_folder_of_a_styles_name_does_not_hide_it(
    model: AdaIN, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`-o scream/` makes such a folder."""
    (tmp_path / "scream").mkdir()
    monkeypatch.chdir(tmp_path)
    assert model.style("scream").name == "scream"


def test_a_style_of_another_encoder_is_refused(model: AdaIN, tmp_path: Path) -> None:
    foreign = Style(torch.zeros(512), torch.ones(512), "0123456789abcdef", "foreign")
    with pytest.raises(StyleError, match="0123456789abcdef"):
        model.stylize(torch.rand(1, 3, 32, 32), foreign)


@pytest.mark.parametrize(
    ("content", "style_argument", "options", "error", "said"),
    [
        (torch.full((1, 3, 16, 16), float("nan")), None, {}, ImageError, "nan"),
        (torch.rand(1, 3, 16, 16) * 255, None, {}, ImageError, "from .* to 2"),
        (torch.rand(1, 4, 16, 16), None, {}, ImageError, "shape"),
        (torch.ones(1, 3, 16, 16, dtype=torch.uint8), None, {}, ImageError, "uint8"),
        (torch.rand(1, 3, 0, 16), None, {}, ImageError, "shape"),
        (b"", None, {}, ImageError, "the data"),
        ("no/such/photo.jpg", None, {}, ImageError, "no/such/photo.jpg"),
        (torch.rand(1, 3, 16, 16), "stary-night", {}, StyleError, "starry-night"),
        (torch.rand(1, 3, 16, 16), None, {"alpha": "strong"}, StyleError, "alpha is 'strong'"),
        (torch.rand(1, 3, 16, 16), None, {"color": "sepia"}, AdaINError, "color is 'sepia'"),
        (torch.rand(1, 3, 16, 16), None, {"tile": 0}, AdaINError, "tile is 0"),
        (torch.rand(1, 3, 16, 16), [], {}, StyleError, "empty"),
    ],
)
def test_bad_input_is_refused_in_words(model, style, content, style_argument, options, error, said) -> None:
    with pytest.raises(error, match=said) as caught:
        model.stylize(content, style if style_argument is None else style_argument, **options)
    assert "\n" not in str(caught.value)


def test_a_blend_of_zero_weights_is_refused(model: AdaIN, style: Style) -> None:
    with pytest.raises(StyleError, match="sum to 0"):
        model.stylize(torch.rand(1, 3, 16, 16), [(style, 0.0), (style, 0.0)])


def test_a_mask_without_white_is_refused(model: AdaIN, style: Style) -> None:
    with pytest.raises(ImageError, match="no white"):
        model.stylize(torch.rand(1, 3, 16, 16), [Region(style, torch.zeros(16, 16))])


def test_a_decoder_of_another_encoder_is_refused(model: AdaIN) -> None:
    with pytest.raises(WeightsError, match="encoder"):
        Model(model.encoder, model.decoder, info={"format": "adain-decoder-1", "encoder": "0123456789abcdef"})


def test_unknown_devices_and_formats_are_refused() -> None:
    with pytest.raises(AdaINError, match="device 'gpu9'"):
        AdaIN.from_pretrained(device="gpu9")
    with pytest.raises(AdaINError, match="dtype is 'int8'"):
        AdaIN.from_pretrained(dtype="int8")


def test_no_global_state_is_touched(model: AdaIN, style: Style) -> None:
    x = torch.rand(1, 3, 32, 32, requires_grad=True)
    before = (torch.is_grad_enabled(), torch.get_num_threads(), torch.get_default_dtype(), torch.random.get_rng_state())
    model.stylize(x.detach(), style)
    after = (torch.is_grad_enabled(), torch.get_num_threads(), torch.get_default_dtype(), torch.random.get_rng_state())
    assert before[:3] == after[:3] and torch.equal(before[3], after[3])


def test_pil_images_keep_their_icc_profile(model: AdaIN, style: Style) -> None:
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    buffer = io.BytesIO()
    Image.new("RGB", (32, 32), "teal").save(buffer, "PNG", icc_profile=profile)
    assert model.stylize(buffer.getvalue(), style).info["icc_profile"] == profile


@pytest.mark.parametrize("tile", [None, pytest.param(64, marks=pytest.mark.slow)])
def test_a_content_read_once_is_painted_as_the_picture_is(model: AdaIN, coffee: torch.Tensor, tile: int | None) -> None:
    """In another strength, style, colour, region and refined; from a file, an array and a tensor, tiled or not."""
    x = coffee[:, :, 100:212, 200:296]
    content = model.encode_content(x, tile=tile)
    mask = torch.zeros(8, 8)
    mask[:, :4] = 1
    for style, options in (
        ("scream", {}),
        ("irises", {"alpha": 0.4}),
        ([("scream", 0.5), ("kiss", 0.5)], {"color": "luminance-matched"}),
        (x.flip(3)[0], {"color": "luminance"}),
        (Region("scream", mask), {"background": "kiss", "feather": 2}),
        ("scream", {"refine": 1, "texture": 1.0, "alpha": 0.7}),
    ):
        options = {"tile": tile, **options}
        expected, found = model.stylize(x, style, **options), model.stylize(content, style, **options)
        # How the features of refinement steps were rounded is amplified: 0.2 of an 8-bit level on average.
        assert float((found - expected).abs().mean()) < (1e-3 if "refine" in options else 1e-6)
    pixels = np.asarray((x[0].permute(1, 2, 0) * 255).round().to(torch.uint8))
    for picture in (pixels, Image.fromarray(pixels)):
        found = model.stylize(model.encode_content(picture), "scream")
        assert type(found) is (np.ndarray if picture is pixels else Image.Image)
        assert np.array_equal(np.asarray(found), np.asarray(model.stylize(picture, "scream")))


def test_another_strength_of_a_content_read_before_costs_one_decode(model: AdaIN, astronaut: torch.Tensor) -> None:
    """And no encoding, whatever is changed of style and strength."""
    content = model.encode_content(astronaut)
    starry = model.style("starry-night")
    calls: list[str] = []
    hooks = [
        net.register_forward_hook(lambda *_, name=name: calls.append(name))
        for name, net in (("encoder", model.encoder), ("decoder", model.decoder))
    ]
    for alpha in (1.0, 0.5):
        model.stylize(content, starry, alpha=alpha)
    for hook in hooks:
        hook.remove()
    assert calls == ["decoder", "decoder"]


def test_a_content_says_what_memory_it_keeps(model: AdaIN, coffee: torch.Tensor) -> None:
    """The features, and after a transfer of luminance those of the luminance, too."""
    x = coffee[:, :, :64, :48]
    content = model.encode_content(x)
    assert content.nbytes == model.encode(x).nbytes
    model.stylize(content, x[0], color="luminance")
    assert content.nbytes == 2 * model.encode(x).nbytes


def test_a_content_read_keeps_no_gradients(model: AdaIN, coffee: torch.Tensor) -> None:
    """Nor what they would need: a tensor that learns is read as its numbers."""
    content = model.encode_content(coffee[:, :, :32, :32].clone().requires_grad_())
    assert not content.features.read(content.grid.whole).requires_grad
    assert not model.stylize(content, "scream").requires_grad


def test_a_content_read_by_another_model_or_in_another_size_is_refused(model: AdaIN, coffee: torch.Tensor) -> None:
    content = model.encode_content(coffee[:, :, :32, :32])
    with pytest.raises(AdaINError, match="read by another model"):
        AdaIN.from_pretrained("lite", device="cpu").stylize(content, "scream")
    with pytest.raises(AdaINError, match="give the size to encode_content"):
        model.stylize(content, "scream", size=64)
