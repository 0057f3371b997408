"""Pictures in: every kind of file, array and tensor becomes the right pixels or a one-line error."""

import io
import struct
import subprocess
import sys
import threading
import warnings
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageOps

from adain_core.errors import AdaINWarning, ImageError
from adain_core.pictures import reading as image
from adain_core.pictures.picture import Picture
from adain_core.pictures.reading import MAX_PIXELS, open_picture

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
EXAMPLE = Path(__file__).parent.parent / "examples" / "chelsea.jpg"
RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def noise(*shape: int, dtype: type = np.uint8, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, np.iinfo(dtype).max + 1, shape, dtype)


def content(image: Image.Image, format: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def error(source: object, **options: object) -> str:
    """The message of the refusal, which is one line."""
    with pytest.raises(ImageError) as caught:
        open_picture(source, **options)
    message = str(caught.value)
    assert message and "\n" not in message
    return message


def is_mapped(a: np.ndarray | None) -> bool:
    """Whether an array is a file on disk, or a view of one."""
    while a is not None and not isinstance(a, np.memmap):
        a = a.base
    return a is not None


# Sources


def test_one_picture_is_the_same_from_path_bytes_file_pil_array_and_tensor(tmp_path: Path) -> None:
    a = noise(5, 7, 3)
    path = tmp_path / "a photo.png"
    Image.fromarray(a).save(path)
    x = torch.from_numpy(a).permute(2, 0, 1) / 255
    with path.open("rb") as file:
        for source in (str(path), path, path.read_bytes(), file, Image.open(path), a, x, x[None], x[None].double()):
            picture = open_picture(source)
            assert (picture.height, picture.width, picture.alpha) == (5, 7, None)
            torch.testing.assert_close(picture.tensor(), x[None], rtol=0, atol=1e-7)
    assert (open_picture(path).name, open_picture(path).format) == ("a photo", "PNG")
    picture = open_picture(path)
    assert open_picture(picture) is picture


def test_a_pipe_that_cannot_seek_is_read() -> None:
    class Pipe(io.RawIOBase):
        def __init__(self, data: bytes) -> None:
            self.rest = data

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: memoryview) -> int:
            n = min(len(buffer), len(self.rest), 100)
            buffer[:n], self.rest = self.rest[:n], self.rest[n:]
            return n

    a = noise(20, 20, 3)
    assert np.array_equal(open_picture(Pipe(content(Image.fromarray(a), "PNG"))).pixels, a)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.sampled_from(["PNG", "TIFF", "BMP", "PPM", "GIF", "ICO"]))
def test_any_size_from_1x1_is_read_exactly(height: int, width: int, format: str) -> None:
    a = np.repeat(noise(height, width, 1, seed=height * 41 + width), 3, 2)  # grey: exact in a palette too
    options = {"bitmap_format": "bmp", "sizes": [(width, height)]} if format == "ICO" else {}
    assert np.array_equal(open_picture(content(Image.fromarray(a), format, **options)).pixels, a)


@pytest.mark.parametrize("format", ["JPEG", "WEBP", "JPEG2000"])
def test_photo_formats_are_read(format: str) -> None:
    a = np.full((9, 11, 3), (200, 100, 50), np.uint8)
    assert np.abs(open_picture(content(Image.fromarray(a), format)).pixels.astype(int) - a).max() <= 8


# Rotation


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_are_turned_upright_as_exif_says(orientation: int) -> None:
    a = noise(3, 5, 4)
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = content(Image.fromarray(a), "PNG", exif=exif)
    expected = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))))
    for source in (data, Image.open(io.BytesIO(data))):
        picture = open_picture(source)
        assert np.array_equal(picture.pixels, expected[..., :3])
        assert np.array_equal(picture.alpha, expected[..., 3])


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("mapped", [True, False], ids=["mapped", "decoded by Pillow"])
def test_tiff_is_turned_once_and_only_once(tmp_path: Path, orientation: int, mapped: bool) -> None:
    a = noise(3, 5, 3)
    path = tmp_path / "a.tif"
    if mapped:
        tifffile.imwrite(path, a, photometric="rgb", extratags=[(0x0112, 3, 1, orientation, True)])
    else:
        Image.fromarray(a).save(path, compression="tiff_lzw", tiffinfo={0x0112: orientation})
    tagged = Image.fromarray(a)
    tagged.getexif()[0x0112] = orientation
    assert np.array_equal(open_picture(path).pixels, np.asarray(ImageOps.exif_transpose(tagged)))


