"""Pictures out: everything that belongs to a picture is put back, and a failure leaves nothing behind."""

import errno
import io
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms
from torch import Tensor

from adain_core.errors import ImageError
from adain_core.pictures import writing as image_writer
from adain_core.pictures.picture import Picture
from adain_core.pictures.reading import open_picture
from adain_core.pictures.writing import TileWriter, encode_picture, save_picture

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
LOSSLESS = ["png", "tif", "webp"]


def noise(*shape: int, dtype: type = np.uint8, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, np.iinfo(dtype).max + 1, shape, dtype)


def colours(height: int, width: int, seed: int = 0) -> Tensor:
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(seed))


# Whole pictures


@pytest.mark.parametrize("suffix", LOSSLESS)
@settings(max_examples=10, deadline=None)
@given(height=st.integers(1, 30), width=st.integers(1, 30), alpha=st.booleans())
def test_what_was_opened_is_written_back_unchanged(suffix: str, height: int, width: int, alpha: bool) -> None:
    """Pixels through a float tensor and back, alpha and profile, at any size."""
    a = noise(height, width, 4 if alpha else 3, seed=height * width)
    picture = open_picture(a)
    picture = Picture(picture.pixels, picture.alpha, SRGB)
    data = encode_picture(replace(picture, alpha=None).tensor(), picture, format=suffix, quality=100)
    again = open_picture(data)
    assert again.pixels.dtype == np.uint8 and np.array_equal(again.to_array(), a) and again.icc == SRGB
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(data))), a), "other programs see the same"


@pytest.mark.parametrize("suffix", ["png", "tif", "jpg", "webp"])
def test_a_saved_file_is_what_encode_gives_and_has_the_suffixs_format(tmp_path: Path, suffix: str) -> None:
    x = colours(20, 30)
    path = tmp_path / f"a.{suffix.upper()}"
    save_picture(path, x)
    assert path.read_bytes() == encode_picture(x, format=suffix)
    expected = {"png": "PNG", "tif": "TIFF", "jpg": "JPEG", "webp": "WEBP"}[suffix]
    assert Image.open(path).format == expected and Image.open(path).size == (30, 20)
    assert os.listdir(tmp_path) == [path.name]


def test_values_are_rounded_and_clipped_not_cut_off() -> None:
    x = torch.tensor([0.4999 / 255, 0.5001 / 255, 254.6 / 255, -0.2, 1.7]).expand(1, 3, 1, 5)
    assert open_picture(encode_picture(x)).pixels[0, :, 0].tolist() == [0, 1, 255, 0, 255]


def test_arrays_tensors_pil_images_and_pictures_write_the_same() -> None:
    a = noise(6, 5, 4)
    picture = Picture(a[..., :3], a[..., 3], SRGB)
    expected = encode_picture(a[..., :3], picture)
    x = torch.from_numpy(a[..., :3]).permute(2, 0, 1) / 255
    for pixels in (x, x[None], x[None].half().float(), a[..., :3] / 255, a[..., :3] * np.uint16(257)):
        assert encode_picture(pixels, picture) == expected
    assert encode_picture(picture) == expected
    assert encode_picture(picture.to_pil()) == expected


def test_16_bits_are_kept_by_tiff_and_rounded_elsewhere() -> None:
    a = noise(20, 30, 4, dtype=np.uint16)
    picture = open_picture(a)
    pixels = replace(picture, alpha=None).tensor()
    again = open_picture(encode_picture(pixels, picture, format="tiff"))
    assert again.pixels.dtype == np.uint16 and np.array_equal(again.to_array(), a)
    again = open_picture(encode_picture(pixels, picture, format="png"))
    assert np.array_equal(again.to_array(), np.floor(a / 257 + 0.5))


def test_floats_with_floats_alpha_become_16_bit_tiff() -> None:
    a = np.random.default_rng(0).random((4, 5, 4), np.float32)
    picture = open_picture(a)
    again = open_picture(encode_picture(picture.pixels, picture, format="tif"))
    np.testing.assert_allclose(again.to_array() / 65535, a, atol=0.51 / 65535)


def test_jpeg_drops_alpha_and_keeps_colours_resolution_and_profile() -> None:
    """Stripes of one pixel in pure colours survive: 4:4:4, quality 95."""
    a = np.zeros((32, 32, 4), np.uint8)
    a[:, ::2, 0] = a[:, 1::2, 2] = 255
    picture = Picture(a[..., :3], a[..., 3], SRGB)
    data = encode_picture(a[..., :3], picture, format="jpg")
    again = open_picture(data)
    assert again.alpha is None and again.icc == SRGB
    assert np.abs(again.pixels.astype(int) - a[..., :3]).max() < 16
    assert len(encode_picture(noise(64, 64, 3), format="jpg", quality=50)) < len(
        encode_picture(noise(64, 64, 3), format="jpg")
    )


