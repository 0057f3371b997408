"""What a picture says of itself goes on into its result: EXIF, XMP, resolution; not the place, nor the old pixels."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest
import tifffile
from command_here import adain_here
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from adain_core import AdaIN
from adain_core.errors import AdaINError, AdaINWarning
from adain_core.options import KEPT, Kept
from adain_core.pictures.metadata import Metadata
from adain_core.pictures.picture import Picture
from adain_core.pictures.reading import open_picture
from adain_core.pictures.writing import TileWriter, encode_picture, save_picture

FORMATS = ["png", "jpg", "webp", "tif"]
EXIF, GPS = 0x8769, 0x8825
COPYRIGHT, MAKE, DATE, TAKEN = 0x8298, 0x010F, 0x0132, 0x9003
XMP = (
    '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""'
    ' xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:tiff="http://ns.adobe.com/tiff/1.0/"'
    ' xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' exif:GPSLatitude="48,8.5N" tiff:Orientation="6" dc:rights="© Jürgen">'
    "<exif:GPSLongitude>11,34.5E</exif:GPSLongitude>"
    "<xmp:Thumbnails><rdf:Alt><rdf:li>the old picture</rdf:li></rdf:Alt></xmp:Thumbnails>"
    '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
).encode()


def exif_block(orientation: int = 6) -> bytes:
    """As a camera writes it: with the place, its own notes, and a preview."""
    exif = Image.Exif()
    exif[0x0112], exif[MAKE], exif[DATE] = orientation, "Maker", "2020:01:02 03:04:05"
    exif[0x011A], exif[0x011B], exif[0x0128] = 300.0, 300.0, 2
    exif[EXIF] = {TAKEN: "2020:01:02 03:04:05", 0xA002: 64, 0xA003: 48, 0x927C: b"notes with a preview"}
    exif[GPS] = {1: "N", 2: (48.0, 8.0, 30.0)}
    exif[COPYRIGHT] = "(c) J?rgen"
    block = exif.tobytes().replace(b"(c) J?rgen", "(c) Jürgen".encode("latin-1"))
    return with_preview(block)


def with_preview(block: bytes) -> bytes:
    """A second directory, of a JPEG, linked from the first."""
    tiff = bytearray(block[6:])
    order = "<" if tiff[:2] == b"II" else ">"
    (first,) = struct.unpack_from(order + "L", tiff, 4)
    (count,) = struct.unpack_from(order + "H", tiff, first)
    struct.pack_into(order + "L", tiff, first + 2 + 12 * count, len(tiff))
    preview = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(preview, "JPEG")
    at = len(tiff) + 2 + 2 * 12 + 4
    tiff += struct.pack(order + "H2HLL2HLLL", 2, 0x0201, 4, 1, at, 0x0202, 4, 1, len(preview.getvalue()), 0)
    return block[:6] + bytes(tiff) + preview.getvalue()


def photo(format: str, size: tuple[int, int] = (64, 48), **options: object) -> bytes:
    """A file with all of it."""
    pixels = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), np.uint8)
    file = io.BytesIO()
    told: dict[str, object] = {"exif": exif_block(), "dpi": (300, 300), "xmp": XMP, **options}
    if format == "png":
        from PIL.PngImagePlugin import PngInfo

        told["pnginfo"] = PngInfo()
        told["pnginfo"].add_itxt("XML:com.adobe.xmp", XMP.decode())  # type: ignore[attr-defined]
    name = {"jpg": "JPEG", "tif": "TIFF"}.get(format, format.upper())
    if format == "tif":
        exif = Image.Exif()
        exif.load(exif_block())
        exif[700] = XMP
        told["exif"] = exif.tobytes()
    Image.fromarray(pixels).save(file, name, **told)
    return file.getvalue()


class Told:
    """What other programs read in a file: Pillow."""

    def __init__(self, data: bytes) -> None:
        image = Image.open(io.BytesIO(data))
        image.load()
        exif = image.getexif()
        self.exif, self.inner, self.gps = dict(exif), dict(exif.get_ifd(EXIF)), dict(exif.get_ifd(GPS))
        xmp = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or exif.get(700) or b""
        self.xmp = xmp.encode() if isinstance(xmp, str) else bytes(xmp)
        self.dpi = image.info.get("dpi")
        self.data, self.size = data, image.size


def result(source: bytes, format: str, metadata: Kept = "no-gps") -> Told:
    picture = open_picture(source)
    painted = picture.with_pixels(np.ascontiguousarray(255 - picture.pixels))
    return Told(encode_picture(painted, format=format, metadata=metadata))


@pytest.mark.parametrize("target", FORMATS)
@pytest.mark.parametrize("source", FORMATS)
def test_date_camera_copyright_and_resolution_go_on_into_every_format(source: str, target: str) -> None:
    told = result(photo(source), target)
    assert (told.exif[MAKE], told.exif[DATE]) == ("Maker", "2020:01:02 03:04:05")
    assert told.inner[TAKEN] == "2020:01:02 03:04:05"
    assert "J\xfcrgen" in told.exif[COPYRIGHT] or source == "tif"  # Pillow itself writes "?" there
    assert "© Jürgen".encode() in told.xmp
    dpi = told.dpi or (told.exif[0x011A], told.exif[0x011B])
    assert [round(float(value)) for value in dpi] == [300, 300]


@pytest.mark.parametrize("target", FORMATS)
@pytest.mark.parametrize("source", FORMATS)
def test_what_is_of_the_old_pixels_is_gone(source: str, target: str) -> None:
    """Orientation (they were turned), previews, sizes; the size within EXIF is the result's."""
    told = result(photo(source), target)
    assert told.exif.get(0x0112, 1) == 1 and told.size == (48, 64)
    assert (told.inner[0xA002], told.inner[0xA003]) == (48, 64)
    assert b"preview" not in told.data and 0x927C not in told.inner
    image = Image.open(io.BytesIO(told.data))
    assert not image.getexif().get_ifd(1) and b"\xff\xd8\xff" not in told.data[4:]
    assert b"the old picture" not in told.data and b"tiff:Orientation" not in told.xmp


