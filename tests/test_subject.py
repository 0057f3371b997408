"""The subject of a picture is found without drawing, and its word is a mask wherever a mask is one."""

import functools
import io
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from command_here import adain_here
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from adain_core import AdaIN, AdaINError, ImageError, Region, open_picture
from adain_core.commands.parsing import parse_mask
from adain_core.errors import AdaINWarning, WeightsError
from adain_core.networks.u2net import SIDE, U2NetP
from adain_core.subject import find as finding
from adain_core.subject.find import find_subject, nothing_found, reduced
from adain_core.subject.guided import decided, guided
from adain_core.subject.masks import region_masks
from adain_core.subject.words import WORDS
from adain_core.tiles.sources import TensorSource
from adain_core.weights.catalog import find
from adain_core.weights.network_files import load_decoder, load_subject, save_subject
from training.make_subject import trial_picture

ANSWERS = json.loads((Path(__file__).parent / "subject_answers.json").read_text(encoding="utf-8"))
CPU = torch.device("cpu")


def drawing(*discs: tuple[int, int, int], width: int = 120, height: int = 96) -> Image.Image:
    """Orange discs of (x, y, radius) on a blue ground that darkens."""
    ground = np.linspace(230, 90, height)[:, None, None] * np.array([0.35, 0.5, 0.95])
    image = Image.fromarray(np.broadcast_to(ground, (height, width, 3)).astype(np.uint8))
    for x, y, radius in discs:
        ImageDraw.Draw(image).ellipse((x - radius, y - radius, x + radius, y + radius), fill=(240, 120, 20))
    return image


def inside(image: Image.Image) -> torch.Tensor:
    """Where the discs of a drawing are."""
    pixels = np.asarray(image.convert("RGB")).astype(int)
    return torch.from_numpy(pixels[..., 0] > pixels[..., 2])


ONE, TWO, NONE = drawing((70, 45, 24)), drawing((35, 48, 20), (90, 48, 18)), drawing()


def found(image: Image.Image) -> torch.Tensor:
    """The subject of a drawing."""
    file = io.BytesIO()
    image.save(file, "PNG")
    return _found(file.getvalue())