def test_alpha_of_another_size_is_refused() -> None:
    with pytest.raises(ImageError, match="5x4 pixels, its alpha 8x6"):
        encode_picture(colours(4, 5), open_picture(noise(6, 8, 4)))


@pytest.mark.parametrize(
    ("pixels", "words"),
    [
        (torch.full((1, 3, 2, 2), torch.nan), "NaN"),
        (np.full((2, 2, 3), np.inf), "NaN or infinite"),
        (torch.zeros(2, 3, 4, 4), r"shape \(2, 3, 4, 4\)"),
        (torch.zeros(1, 4, 4, 4), r"shape \(1, 4, 4, 4\)"),
        (torch.zeros(1, 3, 4, 4, dtype=torch.uint8), "torch.uint8"),
        (np.zeros((4, 4), np.uint8), r"shape \(4, 4\)"),
        (np.zeros((4, 4, 3), np.int32), "int32"),
    ],
)
def test_what_is_no_picture_is_refused(tmp_path: Path, pixels: object, words: str) -> None:
    with pytest.raises(ImageError, match=words):
        save_picture(tmp_path / "a.png", pixels)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("quality", [0, 101, 9.5, True])
def test_quality_is_a_whole_number_from_1_to_100(quality: object) -> None:
    with pytest.raises(ImageError, match="quality"):
        encode_picture(colours(2, 2), format="jpg", quality=quality)


@pytest.mark.parametrize("name", ["a.gif", "a", "a.jpg.txt"])
def test_an_unknown_suffix_is_refused_and_the_known_ones_named(tmp_path: Path, name: str) -> None:
    for write in (lambda p: save_picture(p, colours(2, 2)), lambda p: TileWriter(p, 2, 2)):
        with pytest.raises(ImageError, match=r"\.png, \.jpg, \.jpeg, \.webp, \.tif, \.tiff"):
            write(tmp_path / name)


def test_a_picture_too_large_for_its_format_is_an_image_error(tmp_path: Path) -> None:
    for name in ("a.jpg", "a.webp"):
        with pytest.raises(ImageError, match=f"cannot write .*{name}"):
            save_picture(tmp_path / name, np.zeros((1, 70_000, 3), np.uint8))
    assert os.listdir(tmp_path) == []


# Tiles


def write_tiles(writer: TileWriter, x: Tensor, tile: int) -> None:
    for y in range(0, x.shape[2], tile):
        for column in range(0, x.shape[3], tile):
            writer.write(y, column, x[:, :, y : y + tile, column : column + tile])


@pytest.mark.parametrize("suffix", ["png", "tif", "jpg", "webp"])
@settings(max_examples=8, deadline=None)
@given(
    height=st.integers(1, 50),
    width=st.integers(1, 50),
    tile=st.integers(1, 32),
    alpha=st.booleans(),
    dtype=st.sampled_from([np.uint8, np.uint16]),
)
def test_tiles_make_the_same_picture_as_writing_it_whole(
    tmp_path_factory: pytest.TempPathFactory, suffix: str, height: int, width: int, tile: int, alpha: bool, dtype: type
) -> None:
    """Ragged tiles at the borders, alpha, 16 bits, profile: bit by bit."""
    folder = tmp_path_factory.mktemp("tiles")
    picture = open_picture(noise(height, width, 4 if alpha else 3, dtype=dtype))
    like = Picture(picture.pixels, picture.alpha, SRGB)
    x = colours(height, width)
    save_picture(folder / f"whole.{suffix}", x, like)
    with TileWriter(folder / f"tiles.{suffix}", height, width, like=like) as writer:
        write_tiles(writer, x, tile)
    whole, tiles = (open_picture(folder / f"{name}.{suffix}") for name in ("whole", "tiles"))
    assert whole.pixels.dtype == tiles.pixels.dtype
    assert np.array_equal(whole.to_array(), tiles.to_array()) and whole.icc == tiles.icc == SRGB
    if suffix != "tif":
        assert (folder / f"whole.{suffix}").read_bytes() == (folder / f"tiles.{suffix}").read_bytes()
    elif dtype is np.uint8:
        assert np.array_equal(np.asarray(Image.open(folder / "tiles.tif")), tiles.to_array())
    assert len(os.listdir(folder)) == 2


def test_a_tiff_of_tiles_can_be_mapped_again(tmp_path: Path) -> None:
    with TileWriter(tmp_path / "a.tif", 100, 700) as writer:
        write_tiles(writer, colours(100, 700), 64)
    with tifffile.TiffFile(tmp_path / "a.tif") as tiff:
        assert tiff.pages[0].is_memmappable