@pytest.mark.parametrize("target", FORMATS)
@pytest.mark.parametrize("source", FORMATS)
def test_the_place_goes_on_only_where_it_is_asked_for(source: str, target: str) -> None:
    private, public = result(photo(source), target), result(photo(source), target, "all")
    assert not private.gps and b"GPS" not in private.xmp and b"48,8.5N" not in private.data
    assert public.gps[1] == "N" and [float(part) for part in public.gps[2]] == [48.0, 8.0, 30.0]
    assert b"48,8.5N" in public.xmp and b"11,34.5E" in public.xmp


@pytest.mark.parametrize("target", FORMATS)
def test_none_of_it_where_that_is_asked_for(target: str) -> None:
    told = result(photo("jpg"), target, "none")
    assert not told.inner and not told.gps and not told.xmp and MAKE not in told.exif
    assert told.dpi is None and b"Maker" not in told.data


def test_a_tiff_written_in_tiles_says_it_too_and_can_be_mapped(tmp_path: Path) -> None:
    picture = open_picture(photo("jpg"))
    with TileWriter(tmp_path / "out.tif", picture.height, picture.width, like=picture) as writer:
        writer.write(0, 0, picture.pixels)
    told = Told((tmp_path / "out.tif").read_bytes())
    assert told.exif[MAKE] == "Maker" and told.inner[TAKEN] and not told.gps
    with tifffile.TiffFile(tmp_path / "out.tif") as tiff:
        assert tiff.pages[0].is_memmappable and np.array_equal(tiff.asarray(), picture.pixels)
        codes = [tag.code for tag in tiff.pages[0].tags]
        assert codes == sorted(set(codes)) and len(tiff.pages) == 1