def test_damaged_exif_does_not_spoil_sound_pixels() -> None:
    a = noise(8, 8, 3)
    assert np.array_equal(open_picture(content(Image.fromarray(a), "PNG", exif=b"Exif\0\0nonsense")).pixels, a)


# Kinds of pixels


def test_palette_with_transparent_entry() -> None:
    palette = Image.new("P", (3, 1))
    palette.putpalette([*RED, *GREEN, *BLUE])
    palette.putdata([0, 1, 2])
    for data in (content(palette, "PNG", transparency=1), content(palette, "GIF", transparency=1)):
        picture = open_picture(data)
        assert picture.pixels[0, ::2].tolist() == [[*RED], [*BLUE]]
        assert picture.alpha is not None and picture.alpha.tolist() == [[255, 0, 255]]
    assert open_picture(content(palette, "PNG", transparency=bytes([255, 128, 0]))).alpha.tolist() == [[255, 128, 0]]
    opaque = open_picture(content(palette, "PNG"))
    assert opaque.pixels[0].tolist() == [[*RED], [*GREEN], [*BLUE]] and opaque.alpha is None


def test_rgb_with_one_transparent_colour() -> None:
    image = Image.fromarray(np.array([[RED, GREEN]], np.uint8))
    assert open_picture(content(image, "PNG", transparency=GREEN)).alpha.tolist() == [[255, 0]]


def test_grey_and_grey_with_alpha_and_1_bit() -> None:
    grey, alpha = noise(4, 6), noise(4, 6, seed=1)
    assert np.array_equal(open_picture(content(Image.fromarray(grey), "PNG")).pixels, np.dstack([grey] * 3))
    both = Image.merge("LA", [Image.fromarray(grey), Image.fromarray(alpha)])
    for source in (content(both, "PNG"), content(both, "TIFF"), both):
        picture = open_picture(source)
        assert np.array_equal(picture.pixels, np.dstack([grey] * 3))
        assert np.array_equal(picture.alpha, alpha)
    bits = Image.fromarray(grey > 127)
    for data in (content(bits, "PNG"), content(bits, "TIFF"), content(bits, "BMP")):
        assert np.array_equal(open_picture(data).pixels[..., 0], np.where(grey > 127, 255, 0))


def test_rgba_keeps_colours_under_full_transparency() -> None:
    a = noise(4, 6, 4)
    a[0, :, 3] = 0
    for data in (content(Image.fromarray(a), "PNG"), content(Image.fromarray(a), "TIFF")):
        picture = open_picture(data)
        assert np.array_equal(picture.pixels, a[..., :3])
        assert np.array_equal(picture.alpha, a[..., 3])


def test_16_bit_grey_png_keeps_16_bits() -> None:
    a = noise(20, 30, dtype=np.uint16)
    picture = open_picture(content(Image.fromarray(a), "PNG"))
    assert picture.pixels.dtype == np.uint16 and np.array_equal(picture.pixels[..., 1], a)
    torch.testing.assert_close(picture.tensor()[0, 0], torch.from_numpy(a / 65535).float())


