"""Whatever has happened to a file, it is read or refused in one line by every entry, and nothing else is lost."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import logging
import struct
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
import torch
from command_here import adain_here
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odd_files import odd
from PIL import Image
from safetensors.torch import save

from adain_core import AdaIN, Style
from adain_core.errors import AdaINError
from adain_core.pictures.masks import open_mask
from adain_core.pictures.reading import open_picture
from adain_core.styles.builtin import load_library, save_library
from adain_core.weights.catalog import bundled_folder
from adain_core.weights.convert import read_tensors
from adain_core.weights.metadata import read_metadata
from adain_core.weights.network_files import load_decoder, load_encoder

pytestmark = pytest.mark.slow

MANY = settings(
    max_examples=700,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
MOST_PIXELS = 1 << 20
"""More are refused here, so that a header that lies fills no memory."""


def sound_pictures() -> list[bytes]:
    """A small file of every format, and of the kinds that are read in other ways."""
    random = np.random.default_rng(0)
    colour = Image.fromarray(random.integers(0, 256, (20, 24, 3), np.uint8))
    clear = Image.fromarray(random.integers(0, 256, (20, 24, 4), np.uint8))
    deep = Image.fromarray(random.integers(0, 65536, (20, 24), np.uint16))
    exif = Image.Exif()
    exif[0x0112], exif[0x8769] = 6, {0x9003: "2020:01:02 03:04:05"}
    profile = open_profile()
    kinds: list[tuple[Image.Image, str, dict[str, Any]]] = [
        (colour, "PNG", {"exif": exif.tobytes(), "dpi": (72, 72)}),
        (colour.quantize(16), "PNG", {"transparency": 3}),
        (clear, "PNG", {}),
        (deep, "PNG", {}),
        (colour.convert("1"), "PNG", {}),
        (colour, "JPEG", {"exif": exif.tobytes(), "icc_profile": profile}),
        (colour, "JPEG", {"progressive": True}),
        (colour.convert("CMYK"), "JPEG", {}),
        (colour.convert("L"), "JPEG", {}),
        (colour, "MPO", {"save_all": True, "append_images": [colour]}),
        (clear, "WEBP", {"lossless": True, "exif": exif.tobytes()}),
        (colour, "WEBP", {"save_all": True, "append_images": [clear]}),
        (colour, "TIFF", {"exif": exif.tobytes()}),
        (colour, "TIFF", {"compression": "tiff_lzw"}),
        (colour, "TIFF", {"compression": "jpeg"}),
        (colour.convert("CMYK"), "TIFF", {}),
        (colour, "GIF", {"save_all": True, "append_images": [clear]}),
        (colour, "BMP", {}),
        (colour.quantize(16), "BMP", {}),
        (colour, "DIB", {}),
        (clear, "AVIF", {}),
        (colour, "JPEG2000", {}),
        (colour, "JPEG2000", {"no_jp2": True}),
        (colour, "PPM", {}),
        (deep, "PPM", {}),
        (clear, "TGA", {"compression": "tga_rle"}),
        (colour, "TGA", {}),
        (clear, "ICO", {"sizes": [(24, 20)]}),
        (clear, "ICO", {"sizes": [(24, 20)], "bitmap_format": "bmp"}),
    ]
    files = []
    for image, format, options in kinds:
        file = io.BytesIO()
        image.save(file, format, **options)
        files.append(file.getvalue())
    for dtype, options in ((np.uint8, {}), (np.uint16, {"compression": "zlib", "predictor": True}), (np.float32, {})):
        file, a = io.BytesIO(), random.random((20, 24, 3))
        a = a.astype(dtype) if dtype is np.float32 else (a * np.iinfo(dtype).max).astype(dtype)
        tifffile.imwrite(file, a, photometric="rgb", bigtiff=dtype is np.uint8, **options)
        files.append(file.getvalue())
    return files


def open_profile() -> bytes:
    from PIL import ImageCms

    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def sound_weights(model: AdaIN) -> dict[str, list[bytes]]:
    """Style files, style libraries and networks, each sound, and as they are when something else is wrong."""
    style = Style(torch.rand(512), torch.rand(512), model.encoder_id, "mine", {"title": "Mine"})
    with_texture = model.encode_style(torch.rand(3, 32, 32), texture=True, name="rough")
    meta = {"format": "adain-style-1", "encoder": model.encoder_id, "name": "odd", "info": "{}"}
    odd_ones = []
    for tensors, changed in (
        ({"mean": torch.rand(3), "std": torch.rand(3)}, {}),
        ({"mean": torch.rand(0), "std": torch.rand(0)}, {}),
        ({"mean": torch.rand(512).long(), "std": torch.rand(512).long()}, {}),
        ({"mean": torch.rand(512) > 0.5, "std": torch.rand(512) > 0.5}, {}),
        ({"mean": torch.rand(512).to(torch.float8_e4m3fn), "std": torch.rand(512).to(torch.float8_e4m3fn)}, {}),
        ({"mean": torch.rand(512).to(torch.complex64), "std": torch.rand(512).to(torch.complex64)}, {}),
        ({"mean": torch.rand(512).double(), "std": -torch.rand(512).double()}, {}),
        ({"mean": torch.rand(512), "std": torch.full((512,), torch.nan)}, {}),
        ({"mean": torch.rand(512), "std": torch.full((512,), 1e38)}, {}),
        (
            {
                "mean": torch.rand(512),
                "std": torch.rand(512),
                "texture.mean": torch.rand(5),
                "texture.std": torch.rand(5),
            },
            {},
        ),
        ({"mean": torch.rand(512), "std": torch.rand(512), "texture.mean": torch.rand(5)}, {}),
        ({"mean": torch.rand(1, 512), "std": torch.rand(1, 512)}, {}),
        ({"std": torch.rand(512)}, {}),
        (style.tensors(), {"info": "not JSON"}),
        (style.tensors(), {"info": "[1, 2]"}),
        (style.tensors(), {"info": "[" * 100_000}),
        (style.tensors(), {"info": '{"title": 3}'}),
        (style.tensors(), {"encoder": "another", "name": "\n\x1b[31m"}),
    ):
        odd_ones.append(save(tensors, {**meta, **changed}))
    libraries = []
    for entries in (
        "[]",
        "{}",
        "3",
        '["a"]',
        '[{"name": 3}]',
        '[{"name": "a"}]',
        "[" * 100_000,
        "no JSON",
        '[{"name": null}]',
    ):
        tensors = {"a.mean": torch.rand(512), "a.std": torch.rand(512)}
        libraries.append(save(tensors, {"format": "adain-styles-1", "encoder": model.encoder_id, "styles": entries}))
    networks = [file.read_bytes() for file in sorted(bundled_folder().glob("lite-*coder.safetensors"))]
    assert networks
    return {
        "styles": [style.to_bytes(), with_texture.to_bytes(), *odd_ones],
        "libraries": [library_of({"a": style, "b": style}), *libraries],
        "networks": networks,
    }


def library_of(styles: dict[str, Style]) -> bytes:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        save_library(styles, Path(folder) / "library.safetensors")
        return (Path(folder) / "library.safetensors").read_bytes()


PICTURES = sound_pictures()


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """What decoders say besides is no matter here."""
    logging.disable(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
    logging.disable(logging.NOTSET)


@pytest.fixture(autouse=True)
def bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    assert open_picture.__kwdefaults__ is not None
    monkeypatch.setitem(open_picture.__kwdefaults__, "max_pixels", MOST_PIXELS)


def refused(call: Callable[[], Any]) -> bool:
    """Whether a call says in one line that it cannot; another error fails the test."""
    try:
        call()
    except AdaINError as e:
        assert str(e) and "\n" not in str(e)
        return True
    return False


def test_the_sound_ones_are_read() -> None:
    for data in PICTURES:
        assert not refused(lambda data=data: open_picture(data)), data[:32]


@MANY
@given(odd(PICTURES))
def test_odd_pictures_in_the_library(tmp_path: Path, data: bytes) -> None:
    refused(lambda: open_picture(data))
    refused(lambda: open_mask(data))
    (tmp_path / "odd.tif").write_bytes(data)
    refused(lambda: open_picture(tmp_path / "odd.tif"))
    try:
        image = Image.open(io.BytesIO(data))
    except Exception:  # Pillow's own affair
        return
    refused(lambda: open_picture(image))


@settings(MANY, max_examples=8)
@given(st.lists(odd(PICTURES), min_size=60, max_size=60))
def test_odd_pictures_in_a_folder_of_the_command(tmp_path: Path, files: list[bytes]) -> None:
    """Each has a line, none spoils another, and the files themselves stay as they are."""
    folder = tmp_path / "in"
    folder.mkdir(exist_ok=True)
    for number, data in enumerate(files):
        (folder / f"{number:02d}.png").write_bytes(data)
    (folder / "good.png").write_bytes(PICTURES[0])
    call = ("stylize", "in", "-s", "scream", "-o", "out", "--json", "--force", "--model", "lite", "--size", "16")
    done = adain_here(*call, cwd=tmp_path)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["source"] for row in rows] == [f"in/{number:02d}.png" for number in range(60)] + ["in/good.png"]
    assert done.returncode == int(any("error" in row for row in rows)) and "error" not in rows[-1]
    for row, data in zip(rows, [*files, PICTURES[0]], strict=True):
        assert Path(tmp_path / row["source"]).read_bytes() == data
        assert "error" in row or Image.open(tmp_path / row["output"]).size


@settings(MANY, max_examples=500)
@given(odd(PICTURES))
def test_odd_pictures_on_the_page(tmp_path: Path, data: bytes) -> None:
    pytest.importorskip("gradio")
    from adain_demo.areas import painted_mask
    from adain_demo.limits import Limits
    from adain_demo.photos import Photos

    limits = Limits(photo_pixels=MOST_PIXELS)
    photos = Photos(limits)
    path = tmp_path / hashlib.sha256(data).hexdigest()
    path.write_bytes(data)
    refused(lambda: photos.find(str(path), side=16))
    refused(lambda: photos.look(str(path)))
    refused(lambda: photos.open_style(str(path), 16))
    refused(lambda: photos.mask(str(path)))
    refused(lambda: painted_mask("data:image/png;base64," + base64.b64encode(data).decode(), limits))
    path.unlink()


def test_odd_files_of_weights(model: AdaIN, tmp_path: Path) -> None:
    """Styles, libraries and networks: loaded and usable, or refused."""
    sound = sound_weights(model)
    photo = torch.rand(1, 3, 16, 16)
    path = tmp_path / "odd.safetensors"

    def use(kind: str) -> None:
        refused(lambda: read_metadata(path))
        refused(lambda: read_tensors(path))
        refused(lambda: load_library(path))
        refused(lambda: model.stylize(photo, path))
        if kind == "networks":
            refused(lambda: load_encoder(path))
            refused(lambda: load_decoder(path))
            refused(lambda: AdaIN.from_pretrained(path, device="cpu", dtype="float32").stylize(photo, "scream"))

    def try_all(kind: str, files: list[bytes], count: int) -> None:
        @settings(MANY, max_examples=count)
        @given(odd(files, head=600))
        def changed(data: bytes) -> None:
            path.write_bytes(data)
            use(kind)

        for data in files:
            path.write_bytes(data)
            use(kind)
        changed()

    for kind, count in (("styles", 300), ("libraries", 150), ("networks", 100)):
        try_all(kind, sound[kind], count)


@settings(MANY, max_examples=100)
@given(st.data())
def test_odd_heads_of_safetensors(model: AdaIN, tmp_path: Path, data: st.DataObject) -> None:
    """JSON that is right as JSON, and says what cannot be."""
    words = st.sampled_from(
        ["mean", "std", "__metadata__", "dtype", "shape", "data_offsets", "F32", "I64", "BOOL", "F4", ""]
    )
    values = st.recursive(
        st.none() | st.booleans() | st.integers(-2, 2**63) | words,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=4),
        max_leaves=8,
    )
    tensor = st.fixed_dictionaries(
        {
            "dtype": st.sampled_from(["F32", "F16", "I8", "BOOL", "F64", "F8_E4M3", "Q9"]),
            "shape": st.lists(st.sampled_from([0, 1, 2, 512, 2**62]), max_size=3),
            "data_offsets": st.lists(st.sampled_from([0, 1, 4, 2048, 4096, 2**63]), min_size=2, max_size=2),
        }
    )
    meta = {"format": "adain-style-1", "encoder": model.encoder_id, "name": "a", "info": "{}"}
    head = data.draw(st.dictionaries(words, tensor | values, max_size=4))
    head.setdefault("__metadata__", data.draw(st.just(meta) | values))
    text = json.dumps(head).encode()
    path = tmp_path / "odd.safetensors"
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"\0" * data.draw(st.sampled_from([0, 4, 4096])))
    for call in (Style.load, load_library, load_encoder, load_decoder, read_metadata, read_tensors):
        refused(lambda call=call: call(path))


def test_odd_style_files_of_the_command(model: AdaIN, tmp_path: Path) -> None:
    """One line and exit code 1 or 2, or a result."""
    kinds = sound_weights(model)
    (tmp_path / "photo.png").write_bytes(PICTURES[0])
    options = ("-o", "out.png", "--force", "--size", "16")
    calls = (
        ("info", "odd.safetensors"),
        ("stylize", "photo.png", "-s", "odd.safetensors", *options),
        ("style", "save", "odd.safetensors", "-o", "again.safetensors", "--force"),
        ("convert", "odd.safetensors", "-o", "converted", "--force"),
        ("stylize", "photo.png", "-s", "scream", "--model", "odd.safetensors", *options),
    )
    for number, data in enumerate([*kinds["styles"], *kinds["libraries"], *kinds["networks"]]):
        (tmp_path / "odd.safetensors").write_bytes(data)
        call = calls[number % len(calls)]
        done = adain_here(*call, cwd=tmp_path)
        lines = [line for line in done.stderr.decode().splitlines() if line.startswith("adain: ")]
        assert done.returncode == 0 or (done.returncode in (1, 2) and len(lines) == 1), (call, done)