def test_sixteen_bits_keep_both_their_depth_and_what_is_said(tmp_path: Path) -> None:
    deep = np.random.default_rng(0).integers(0, 65536, (20, 30, 3), np.uint16)
    picture = Picture(deep, metadata=open_picture(photo("jpg")).metadata)
    save_picture(tmp_path / "deep.tif", picture)
    again = open_picture(tmp_path / "deep.tif")
    assert np.array_equal(again.pixels, deep)
    exif = Image.Exif()
    exif.load(again.metadata.exif)
    assert exif[MAKE] == "Maker" and again.metadata.dpi == (300, 300) and b"rgen" in again.metadata.xmp


def test_a_result_as_a_pillow_image_can_be_saved_with_it(model: AdaIN) -> None:
    image = model.stylize(photo("jpg"), "scream")
    assert image.getexif()[MAKE] == "Maker" and not image.getexif().get_ifd(GPS) and image.info["dpi"] == (300, 300)


def test_flags_of_the_command(tmp_path: Path) -> None:
    (tmp_path / "in.jpg").write_bytes(photo("jpg"))

    def told(*flags: str) -> Told:
        done = adain_here("stylize", "in.jpg", "-s", "scream", "-o", "out.jpg", "--force", *flags, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        return Told((tmp_path / "out.jpg").read_bytes())

    plain, stripped, located = told(), told("--strip"), told("--keep-gps")
    assert plain.exif[MAKE] == "Maker" and not plain.gps
    assert not stripped.exif and not stripped.xmp
    assert located.exif[MAKE] == "Maker" and located.gps
    both = adain_here("stylize", "in.jpg", "-s", "scream", "--strip", "--keep-gps", cwd=tmp_path)
    assert both.returncode == 2 and b"give one of them" in both.stderr
    piped = adain_here("stylize", "in.jpg", "-s", "scream", "-o", "-", "--keep-gps", cwd=tmp_path)
    assert Told(piped.stdout).gps


def test_a_dataset_keeps_it_too(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jpg").write_bytes(photo("jpg"))
    for flags, camera in (((), "Maker"), (("--strip",), None)):
        out = f"out{len(flags)}"
        assert adain_here("dataset", "in", "scream", out, "--workers", "0", *flags, cwd=tmp_path).returncode == 0
        told = Told((tmp_path / out / "a.jpg").read_bytes())
        assert told.exif.get(MAKE) == camera and not told.gps


def test_another_word_is_refused() -> None:
    with pytest.raises(AdaINError, match="'no-gps'"):
        encode_picture(open_picture(photo("jpg")), metadata="gps")  # type: ignore[arg-type]


def test_what_a_jpeg_cannot_hold_is_left_out_and_said() -> None:
    exif = Image.Exif()
    exif[0x010E] = "x" * 70_000
    picture = open_picture(photo("png", exif=exif.tobytes()))
    with pytest.warns(AdaINWarning, match="no EXIF: it has 70"):
        told = Told(encode_picture(picture, format="jpg"))
    assert told.xmp and 0x010E not in told.exif


@pytest.mark.parametrize(
    "xmp",
    [
        b"<x",
        b"\0",
        b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
        b"<a xmlns:b='c'><b:d/></a>" * 2,
        XMP[:300],
        b"\xff\xfe",
    ],
)
def test_damaged_xmp_is_left_out(xmp: bytes) -> None:
    assert Metadata(xmp=xmp).kept("all", 1, 1).xmp == b""


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_damaged_exif_never_spoils_a_result(data: st.DataObject) -> None:
    block = bytearray(exif_block())
    for _ in range(data.draw(st.integers(1, 6))):
        block[data.draw(st.integers(6, len(block) - 1))] = data.draw(st.integers(0, 255))
    told = Metadata(exif=bytes(block[: data.draw(st.integers(6, len(block)))]))
    picture = Picture(np.zeros((4, 5, 3), np.uint8), metadata=told)
    for format in FORMATS:
        for what in KEPT:
            assert open_picture(encode_picture(picture, format=format, metadata=what)).width == 5