def test_16_bit_pgm_keeps_16_bits() -> None:
    picture = open_picture(b"P5 2 1 65535 " + struct.pack(">2H", 1, 40000))
    assert picture.pixels[..., 0].tolist() == [[1, 40000]]


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("options", [{}, {"compression": "zlib", "predictor": True}, {"tile": (16, 32)}])
def test_16_bit_tiff_keeps_16_bits(channels: int, byteorder: str, options: dict) -> None:
    a = noise(20, 30, channels, dtype=np.uint16)
    file = io.BytesIO()
    alpha = ["unassalpha"] if channels in (2, 4) else []
    kind = "rgb" if channels > 2 else "minisblack"
    tifffile.imwrite(
        file, a.squeeze(), byteorder=byteorder, photometric=kind, planarconfig="contig", extrasamples=alpha, **options
    )
    picture = open_picture(file.getvalue())
    assert picture.pixels.dtype == np.uint16 and picture.pixels.dtype.isnative
    assert np.array_equal(picture.pixels, a[..., :3] if channels > 2 else np.repeat(a[..., :1], 3, 2))
    assert (picture.alpha is not None) == bool(alpha)
    assert picture.alpha is None or np.array_equal(picture.alpha, a[..., -1])


def test_tiff_with_separate_colour_planes() -> None:
    a = noise(3, 20, 30, dtype=np.uint16)
    file = io.BytesIO()
    tifffile.imwrite(file, a, photometric="rgb", planarconfig="separate")
    assert np.array_equal(open_picture(file.getvalue()).pixels, np.moveaxis(a, 0, -1))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_tiff_that_counts_from_white_is_inverted(dtype: type) -> None:
    a = noise(20, 30, dtype=dtype)
    file = io.BytesIO()
    tifffile.imwrite(file, a, photometric="miniswhite")
    assert np.array_equal(open_picture(file.getvalue()).pixels[..., 0], np.iinfo(dtype).max - a)


def test_tiff_with_colours_multiplied_by_alpha_gets_them_back() -> None:
    file = io.BytesIO()
    a = np.array([[[100, 50, 25, 128], [200, 100, 50, 255]]], np.uint8)
    tifffile.imwrite(file, a, photometric="rgb", planarconfig="contig", extrasamples=["assocalpha"])
    picture = open_picture(file.getvalue())
    assert np.abs(picture.pixels.astype(int) - [[[200, 100, 50]] * 2]).max() <= 2
    assert picture.alpha is not None and picture.alpha.tolist() == [[128, 255]]


def test_a_large_compressed_tiff_is_unpacked_to_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a = noise(50, 40, 3)
    tifffile.imwrite(tmp_path / "a.tif", a, photometric="rgb", compression="zlib")
    monkeypatch.setattr(image, "SPOOL_BYTES", a.nbytes - 1)
    picture = open_picture(tmp_path / "a.tif")
    assert np.array_equal(picture.pixels, a) and is_mapped(picture.pixels)


def test_float_tiff_in_range_is_read_and_out_of_range_refused() -> None:
    a = np.random.default_rng(0).random((4, 5, 3), np.float32)
    for scale, fits in ((1, True), (3, False)):
        file = io.BytesIO()
        tifffile.imwrite(file, a * np.float32(scale), photometric="rgb")
        if fits:
            assert np.array_equal(open_picture(file.getvalue()).pixels, a)
        else:
            assert "values from" in error(file.getvalue())


@pytest.mark.parametrize("compression", ["tiff_lzw", "jpeg", "packbits", "tiff_deflate", None])
def test_8_bit_tiff_of_any_compression(compression: str | None) -> None:
    a = np.full((16, 16, 3), (200, 100, 50), np.uint8)
    pixels = open_picture(content(Image.fromarray(a), "TIFF", compression=compression)).pixels
    assert np.abs(pixels.astype(int) - a).max() <= (3 if compression == "jpeg" else 0)


def test_camera_raw_with_a_preview_first_is_refused_not_shrunk() -> None:
    file = io.BytesIO()
    tifffile.imwrite(file, noise(8, 8, 3), photometric="rgb", subfiletype=1)
    assert "preview" in error(file.getvalue())


def test_cmyk_without_profile_gives_the_right_colours() -> None:
    ink = Image.new("CMYK", (8, 8), (0, 255, 255, 0))  # magenta and yellow: red
    for data in (content(ink, "JPEG", quality=95), content(ink, "TIFF")):
        assert np.abs(open_picture(data).pixels.astype(int) - RED).max() <= 3