@pytest.mark.parametrize("suffix", ["png", "tif"])
@pytest.mark.parametrize("stop", [KeyboardInterrupt, RuntimeError])
def test_a_cancelled_picture_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, suffix: str, stop: type[BaseException]
) -> None:
    path = tmp_path / f"a.{suffix}"
    path.write_text("old")
    with pytest.raises(stop), TileWriter(path, 64, 64) as writer:
        writer.write(0, 0, colours(32, 64))
        raise stop
    assert os.listdir(tmp_path) == [path.name] and path.read_text() == "old"


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_missing_tiles_are_noticed(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(ImageError, match="miss 1024 pixels"), TileWriter(tmp_path / f"a.{suffix}", 64, 64) as writer:
        writer.write(0, 0, colours(64, 48))
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(("y", "x"), [(-1, 0), (0, -1), (33, 0), (0, 33)])
def test_a_tile_beyond_the_border_is_refused(tmp_path: Path, y: int, x: int) -> None:
    with pytest.raises(ImageError, match="reaches beyond"), TileWriter(tmp_path / "a.tif", 64, 64) as writer:
        writer.write(y, x, colours(32, 32))
    assert os.listdir(tmp_path) == []


def test_alpha_of_another_size_is_noticed_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="alpha 8x6"):
        TileWriter(tmp_path / "a.tif", 4, 5, like=open_picture(noise(6, 8, 4)))


@pytest.mark.skipif(sys.platform == "win32", reason="the resource module is for POSIX systems")
@pytest.mark.slow
def test_memory_stays_bounded_by_the_tile(tmp_path: Path) -> None:
    """A TIFF of 6000 x 6000 (108 MB) with alpha takes the memory of one tile of 512."""
    code = (
        "import resource, torch, tifffile; from adain_core.pictures.writing import TileWriter\n"
        "torch.set_num_threads(1)\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "def write(name, n):\n"
        f"    with TileWriter({str(tmp_path)!r} + '/' + name, n, n) as w:\n"
        "        for y in range(0, n, 512):\n"
        "            for x in range(0, n, 512):\n"
        "                w.write(y, x, torch.full((1, 3, min(512, n - y), min(512, n - x)), 0.5))\n"
        "write('small.tif', 512)\n"
        "before = peak()\n"
        "write('large.tif', 6000)\n"
        "print(peak() - before)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(out.stdout) * (1 if sys.platform == "darwin" else 1024) < 30e6
    picture = open_picture(tmp_path / "large.tif")
    assert picture.pixels.shape == (6000, 6000, 3)
    assert picture.pixels[5999, 5999].tolist() == [128] * 3 and int(picture.pixels[::50].min()) == 128


def test_beyond_4_gb_the_file_is_a_bigtiff(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a = noise(40, 40, 3)
    monkeypatch.setattr(image_writer, "BIGTIFF_BYTES", 4000)
    with TileWriter(tmp_path / "a.tif", 40, 40) as writer:
        writer.write(0, 0, a)
    with tifffile.TiffFile(tmp_path / "a.tif") as tiff:
        assert tiff.is_bigtiff
    assert np.array_equal(open_picture(tmp_path / "a.tif").pixels, a)


# The disk's refusals


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_a_missing_folder_is_an_image_error(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / "none" / f"a.{suffix}"
    with pytest.raises(ImageError, match="No such file"):
        save_picture(path, colours(2, 2))
    with pytest.raises(ImageError, match="No such file"), TileWriter(path, 2, 2):
        pass


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_a_folder_in_the_way_is_an_image_error(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    path.mkdir()
    with pytest.raises(ImageError, match="cannot write"):
        save_picture(path, colours(2, 2))
    with pytest.raises(ImageError, match="cannot write"), TileWriter(path, 2, 2) as writer:
        writer.write(0, 0, colours(2, 2))
    assert os.listdir(tmp_path) == [path.name]


@pytest.mark.skipif(sys.platform == "win32", reason="the resource module is for POSIX systems")
@pytest.mark.parametrize("suffix", ["png", "tif"])
@pytest.mark.parametrize("tiled", [False, True])
def test_a_disk_that_takes_no_more_keeps_the_old_file(tmp_path: Path, suffix: str, tiled: bool) -> None:
    """The system refuses to let files grow beyond 100 kB; the picture needs 270 kB."""
    import resource

    path = tmp_path / f"a.{suffix}"
    path.write_text("old")
    x = colours(300, 300)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(ImageError, match="File too large"):
            if tiled:
                with TileWriter(path, 300, 300) as writer:
                    write_tiles(writer, x, 64)
            else:
                save_picture(path, x)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert os.listdir(tmp_path) == [path.name] and path.read_text() == "old"


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_too_little_disk_is_noticed_before_hours_of_work(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image_writer, "free_space", lambda _: 10**8)
    with (
        pytest.raises(ImageError, match=r"needs 1\.2 GB of disk, 100 MB are free: make room$"),
        TileWriter(tmp_path / f"a.{suffix}", 20_000, 20_000),
    ):
        pytest.fail("entered")
    assert os.listdir(tmp_path) == []


def test_the_systems_words_are_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", full)
    with pytest.raises(
        ImageError, match=r"cannot write .*a\.png: No space left on device: it needs more than the .* that are free$"
    ):
        save_picture(tmp_path / "a.png", colours(2, 2))
    assert os.listdir(tmp_path) == []
