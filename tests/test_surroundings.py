"""What a caller has switched on in torch around a call changes nothing: a default device, autocast."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
import torch
from pack_under_test import PlainModel, of_pack, part
from torch import Tensor

from adain_core import AdaIN, Region, Style
from adain_core.dataset.workers.painting import paint
from adain_core.pictures.masks import fit, open_mask
from adain_core.pictures.reading import open_picture
from adain_core.video import FrameStylizer


@contextmanager
def default_device() -> Iterator[None]:
    """The one that holds no numbers: what lands there by accident cannot be computed with."""
    torch.set_default_device("meta")
    try:
        yield
    finally:
        torch.set_default_device(None)


def autocast() -> AbstractContextManager:
    return torch.autocast("cpu", torch.bfloat16)


SURROUNDINGS = pytest.mark.parametrize("around", [default_device, autocast])


@pytest.fixture(scope="module")
def photo(astronaut: Tensor) -> Tensor:
    """A content of a size that is no multiple of 8, (1, 3, 44, 61)."""
    return astronaut[:, :, 60:104, 190:251].contiguous()


@pytest.fixture(scope="module")
def mask() -> Tensor:
    return torch.linspace(0, 1, 30)[None].expand(20, 30).contiguous()


def same(call: Callable[[], Tensor], around: Callable[[], AbstractContextManager]) -> bool:
    wanted = call()
    with around():
        found = call()
    return found.dtype == wanted.dtype and bool((found == wanted).all())


@SURROUNDINGS
def test_a_model_is_loaded(around: Callable[[], AbstractContextManager], model: AdaIN, photo: Tensor) -> None:
    with around():
        loaded = AdaIN.from_pretrained(device="cpu", dtype="float32")
    assert loaded.dtype == torch.float32 and bool((loaded.encode(photo) == model.encode(photo)).all())


@SURROUNDINGS
def test_styles_are_encoded(
    around: Callable[[], AbstractContextManager], model: AdaIN, photo: Tensor, mask: Tensor
) -> None:
    def call() -> Tensor:
        style = model.encode_style(photo, mask=mask, texture=True)
        assert style.texture is not None
        return torch.cat([style.mean, style.std, style.texture.mean, style.texture.std])

    assert same(call, around)


@SURROUNDINGS
@pytest.mark.parametrize("color", [None, "cholesky", "luminance-matched"])
def test_pictures_are_stylized(
    around: Callable[[], AbstractContextManager], model: AdaIN, photo: Tensor, color: str | None
) -> None:
    assert same(lambda: model.stylize(photo, "scream", alpha=0.7, color=color, tile=32), around)  # type: ignore[arg-type]


@SURROUNDINGS
def test_refinement(around: Callable[[], AbstractContextManager], model: AdaIN, photo: Tensor, coffee: Tensor) -> None:
    small = coffee[:, :, :64, :64]
    assert same(lambda: model.stylize(photo, small, refine=1, texture=1.0), around)


@SURROUNDINGS
def test_regions_with_soft_edges(
    around: Callable[[], AbstractContextManager], model: AdaIN, photo: Tensor, mask: Tensor
) -> None:
    def call() -> Tensor:
        return model.stylize(photo, [Region([("scream", 1), ("starry-night", 2)], mask)], feather=4.0)

    assert same(call, around)


@SURROUNDINGS
def test_masks(around: Callable[[], AbstractContextManager], photo: Tensor, mask: Tensor) -> None:
    assert same(lambda: fit(open_mask(open_picture(photo)), 33, 29, feather=3.0).values, around)
    assert same(lambda: fit(mask, 90, 70, feather=3.0).pixels(torch.arange(9, device="cpu"), mask[0].long()), around)


@SURROUNDINGS
def test_a_content_that_is_read_before(
    around: Callable[[], AbstractContextManager], model: AdaIN, photo: Tensor
) -> None:
    assert same(lambda: model.encode_content(photo).measure().whole.mean, around)
    assert same(lambda: model.decode(model.encode(photo)), around)


@SURROUNDINGS
def test_frames_of_a_video(around: Callable[[], AbstractContextManager], model: AdaIN, photo: Tensor) -> None:
    frames = torch.cat([photo, photo.roll(3, 3), photo.roll(6, 3)])

    def call() -> Tensor:
        stylizer = FrameStylizer(model, "scream", steady=0.5, follow=0.7, color="luminance")
        out = stylizer(frames, [0.0, 0.04, 0.08])
        return torch.cat([out.flatten(), *(x.flatten().float() for x in stylizer.state().values())])

    assert same(call, around)


@SURROUNDINGS
def test_batches_of_a_dataset(around: Callable[[], AbstractContextManager], model: AdaIN, photo: Tensor) -> None:
    pictures = [open_picture(photo), open_picture(photo.flip(3))]
    style = model.style("scream")
    assert same(lambda: paint(model, pictures, [[style]] * 2, [[0.5], [1.0]])[0], around)


@SURROUNDINGS
def test_a_chain_of_nodes(
    around: Callable[[], AbstractContextManager], model: AdaIN, photo: Tensor, mask: Tensor
) -> None:
    engine, transfer = part("nodes.engine.features"), part("nodes.engine.transfer")
    frames, painting = part("nodes.engine.pictures").Frames, part("nodes.engine.painting")
    networks = engine.Networks(model.encoder, model.decoder, model.device, torch.float32)
    plain, style = PlainModel(networks, model.encoder_id), of_pack(model.style("scream"))
    images = torch.cat([photo, photo.flip(3)]).movedim(1, -1).contiguous()

    def call() -> Tensor:
        features = engine.Features(engine.Encoded(plain, frames(images)))
        blended = transfer.blend(features, style, 0.7, "smooth", 1.0)
        out = painting.paint(plain, blended, torch.device("cpu"), torch.float32, 0, 1, 0.0)
        return painting.uncovered(out, features.encoded.frames, blended.cover)

    assert same(call, around)


@SURROUNDINGS
def test_style_files(around: Callable[[], AbstractContextManager], model: AdaIN, tmp_path: Path) -> None:
    style = model.style("scream")
    style.save(tmp_path / "scream.safetensors")
    assert same(lambda: Style.load(tmp_path / "scream.safetensors").mean, around)
    assert same(lambda: Style.mix([style, model.style("starry-night")], [1, 2]).std, around)