def test_profiles_of_rgb_are_kept_others_are_converted_or_dropped() -> None:
    rgb = open_picture(content(Image.new("RGB", (4, 4), RED), "JPEG", icc_profile=SRGB))
    assert rgb.icc == SRGB
    unfit = SRGB[:16] + b"CMYK" + SRGB[20:]  # says CMYK, is not: cannot be used, must not be kept
    cmyk = open_picture(content(Image.new("CMYK", (4, 4), (0, 255, 255, 0)), "JPEG", icc_profile=unfit))
    assert cmyk.icc is None and np.abs(cmyk.pixels.astype(int) - RED).max() <= 3


def test_grey_profile_is_applied() -> None:
    """A grey profile of gamma 1 means linear light: 128 is much brighter in sRGB."""
    picture = open_picture(content(Image.new("L", (4, 4), 128), "PNG", icc_profile=grey_profile(gamma=1.0)))
    assert picture.icc is None
    linear = 128 / 255
    assert picture.pixels[0, 0, 0] == pytest.approx(255 * (1.055 * linear ** (1 / 2.4) - 0.055), abs=2)


def grey_profile(gamma: float) -> bytes:
    """A minimal ICC v2 profile (ICC.1:2001-04): white point and a curve of one gamma."""
    white = b"XYZ \0\0\0\0" + struct.pack(">3i", 63190, 65536, 54061)  # D50, s15Fixed16
    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"
    text = b"desc\0\0\0\0" + struct.pack(">I", 5) + b"grey\0" + bytes(78)
    text += bytes(-len(text) % 4)
    parts = [(b"desc", text), (b"wtpt", white), (b"kTRC", curve)]
    table, body, offset = b"", b"", 128 + 4 + 12 * len(parts)
    for name, data in parts:
        table += name + struct.pack(">2I", offset + len(body), len(data))
        body += data
    size = offset + len(body)
    head = struct.pack(">I4sI4s4s4s", size, b"", 0x02100000, b"mntr", b"GRAY", b"XYZ ") + bytes(12) + b"acsp"
    head += bytes(28) + struct.pack(">3i", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + struct.pack(">I", len(parts)) + table + body


def test_animations_give_their_first_frame() -> None:
    frames = [Image.new("RGB", (4, 4), colour) for colour in (RED, GREEN, BLUE)]
    for format in ("GIF", "PNG", "WEBP", "TIFF"):
        options = {"lossless": True} if format == "WEBP" else {}
        data = content(frames[0], format, save_all=True, append_images=frames[1:], **options)
        assert open_picture(data).pixels[0, 0].tolist() == [*RED], format


# Arrays and tensors


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32, np.float64, np.float16])
@pytest.mark.parametrize("channels", [None, 1, 3, 4])
def test_arrays_of_every_allowed_kind(dtype: type, channels: int | None) -> None:
    a = noise(4, 5, 4, dtype=np.uint16) / 65535
    a = (a * np.iinfo(dtype).max).astype(dtype) if np.issubdtype(dtype, np.integer) else a.astype(dtype)
    a = a[..., 0] if channels is None else a[..., :channels]
    picture = open_picture(a)
    expected = (a / picture.levels).reshape(4, 5, -1)
    colours = np.broadcast_to(expected[..., : 1 if channels in (None, 1) else 3], (4, 5, 3))
    stored = replace(picture, alpha=None)  # all of it visible
    np.testing.assert_allclose(stored.tensor()[0].permute(1, 2, 0), colours, atol=1e-6)
    assert (picture.alpha is not None) == (channels == 4)


def test_arrays_in_the_other_byte_order() -> None:
    a = noise(4, 5, 3, dtype=np.uint16)
    picture = open_picture(a.astype(a.dtype.newbyteorder()))
    assert picture.pixels.dtype == np.uint16 and np.array_equal(picture.pixels, a)


def test_black_and_white_arrays() -> None:
    assert open_picture(np.array([[True, False]])).pixels[0, :, 0].tolist() == [255, 0]


