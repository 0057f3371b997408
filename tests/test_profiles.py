"""Pictures that look the same do the same, whatever colour profile their numbers are in."""

import io
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from adain_core import AdaIN, Region, open_picture
from adain_core.pictures.masks import open_mask
from adain_core.pictures.profiles import in_profile
from training.pictures import PictureFile


@pytest.fixture(scope="module")
def lite() -> AdaIN:
    return AdaIN.from_pretrained("lite", device="cpu", dtype="float32")


@pytest.fixture(scope="module")
def swapped() -> bytes:
    """sRGB, but that its first number is green and its second red."""
    srgb = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    at = {bytes(srgb[o : o + 4]): o for o in range(132, 132 + 12 * struct.unpack(">I", srgb[128:132])[0], 12)}
    changed, r, g = srgb.copy(), at[b"rXYZ"] + 4, at[b"gXYZ"] + 4
    changed[r : r + 8], changed[g : g + 8] = srgb[g : g + 8], srgb[r : r + 8]
    return bytes(changed)


def look() -> np.ndarray:
    y, x = np.mgrid[0:64, 0:64]
    return (np.stack([x / 64, y / 64, (x + y) / 128], -1) * 255).astype(np.uint8)


def png(pixels: np.ndarray, icc: bytes | None = None) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", icc_profile=icc)
    return file.getvalue()


def same_look(swapped: bytes) -> bytes:
    return png(look()[:, :, [1, 0, 2]].copy(), swapped)


@pytest.mark.parametrize("color", [None, "cholesky"])
def test_styles_that_look_the_same_give_the_same(lite: AdaIN, swapped: bytes, color: None) -> None:
    photo = look()[::-1].copy()
    first, second = (lite.stylize(photo, style, color=color) for style in (png(look()), same_look(swapped)))
    assert np.abs(first.astype(int) - second.astype(int)).max() <= 2


def test_a_content_keeps_its_profile_and_takes_the_styles_look(lite: AdaIN, swapped: bytes) -> None:
    """The same photo in two profiles, in the same style: each result is in its content's profile and looks the same."""
    style = png(look()[::-1].copy())
    plain, other = (lite.stylize(content, style) for content in (png(look()), same_look(swapped)))
    assert other.info["icc_profile"] == swapped and "icc_profile" not in plain.info
    # The network itself does not treat channels alike, so the two are near, not equal; numbers left in their own
    # profile would be as far apart as red is from green.
    seen = np.asarray(in_profile(open_picture(other)).pixels).astype(int)
    assert np.abs(seen.mean((0, 1)) - np.asarray(plain).astype(int).mean((0, 1))).max() < 12


def test_a_mask_is_read_as_it_looks(swapped: bytes) -> None:
    green = np.zeros((8, 8, 3), np.uint8)
    green[..., 1] = 255
    stored = green[:, :, [1, 0, 2]].copy()
    assert float((open_mask(png(green)) - open_mask(png(stored, swapped))).abs().max()) < 0.01


def test_a_region_by_such_a_mask_is_the_same(lite: AdaIN, swapped: bytes) -> None:
    first, second = (lite.stylize(look(), [Region("scream", mask)]) for mask in (png(look()), same_look(swapped)))
    assert np.abs(first.astype(int) - second.astype(int)).max() <= 2


def test_training_sees_pictures_as_they_look(tmp_path: Path, swapped: bytes) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(same_look(swapped))
    assert np.abs(PictureFile("a", path).open().pixels.astype(int) - look()).max() <= 1


def test_a_damaged_profile_is_left_aside() -> None:
    picture = open_picture(png(look(), b"\0" * 16 + b"RGB " + b"\0" * 200))
    assert np.array_equal(in_profile(picture).pixels, look())


def test_transparency_and_depth_come_through(swapped: bytes) -> None:
    rgba = np.dstack([look()[:, :, [1, 0, 2]], np.full((64, 64), 99, np.uint8)])
    found = in_profile(open_picture(png(rgba, swapped)))
    assert found.alpha is not None and int(found.alpha[0, 0]) == 99 and found.icc is None
    assert np.abs(found.pixels.astype(int) - look()).max() <= 1