@functools.cache
def _found(content: bytes) -> torch.Tensor:
    """What takes a while, once."""
    [mask] = find_subject(open_picture(content), CPU)
    return mask


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often the network was asked, in whose place stands what takes orange for a subject: that is quicker."""
    counted = Counter[str]()

    def orange(pictures: torch.Tensor, device: torch.device) -> torch.Tensor:
        counted.update(["network"])
        return F.interpolate((pictures[:, :1] > pictures[:, 2:]).float(), (SIDE, SIDE), mode="bilinear")[:, 0]

    monkeypatch.setattr(finding, "likelihood", orange)
    return counted


# The network


def test_the_network_answers_as_the_released_one_does_in_onnxruntime() -> None:
    """Recorded by training/make_subject.py: the mask to 1e-3, and log-odds, which tell more where it is sure."""
    with torch.inference_mode():
        [said] = load_subject(find("subject"))(torch.from_numpy(trial_picture()))
    assert said.shape == (SIDE, SIDE)
    every = ANSWERS["every"]
    said, expected = said[every // 2 :: every, every // 2 :: every], torch.tensor(ANSWERS["log_odds"])
    assert float((said.sigmoid() - expected.sigmoid()).abs().max()) < 1e-3
    assert float((said - expected).abs().max()) < 0.01


def test_its_file_says_where_it_is_from_and_is_refused_as_another_network(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"no decoder file: its format is 'adain-subject-1'"):
        load_decoder(find("subject"))
    with pytest.raises(WeightsError, match="no subject file"):
        load_subject(find("vgg19-decoder"))
    state = U2NetP().state_dict()
    about = {"licence": "CC0", "origin": "random numbers", "recipe": "none"}
    save_subject(state, tmp_path / "x.safetensors", **about)
    for key, value in load_subject(tmp_path / "x.safetensors").state_dict().items():
        assert torch.equal(value, state[key]), key
    with pytest.raises(WeightsError, match=r"fuse\.bias"):
        save_subject({**state, "fuse.bias": torch.full((1,), torch.nan)}, tmp_path / "y.safetensors", **about)
    assert not (tmp_path / "y.safetensors").exists()


# Masks


@pytest.mark.parametrize("image", [ONE, TWO, ONE.convert("LA")], ids=["one", "two", "grey"])
def test_what_stands_out_is_found_and_several_are_one_subject(image: Image.Image) -> None:
    truth = inside(TWO if image is TWO else ONE)
    mask = found(image)
    assert mask.shape == truth.shape and float(mask.min()) >= 0 and float(mask.max()) <= 1
    apart = mask.round().bool() ^ truth
    assert float(apart.float().mean()) < 0.02, "two pixels of a hundred are on the wrong side"


@pytest.mark.parametrize("size", [(1, 1), (40, 1), (37, 500)])
def test_a_picture_of_any_size_has_a_mask_of_its_size(size: tuple[int, int]) -> None:
    x = torch.rand(1, 3, *size, generator=torch.Generator().manual_seed(0))
    [mask] = find_subject(TensorSource(x), CPU)
    assert mask.shape == size and bool(((mask >= 0) & (mask <= 1)).all())


def test_a_dark_picture_has_the_subject_of_a_bright_one() -> None:
    dark = Image.fromarray((np.asarray(ONE) * 0.2).astype(np.uint8))
    assert float((found(dark) - found(ONE)).abs().mean()) < 0.02


def test_nothing_that_stands_out_is_no_error() -> None:
    assert not bool(found(NONE).any()) and not bool(found(Image.new("RGB", (30, 20))).any())
    masks = [found(NONE), found(ONE)]
    assert nothing_found(masks[:1], "sky") == "no subject was found in sky: all of it is background"
    assert nothing_found(masks) == "no subject was found in 1 of 2 pictures: all of it is background"
    assert nothing_found(masks[1:]) == ""


# Its edges


def test_a_mask_takes_on_the_edges_of_its_picture() -> None:
    """One that is coarse: no glow is left beside the edges, while a mask in between stays in between."""
    picture = torch.from_numpy(np.asarray(ONE).copy()).permute(2, 0, 1) / 255
    truth = inside(ONE).float()
    coarse = F.avg_pool2d(truth[None, None], 4)[0, 0]
    before = F.interpolate(coarse[None, None], truth.shape, mode="bilinear")[0, 0]
    after = decided(guided(coarse, picture))
    assert float((after - truth).abs().mean()) < 0.2 * float((before - truth).abs().mean())
    assert float(decided(torch.tensor(0.5))) == 0.5 and 0.1 < float(decided(torch.tensor(0.3))) < 0.3


@settings(max_examples=30, deadline=None)
@given(h=st.integers(1, 70), w=st.integers(1, 700), mh=st.integers(1, 40), mw=st.integers(1, 40), level=st.floats(0, 1))
def test_what_is_the_same_everywhere_stays_so_in_a_picture_of_any_size(
    h: int, w: int, mh: int, mw: int, level: float
) -> None:
    picture = torch.rand(3, h, w)
    torch.testing.assert_close(guided(torch.full((mh, mw), level), picture), torch.full((h, w), level))
    mask = guided(torch.rand(mh, mw), picture)
    assert mask.shape == (h, w) and bool(((mask >= 0) & (mask <= 1)).all())


# Large pictures


class Watched:
    """A picture that notes how many pixels are asked for at once."""

    def __init__(self, x: torch.Tensor) -> None:
        self.x, self.most = x, 0
        self.height, self.width = x.shape[2:]

    def crop(self, y0: int, y1: int, x0: int, x1: int) -> torch.Tensor:
        self.most = max(self.most, (y1 - y0) * (x1 - x0))
        return self.x[:, :, y0:y1, x0:x1]


@settings(max_examples=25, deadline=None)
@given(h=st.integers(1, 300), w=st.integers(1, 300))
def test_a_large_picture_is_looked_at_in_a_reduced_copy_and_read_in_bands(h: int, w: int) -> None:
    source = Watched(torch.rand(1, 3, h, w))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(finding, "FINEST", 50)
        patch.setattr(finding, "BAND", 8)
        small = reduced(source)
    factor = -(-max(h, w) // 50)
    assert max(small.shape[2:]) <= 50 and source.most <= (8 + factor) * w
    torch.testing.assert_close(small, F.avg_pool2d(source.x, factor, ceil_mode=True, count_include_pad=False))


# Words for masks


def test_the_background_is_all_but_the_subject() -> None:
    [subject], [background] = (region_masks(word, lambda: [found(ONE)]) for word in WORDS)
    torch.testing.assert_close(subject + background, torch.ones_like(subject))


def test_a_drawn_mask_needs_no_subject(looks: Counter[str]) -> None:
    mask = torch.rand(4, 5)
    assert torch.equal(region_masks(mask, lambda: [found(ONE)])[0], mask) and not looks


def test_words_give_the_picture_that_their_masks_give(model: AdaIN, looks: Counter[str]) -> None:
    [subject] = find_subject(open_picture(ONE), CPU)
    drawn = [Region("scream", subject), Region("irises", 1 - subject)]
    by_word = [Region("scream", "subject"), Region("irises", "background")]
    a, b = (np.asarray(model.stylize(ONE, regions)).astype(int) for regions in (drawn, by_word))
    assert np.abs(a - b).max() <= 1


def test_each_picture_of_a_batch_has_a_subject_of_its_own(model: AdaIN, looks: Counter[str]) -> None:
    batch = torch.cat([open_picture(image).tensor() for image in (ONE, TWO)])
    regions = [Region("scream", "subject")]
    together = model.stylize(batch, regions)
    alone = torch.cat([model.stylize(x, regions) for x in batch.split(1)])
    torch.testing.assert_close(together, alone, atol=2e-3, rtol=0)
    outside = torch.stack([~inside(image) for image in (ONE, TWO)])[:, None].expand_as(batch)
    far = F.max_pool2d((~outside).float(), 25, 1, 12) == 0
    torch.testing.assert_close(together[far], batch[far], atol=0.02, rtol=0)


def test_a_content_that_is_read_once_is_looked_at_once(model: AdaIN, looks: Counter[str]) -> None:
    content = model.encode_content(ONE)
    before = content.nbytes
    for alpha in (1.0, 0.5):
        model.stylize(content, [Region("scream", "subject"), Region("irises", "background")], alpha=alpha)
    assert looks["network"] == 1 and content.nbytes == before + content.subject[0].nbytes


def test_a_picture_without_a_subject_is_background_and_a_warning_says_so(
    model: AdaIN, looks: Counter[str], tmp_path: Path
) -> None:
    NONE.save(tmp_path / "sky.png")
    with pytest.warns(AdaINWarning, match="no subject was found in sky: all of it is background"):
        kept = model.stylize(tmp_path / "sky.png", [Region("scream", "subject")])
    assert np.array_equal(np.asarray(kept), np.asarray(NONE))
    with pytest.warns(AdaINWarning):
        painted = model.stylize(NONE, [Region("scream", "subject"), Region("irises", "background")])
    whole = np.asarray(model.stylize(NONE, "irises")).astype(int)
    assert np.abs(np.asarray(painted) - whole).max() <= 1


def test_a_style_is_taken_from_the_subject_alone(model: AdaIN, looks: Counter[str]) -> None:
    [mask] = find_subject(open_picture(TWO), CPU)
    style, drawn = model.encode_style(TWO, mask="subject"), model.encode_style(TWO, mask=mask)
    torch.testing.assert_close(style.mean, drawn.mean)
    with pytest.raises(ImageError, match="there is no subject in the picture: give a mask, white inside"):
        model.encode_style(NONE, mask="subject")


def test_a_file_of_that_name_is_given_as_a_path(model: AdaIN, tmp_path: Path, looks: Counter[str]) -> None:
    Image.new("L", (8, 8), 255).save(tmp_path / "subject", "PNG")
    painted = model.stylize(ONE, [Region("scream", tmp_path / "subject")])
    whole = np.asarray(model.stylize(ONE, "scream")).astype(int)
    assert np.abs(np.asarray(painted) - whole).max() <= 1 and not looks


# The command


def test_a_word_stands_where_a_mask_file_does() -> None:
    assert parse_mask("subject=scream:2+irises") == ("subject", [("scream", 2.0), ("irises", 1.0)])
    with pytest.raises(AdaINError, match="no mask file 'person'; subject and background need none"):
        parse_mask("person=scream")


def test_the_command_paints_the_subject_and_tells_in_one_line_where_there_is_none(tmp_path: Path) -> None:
    for name, image in (("discs", ONE), ("sky", NONE)):
        image.save(tmp_path / f"{name}.png")
    call = ["stylize", "discs.png", "sky.png", "--mask", "subject=scream", "--model", "lite", "-o", "out/"]
    done = adain_here(*call, cwd=tmp_path)
    assert done.returncode == 0
    assert done.stderr.decode().split("\n")[0] == "adain: no subject was found in sky: all of it is background"
    changed = np.abs(np.asarray(Image.open(tmp_path / "out" / "discs.png")).astype(int) - np.asarray(ONE)).max(2)
    assert changed[inside(ONE).numpy()].mean() > 10 and changed[:5].max() <= 2
    assert np.array_equal(np.asarray(Image.open(tmp_path / "out" / "sky.png")), np.asarray(NONE))


def test_the_command_saves_the_style_of_a_subject(looks: Counter[str], tmp_path: Path) -> None:
    TWO.save(tmp_path / "a.png")
    call = ["style", "save", "a.png", "--mask", "subject", "--model", "lite", "-o", "a.safetensors"]
    assert adain_here(*call, cwd=tmp_path).returncode == 0
    assert (tmp_path / "a.safetensors").is_file()