def test_floats_barely_out_of_range_are_clipped_without_touching_the_input() -> None:
    a = np.array([[[-0.0005, 0.5, 1.0005]]], np.float32)
    kept = a.copy()
    assert open_picture(a).pixels.tolist() == [[[0, 0.5, 1]]]
    assert np.array_equal(a, kept)


def test_the_tensor_of_a_picture_never_shares_memory_with_its_source() -> None:
    for a in (np.full((2, 2, 3), 0.5, np.float32), np.full((2, 2, 3), 128, np.uint8)):
        before = a.copy()
        open_picture(a).tensor().zero_()
        assert np.array_equal(a, before)


def test_tensors_are_channels_last_and_of_the_asked_dtype() -> None:
    picture = open_picture(noise(9, 7, 3))
    x = picture.tensor(dtype=torch.float16)
    assert x.dtype == torch.float16 and x.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(x, picture.tensor().half(), rtol=0, atol=0)


@settings(max_examples=30, deadline=None)
@given(st.data(), st.sampled_from([np.uint8, np.uint16]))
def test_a_crop_is_that_part_of_the_whole(data: st.DataObject, dtype: type) -> None:
    picture = open_picture(noise(13, 17, 4, dtype=dtype))
    y0, x0 = data.draw(st.integers(0, 12)), data.draw(st.integers(0, 16))
    y1, x1 = data.draw(st.integers(y0 + 1, 13)), data.draw(st.integers(x0 + 1, 17))
    crop = picture.crop(y0, y1, x0, x1)
    assert crop.is_contiguous(memory_format=torch.channels_last)
    assert torch.allclose(crop, picture.tensor()[:, :, y0:y1, x0:x1], rtol=0, atol=1e-6)


@pytest.mark.parametrize("window", [(0, 0, 0, 4), (-1, 2, 0, 4), (0, 5, 0, 4), (3, 2, 0, 4), (0, 2, 0, 9)])
def test_a_crop_beyond_the_border_is_refused(window: tuple[int, int, int, int]) -> None:
    with pytest.raises(ImageError, match="no window of a picture of 6x4"):
        open_picture(noise(4, 6, 3)).crop(*window)


# Resizing and conversion


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 50), st.sampled_from([np.uint8, np.uint16, np.float32]))
def test_resizing_sets_the_shorter_side_and_keeps_aspect_flatness_depth_and_alpha(
    height: int, width: int, side: int, dtype: type
) -> None:
    value = 0.25 if dtype is np.float32 else np.iinfo(dtype).max // 4
    picture = open_picture(np.full((height, width, 4), value, dtype)).resized(side)
    assert min(picture.height, picture.width) == side
    longer = max(height, width) * side / min(height, width)
    assert abs(max(picture.height, picture.width) - longer) <= 0.5
    for a in (picture.pixels, picture.alpha):
        assert a is not None and a.dtype == dtype and np.abs(a.astype(float) - value).max() <= 1e-5 * value
    assert picture.alpha.shape == picture.pixels.shape[:2]


def test_resizing_does_not_alias_and_keeps_16_bits() -> None:
    """Stripes one pixel wide average to grey instead of turning into coarse stripes; steps finer than 8 bits stay."""
    a = np.zeros((64, 64, 3), np.uint16)
    a[:, ::2] = 65535
    inner = open_picture(a).resized(16).pixels[4:-4, 4:-4]
    assert np.abs(inner.astype(int) - 32768).max() < 1500
    ramp = np.broadcast_to(np.arange(512, dtype=np.uint16)[None, :, None], (512, 512, 3))
    assert len(np.unique(open_picture(ramp).resized(256).pixels)) > 200


@pytest.mark.parametrize("side", [0, -5, 1.5, True, "512"])
def test_a_size_that_is_no_number_of_pixels_is_refused(side: object) -> None:
    with pytest.raises(ImageError, match="whole number"):
        open_picture(noise(4, 4, 3)).resized(side)


def test_a_resize_to_more_than_memory_is_refused() -> None:
    with pytest.raises(ImageError, match="million"):
        open_picture(noise(1, 10_000, 3)).resized(1000)


def test_a_picture_goes_back_to_array_and_pil() -> None:
    a = noise(4, 5, 4)
    picture = open_picture(content(Image.fromarray(a), "PNG", icc_profile=SRGB))
    assert np.array_equal(picture.to_array(), a)
    image = picture.to_pil()
    assert image.mode == "RGBA" and image.info["icc_profile"] == SRGB and np.array_equal(np.asarray(image), a)
    assert np.array_equal(picture.with_pixels(255 - picture.pixels).to_array()[..., 3], a[..., 3])
    deep = open_picture(np.array([[[0, 257 * 7 + 100, 65535]]], np.uint16))
    assert np.asarray(deep.to_pil()).tolist() == [[[0, 7, 255]]]


# Large and mapped files


def test_an_uncompressed_tiff_is_mapped_not_loaded(tmp_path: Path) -> None:
    """A 300 MB picture: opening it and cropping takes only a window's memory, in a process that holds to a limit."""
    path = tmp_path / "large.tif"
    with tifffile.TiffWriter(path) as tiff:
        tiff.write(None, shape=(10_000, 10_000, 3), dtype=np.uint8, photometric="rgb")
    assert is_mapped(open_picture(path).pixels)
    code = (
        "import resource, torch, tifffile; from adain_core.pictures.reading import open_picture\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "before = peak()\n"
        f"p = open_picture({str(path)!r})\n"
        "assert p.crop(9000, 9500, 9000, 9500).shape == (1, 3, 500, 500)\n"
        "print(peak() - before)"
    )
    if sys.platform != "win32":
        out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert int(out.stdout) * (1 if sys.platform == "darwin" else 1024) < 100e6


def png(width: int, height: int) -> bytes:
    """A PNG that claims a size and has hardly any pixels."""
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(bytes(10))),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def bomb_tiff() -> bytes:
    file = io.BytesIO()
    with tifffile.TiffWriter(file) as tiff:
        tiff.write(
            iter([b""] * 60), shape=(60_000, 60_000, 3), dtype=np.uint8, photometric="rgb", compression="zlib",
            rowsperstrip=1000,
        )  # fmt: skip
    return file.getvalue()


@pytest.mark.parametrize("data", [png(60_000, 60_000), bomb_tiff()], ids=["png", "tiff"])
def test_a_decompression_bomb_is_refused_from_its_header(data: bytes) -> None:
    assert MAX_PIXELS < 60_000**2
    assert "60000x60000 = 3600 million" in error(data)


def test_the_limit_of_pixels_is_the_callers() -> None:
    data = content(Image.new("RGB", (100, 100)), "PNG")
    assert open_picture(data, max_pixels=10_000).width == 100
    assert "100x100" in error(data, max_pixels=9_999)
    assert "100x100" in error(Image.open(io.BytesIO(data)), max_pixels=9_999)


def test_pillows_own_limit_is_neither_used_nor_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    """That limit belongs to the whole process: in threads too it stays as it was, and warns of nothing."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 300_000)
    a, seen = noise(1000, 1000, 3), []
    data = content(Image.fromarray(a), "BMP")
    with pytest.raises(Image.DecompressionBombError):
        Image.open(io.BytesIO(data))

    def work() -> None:
        seen.append((np.array_equal(open_picture(data).pixels, a), Image.MAX_IMAGE_PIXELS))

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert seen == [(True, 300_000)] * 4


# Bad input


CUT = [("JPEG", {}), ("PNG", {}), ("TIFF", {}), ("GIF", {"interlace": False}), ("BMP", {}), ("PPM", {}), ("TGA", {})]


@pytest.mark.parametrize("format, options", [*CUT, ("WEBP", {}), ("JPEG2000", {}), ("AVIF", {})])
@settings(max_examples=10, deadline=None)
@given(share=st.floats(0.02, 0.9))
def test_a_file_that_is_cut_off_is_refused_in_one_line_where_it_must_be_whole(
    format: str, options: dict, share: float
) -> None:
    data = content(Image.fromarray(noise(40, 40, 3)), format, **options)
    assert error(data[: int(len(data) * share)], whole=True)


@pytest.mark.parametrize("format, options", [*CUT, ("JPEG", {"progressive": True})])
def test_a_file_that_is_cut_off_is_read_as_far_as_it_goes_with_a_warning(
    tmp_path: Path, format: str, options: dict
) -> None:
    path = tmp_path / "cut.off"
    photo = Image.open(EXAMPLE).resize((160, 128))
    data = content(photo, format, **options)
    whole = open_picture(data).pixels.astype(int)
    path.write_bytes(data[: len(data) * 3 // 4])
    with pytest.warns(AdaINWarning, match=r"cut\.off is cut off"):
        picture = open_picture(path)
    there = slice(64, None) if format in ("BMP", "TGA") else slice(64)  # these begin at the bottom
    off = np.abs(picture.pixels[there] - whole[there]).mean()
    assert picture.pixels.shape == whole.shape and off <= (16 if "progressive" in options else 0)
    with pytest.warns(AdaINWarning):  # as a Pillow image, too
        assert np.array_equal(open_picture(Image.open(path)).pixels, picture.pixels)


def test_a_file_without_its_last_bytes_lacks_only_the_last_rows() -> None:
    photo = Image.open(EXAMPLE)
    data = content(photo, "JPEG", quality=95)
    with pytest.warns(AdaINWarning):
        picture = open_picture(data[:-20])
    assert np.array_equal(picture.pixels[:-16], open_picture(data).pixels[:-16])


@pytest.mark.parametrize("format", ["PNG", "BMP", "GIF"])
def test_a_file_that_is_cut_before_its_first_pixel_is_refused(format: str) -> None:
    data = content(Image.open(EXAMPLE), format)
    first = {"PNG": 60, "BMP": 54, "GIF": 900}[format]
    assert "truncated" in error(data[:first]) or "damaged" in error(data[:first])


def test_pillow_s_own_switch_stays_as_it_is() -> None:
    """Two threads, one reading a file that is cut off, the other refusing one."""
    from PIL import ImageFile

    data = content(Image.open(EXAMPLE), "JPEG")[:-2000]
    failed: list[str] = []

    def refuse() -> None:
        for _ in range(20):
            try:
                open_picture(data, whole=True)
            except ImageError:
                continue
            failed.append("read")

    thread = threading.Thread(target=refuse)
    thread.start()
    with warnings.catch_warnings(record=True):
        for _ in range(20):
            open_picture(data)
    thread.join()
    assert not failed and not ImageFile.LOAD_TRUNCATED_IMAGES


@pytest.mark.parametrize("options", [{}, {"compression": "zlib"}])
def test_a_tiff_that_is_cut_off_on_disk_must_be_whole_or_is_said(tmp_path: Path, options: dict) -> None:
    path = tmp_path / "cut.tif"
    tifffile.imwrite(path, noise(100, 100, 3), photometric="rgb", **options)
    path.write_bytes(path.read_bytes()[:-20_000])
    assert "cut.tif" in error(path, whole=True)


# Depth


def deep_png() -> bytes:
    """RGB of 16 bits a channel, which Pillow cannot write."""
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in noise(5, 7, 3, dtype=np.uint16))
    chunks = [(b"IHDR", struct.pack(">2I5B", 7, 5, 16, 2, 0, 0, 0)), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )


def deep_ppm() -> bytes:
    return b"P6\n7 5\n65535\n" + noise(5, 7, 3, dtype=np.uint16).astype(">u2").tobytes()


@pytest.mark.parametrize("make", [deep_png, deep_ppm])
def test_depth_that_is_lost_is_said_in_one_line(make: Callable[[], bytes]) -> None:
    with pytest.warns(AdaINWarning, match="16 bits a channel, of which 8 are read") as said:
        picture = open_picture(make())
    assert picture.pixels.dtype == np.uint8 and "\n" not in str(said[0].message)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_tiff_in_a_compression_that_tifffile_lacks_is_read_by_pillow(
    monkeypatch: pytest.MonkeyPatch, dtype: type
) -> None:
    """As LZW and Zstandard are without `imagecodecs`: with its depth or with a warning."""
    a = noise(20, 30, 3, dtype=dtype)
    file = io.BytesIO()
    tifffile.imwrite(file, a, photometric="rgb", compression="zlib")

    def lacking(self: tifffile.TiffPage, *args: object, **options: object) -> np.ndarray:
        raise ValueError("requires the 'imagecodecs' package")

    monkeypatch.setattr(tifffile.TiffPage, "asarray", lacking)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        picture = open_picture(file.getvalue())
    assert np.abs(picture.pixels.astype(int) - (a >> (8 if dtype is np.uint16 else 0))).max() <= 1
    assert [("[tiff]" in str(each.message)) for each in said] == [True] * (dtype is np.uint16)


def test_zstandard_and_lzw_tiffs_are_read() -> None:
    photo = Image.fromarray(noise(20, 30, 3))
    for compression in ("zstd", "tiff_lzw"):
        assert np.array_equal(open_picture(content(photo, "TIFF", compression=compression)).pixels, np.asarray(photo))


@settings(max_examples=40, deadline=None)
@given(
    st.binary(max_size=200), st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"II*\0", b"BM"])
)
def test_noise_is_an_image_error_whatever_it_starts_with(data: bytes, head: bytes) -> None:
    try:
        open_picture(head + data)
    except ImageError as e:
        assert "\n" not in str(e)


def test_an_empty_file_and_text_named_jpg(tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    assert "empty.png is empty" in error(tmp_path / "empty.png")
    (tmp_path / "text.jpg").write_text("This is no picture,\nit is two lines of text.")
    assert "text.jpg is no picture" in error(tmp_path / "text.jpg")
    assert "empty" in error(b"")


def test_missing_files_folders_and_impossible_names(tmp_path: Path) -> None:
    assert "no picture file" in error(tmp_path / "none.jpg")
    assert "is a folder" in error(tmp_path)
    assert "cannot be opened" in error("a\0b.png")
    assert "binary mode" in error(io.StringIO("text"))


def test_formats_that_run_other_programs_are_not_read() -> None:
    assert "is no picture" in error(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\n")


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (torch.full((3, 4, 4), torch.nan), "values from nan to nan"),
        (torch.full((1, 3, 4, 4), torch.inf), "values from inf"),
        (torch.full((3, 4, 4), 1.01), "values from 1.01 to 1.01"),
        (torch.full((3, 4, 4), -0.5), "values from -0.5"),
        (np.full((4, 4, 3), 255.0), "values from 255 to 255"),
        (torch.zeros(2, 3, 4, 4), r"tensor of shape (2, 3, 4, 4)"),
        (torch.zeros(4, 4, 3), "tensor of shape (4, 4, 3)"),
        (torch.zeros(3, 0, 4), "shape (0, 4, 3)"),
        (torch.zeros(4), "tensor of shape (4,)"),
        (np.zeros((4, 4, 5), np.uint8), "array of shape (4, 4, 5)"),
        (np.zeros((4, 4, 2), np.uint8), "array of shape (4, 4, 2)"),
        (np.zeros((0, 4, 3), np.uint8), "array of shape (0, 4, 3)"),
        (np.zeros((4, 4, 3), np.int64), "dtype int64"),
        (np.zeros((4, 4, 3), complex), "dtype complex128"),
        (None, "NoneType is no picture"),
        (7, "int is no picture"),
    ],
)
def test_wrong_arrays_and_tensors_are_refused_with_their_value(source: object, words: str) -> None:
    assert words in error(source)


def test_an_array_with_one_nan_is_refused() -> None:
    a = np.full((50, 50, 3), 0.5, np.float32)
    a[30, 20, 1] = np.nan
    assert "nan" in error(a)


def test_a_picture_is_immutable_and_compares_by_identity() -> None:
    picture = open_picture(noise(2, 2, 3))
    with pytest.raises(AttributeError):
        picture.icc = b""  # type: ignore[misc]
    assert picture != Picture(picture.pixels)
