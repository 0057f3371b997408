"""RandomStyle: which samples are painted, in what, and what does not change it."""

from __future__ import annotations

import copy
import itertools
import math
import pickle
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from adain_core import AdaIN, AdaINError, ImageError, Style
from adain_core.augment import RandomStyle, random_style
from adain_core.errors import AdaINWarning
from adain_core.styles.builtin import builtin_styles, save_library

Make = Callable[..., RandomStyle]

ROUNDING = 1e-4
"""Of full scale: how far sums in another order may lead."""

shared = settings(deadline=None, max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])


def changed(before: Tensor, after: Tensor) -> list[bool]:
    """Of each sample, whether any value is another."""
    return (before != after).flatten(1).any(1).tolist()


def test_a_sample_is_what_stylize_makes_of_it(lite: AdaIN, make: Make, photos: Tensor) -> None:
    """With the style and strength that it drew."""
    painted = make(["scream"], alpha=0.7, p=1.0)(photos)
    assert torch.allclose(painted, lite.stylize(photos, "scream", alpha=0.7), atol=ROUNDING)


@shared
@given(cuts=st.lists(st.integers(1, 7), unique=True), order=st.permutations(range(8)), piece=st.integers(1, 4000))
def test_neither_batch_split_nor_order_changes_a_picture(
    make: Make, photos: Tensor, cuts: list[int], order: list[int], piece: int
) -> None:
    """Samples by given numbers; `piece` is how many pixels go through the networks at once."""
    style, ends = make(), [0, *sorted(cuts), 8]
    whole = style(photos, number=range(8))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(random_style, "PIECE_PIXELS", piece)
        parts = [order[a:b] for a, b in itertools.pairwise(ends)]
        split = {n: y for part in parts for n, y in zip(part, style(photos[part], number=part), strict=True)}
    assert torch.allclose(torch.stack([split[n] for n in range(8)]), whole, atol=ROUNDING)


@shared
@given(cut=st.integers(0, 8), seed=st.integers(0, 2**64 - 1))
def test_counted_samples_are_those_of_the_same_numbers(make: Make, photos: Tensor, cut: int, seed: int) -> None:
    style = make(p=0.6, generator=seed)
    counted = torch.cat([style(photos[:cut]), style(photos[cut:])])
    assert torch.allclose(counted, style(photos, number=range(8)), atol=ROUNDING)


def test_a_single_picture_is_a_batch_of_one(make: Make, photos: Tensor) -> None:
    style = make(p=1.0)
    assert torch.equal(style(photos[2], number=7), style(photos[2:3], number=[7])[0])


def test_samples_differ_in_style_and_strength(make: Make, photos: Tensor) -> None:
    painted = make(p=1.0)(photos[:1].expand(8, -1, -1, -1))
    assert all((painted[i] - painted[j]).abs().max() > 0.02 for i in range(8) for j in range(i))


def test_p_is_the_part_that_is_painted(make: Make) -> None:
    style, grey = make(p=0.25), torch.full((400, 3, 16, 16), 0.5)
    grey[:, :, ::2] = 0.25
    deviation = math.sqrt(400 * 0.25 * 0.75)
    assert abs(sum(changed(grey, style(grey))) - 100) < 5 * deviation


@pytest.mark.parametrize("p", [0.0, 1.0])
def test_none_and_all(make: Make, photos: Tensor, p: float) -> None:
    before, style = photos.clone(), make(p=p)
    out = style(photos)
    assert changed(before, out) == [bool(p)] * 8 and torch.equal(photos, before)
    assert p or out is photos


def test_strengths_are_in_their_range(lite: AdaIN, make: Make, photos: Tensor) -> None:
    """With p=1 and a range of no width all are of that strength; a wide range reaches between its ends."""
    weak, strong = (lite.stylize(photos, "scream", alpha=alpha) for alpha in (0.2, 0.4))
    out = make("scream", alpha=(0.2, 0.4), p=1.0)(photos)
    away = [(out - end).abs().flatten(1).mean(1) for end in (weak, strong)]
    width = (weak - strong).abs().flatten(1).mean(1)
    assert (away[0] < width).all() and (away[1] < width).all() and (away[0] > 0).all()


def test_another_seed_or_epoch_draws_anew_and_the_same_again(make: Make, photos: Tensor) -> None:
    style = make()
    first = style(photos)
    assert not torch.equal(style(photos), first)  # further numbers
    style.set_epoch(1)
    assert not torch.equal(style(photos), first)
    style.set_epoch(0)
    assert torch.equal(style(photos), first)
    style.seek(0)
    assert torch.equal(style(photos), first)
    assert not torch.equal(make(generator=6)(photos), first)


def test_a_generator_gives_the_seed(make: Make) -> None:
    """Torch's own where none is given."""
    seeds = [make("scream", generator=torch.Generator().manual_seed(n)).draws.seed for n in (1, 1, 2)]
    assert seeds[0] == seeds[1] != seeds[2]
    torch.manual_seed(4)
    one = make("scream", generator=None).draws.seed
    torch.manual_seed(4)
    assert make("scream", generator=None).draws.seed == one


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.uint8], ids=str)
def test_type_memory_order_and_shape_are_kept(make: Make, photos: Tensor, dtype: torch.dtype) -> None:
    exact = make()(photos[:, :, :37, :29])
    x = (photos * 255).round().to(dtype) if dtype == torch.uint8 else photos.to(dtype)
    x = x[:, :, :37, :29].contiguous(memory_format=torch.channels_last)
    out = make()(x)
    assert out.dtype == dtype and out.shape == x.shape and out.is_contiguous(memory_format=torch.channels_last)
    scale = 255 if dtype == torch.uint8 else 1
    assert ((out.double() / scale) - exact).abs().mean() < 0.01
    assert changed(x, out) == changed(photos[:, :, :37, :29], exact)


@shared
@given(height=st.integers(8, 40), width=st.integers(8, 40))
def test_any_size_from_8x8(make: Make, photos: Tensor, height: int, width: int) -> None:
    x = photos[:2].repeat(1, 1, 1, 2)[:, :, :height, :width]
    out = make(p=1.0)(x)
    assert out.shape == x.shape and out.min() >= 0 and out.max() <= 1 and all(changed(x, out))


def test_batch_takes_the_statistics_of_other_samples(lite: AdaIN, make: Make, photos: Tensor) -> None:
    """Of two samples each takes the other's."""
    x = photos[:2]
    out = make("batch", alpha=1.0, p=1.0)(x)
    wanted = [lite.stylize(x[i], lite.style_of(x[1 - i])) for i in (0, 1)]
    assert torch.allclose(out, torch.stack(wanted), atol=ROUNDING)


def test_batch_in_pieces_is_the_same(make: Make, photos: Tensor, monkeypatch: pytest.MonkeyPatch) -> None:
    style = make("batch")
    whole = style(photos, number=range(8))
    monkeypatch.setattr(random_style, "PIECE_PIXELS", 1)
    assert torch.allclose(style(photos, number=range(8)), whole, atol=ROUNDING)


def test_a_sample_alone_in_its_batch_has_nobodys_style_to_take(make: Make, photos: Tensor) -> None:
    assert torch.equal(make("batch", p=1.0)(photos[:1]), photos[:1])


def test_a_distribution_has_the_mean_and_spread_of_its_styles(make: Make) -> None:
    """Over many draws, in the channels' own units; scale multiplies the spread, 0 is the mean style."""
    known = make("builtin")._pool.vectors()  # type: ignore[union-attr]
    style = make("distribution", scale=0.5)
    drawn = style._pool.draw([style.draws.of(n) for n in range(4000)])  # type: ignore[union-attr]
    spread = known.std(0)[512:]  # of the logarithms of standard deviations, which nothing cuts
    assert ((drawn.std.log().mean(0) - known.mean(0)[512:]).abs() < 0.05 * spread + 1e-4).all()
    assert ((drawn.std.log().std(0) / spread - 0.5).abs() < 0.05)[spread > 1e-3].all()
    middle = make("distribution", scale=0.0)._pool.draw([style.draws.of(1)])  # type: ignore[union-attr]
    assert torch.allclose(middle.std.log()[0], known.mean(0)[512:], atol=1e-5)


def test_styles_come_from_wherever_styles_are(lite: AdaIN, make: Make, photos: Tensor, tmp_path: Path) -> None:
    """A list of what names a style, a Style, a style file, a library, a folder of pictures: all the same one."""
    picture = tmp_path / "folder" / "painting.png"
    picture.parent.mkdir()
    Image.fromarray((photos[3] * 255).round().byte().permute(1, 2, 0).numpy()).save(picture)
    one = lite.encode_style(picture)
    one.save(tmp_path / "one.safetensors")
    save_library({"a": one}, tmp_path / "library.safetensors")
    every = [one, [one], [picture], picture.parent, tmp_path / "one.safetensors", str(tmp_path / "library.safetensors")]
    first, *others = (make(styles, p=1.0)(photos) for styles in every)
    assert all(torch.allclose(other, first, atol=ROUNDING) for other in others)


def test_a_picture_of_a_folder_that_cannot_be_read_is_left_out_with_a_warning(
    make: Make, photos: Tensor, tmp_path: Path
) -> None:
    (tmp_path / "torn.jpg").write_bytes(b"these are not pixels")
    with pytest.raises(AdaINError, match=r"no style in .* can be read: .*torn\.jpg"):
        make(tmp_path)
    Image.fromarray((photos[3] * 255).byte().permute(1, 2, 0).numpy()).save(tmp_path / "good.png")
    with pytest.warns(AdaINWarning, match=r"left out of the styles in .*torn\.jpg"):
        style = make(tmp_path, p=1.0)
    assert all(changed(photos, style(photos)))


def test_styles_of_the_other_network_are_its_own(lite: AdaIN, make: Make, photos: Tensor) -> None:
    """A built-in style read by VGG-19 is taken as this network read it; any other is refused."""
    vgg = builtin_styles()["scream"]
    assert torch.allclose(make([vgg], p=1.0)(photos), make("scream", p=1.0)(photos), atol=ROUNDING)
    with pytest.raises(AdaINError, match="was made with encoder"):
        make([Style(vgg.mean + 1, vgg.std, vgg.encoder, "mine")])


def test_no_gradient_is_kept_unless_asked_for(make: Make, photos: Tensor) -> None:
    x = photos[:2].clone().requires_grad_()
    assert not make(p=1.0)(x).requires_grad and not make(p=0.0)(x).requires_grad


@pytest.mark.parametrize("styles", ["scream", "batch", "distribution"])
def test_gradients_are_those_of_what_was_painted(make: Make, photos: Tensor, styles: str) -> None:
    """Along a direction, against the difference; what was not painted passes its gradient on."""
    style = make(styles, alpha=0.8, p=0.5, differentiable=True)
    x = (0.2 + 0.6 * photos[:4]).requires_grad_()
    out = style(x, number=range(4))
    assert torch.allclose(out, make(styles, alpha=0.8, p=0.5)(x.detach(), number=range(4)), atol=ROUNDING)
    goal = torch.linspace(0, 1, out.numel()).view_as(out)
    (gradient,) = torch.autograd.grad((out * goal).sum(), x)
    away = 5e-5 * gradient / gradient.abs().max()  # a step of 2e-4 crosses so many kinks that it is 5% off
    with torch.no_grad():
        ahead, behind = (float((style(x + s * away, number=range(4)) * goal).sum(dtype=torch.float64)) for s in (1, -1))
    assert (ahead - behind) / 2 == pytest.approx(float((gradient * away).sum()), rel=0.05)
    same = [i for i, new in enumerate(changed(x, out)) if not new]
    assert 0 < len(same) < 4 and (styles == "batch" or torch.equal(gradient[same], goal[same]))


def test_it_is_pickled_and_copied_with_its_place_in_the_row(make: Make, photos: Tensor) -> None:
    style = make()
    style(photos)
    others = [pickle.loads(pickle.dumps(style)), copy.deepcopy(style)]
    wanted = style(photos)
    assert all(torch.equal(other(photos), wanted) for other in others)


def test_nothing_of_it_is_learnt_or_saved_with_a_model(make: Make) -> None:
    style = make()
    assert not list(style.parameters()) and not style.state_dict()


forks = pytest.mark.skipif(sys.platform != "linux", reason="only Linux starts loader workers from a test by fork")


class Numbered(Dataset[tuple[int, Tensor, int]]):
    """Photos, styled in the loader; by their numbers or as they come."""

    def __init__(self, photos: Tensor, style: RandomStyle, numbered: bool) -> None:
        self.photos, self.style, self.numbered = photos, style, numbered

    def __len__(self) -> int:
        return len(self.photos)

    def __getitem__(self, i: int) -> tuple[int, Tensor, int]:
        if self.numbered:
            self.style.seek(i)
        return i, self.style(self.photos[i]), torch.get_num_threads()


def loaded(data: Numbered, workers: int, *, batch: int = 3, epochs: int = 1, shuffle: bool = False) -> list[Tensor]:
    """All pictures of each epoch in order, from workers that live on."""
    loader = DataLoader(
        data, batch, shuffle, num_workers=workers, persistent_workers=workers > 0,
        multiprocessing_context="fork" if workers else None,
    )  # fmt: skip
    found = []
    for epoch in range(epochs):
        data.style.set_epoch(epoch)
        places, pictures, threads = (list(part) for part in zip(*loader, strict=True))
        assert not workers or all((part == 1).all() for part in threads)
        found.append(torch.cat(pictures)[torch.cat(places).argsort()])
    return found


@forks
def test_numbered_samples_do_not_depend_on_the_number_of_loader_workers(make: Make, photos: Tensor) -> None:
    """Nor on the order, batch size or that workers live on from epoch to epoch; each computes in one thread."""
    data = Numbered(photos, make(), numbered=True)
    alone = loaded(data, 0, epochs=2)
    split = loaded(data, 2, epochs=2, batch=2, shuffle=True)
    assert all(torch.allclose(a, b, atol=ROUNDING) for a, b in zip(alone, split, strict=True))
    assert not torch.equal(alone[0], alone[1])


@forks
def test_workers_that_count_for_themselves_draw_differently(make: Make, photos: Tensor) -> None:
    """Also from the main process, and anew in the next epoch."""
    one = photos[:1].expand(4, -1, -1, -1)
    data = Numbered(one, make(p=1.0), numbered=False)
    first, second = loaded(data, 2, batch=1, epochs=2)
    pictures = [*first, *second, *make(p=1.0)(one)]
    assert all((a - b).abs().max() > 1e-3 for i, a in enumerate(pictures) for b in pictures[:i])


def test_grain_gives_flat_places_something_to_paint(model: AdaIN, make: Make) -> None:
    flat = torch.full((1, 3, 32, 32), 0.6)
    spread = [float(make("scream", 1.0, 1.0, model=model, grain=g)(flat).std((2, 3)).mean()) for g in (0.0, 1.0)]
    assert spread[1] > 2 * spread[0]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"p": 1.5}, "p is 1.5"),
        ({"alpha": (0.8, 0.2)}, "lower strength first"),
        ({"alpha": -1}, "alpha is -1"),
        ({"styles": []}, "list of styles is empty"),
        ({"styles": "no-such-style"}, "no built-in style 'no-such-style'"),
        ({"styles": "distribution", "fitted_to": "scream"}, "give two or more"),
        ({"styles": "distribution", "scale": -1}, "scale is -1"),
        ({"generator": -1}, "generator is -1"),
        ({"differentiable": True, "grain": 0.5}, "lets no gradient through"),
        ({"dtype": "int8"}, "dtype is 'int8'"),
    ],
    ids=str,
)
def test_what_is_wrong_is_refused_when_it_is_made(make: Make, options: dict[str, object], said: str) -> None:
    with pytest.raises(AdaINError, match=said):
        make(**options)


def test_what_is_no_batch_of_pictures_is_refused(make: Make, photos: Tensor) -> None:
    style = make("scream", p=1.0)
    with pytest.raises(ImageError, match=r"shape \(8, 1, 40, 32\): give RGB"):
        style(photos[:, :1])
    with pytest.raises(ImageError, match=r"torch\.int32"):
        style(photos.int())
    with pytest.raises(ImageError, match="values run from"):
        style(photos * 4 - 2)  # normalised before, by mistake
    with pytest.raises(AdaINError, match="3 numbers for 8 samples"):
        style(photos, number=[1, 2, 3])
    with pytest.raises(AdaINError, match="number is -1"):
        style(photos[0], number=-1)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA card here: nothing of it is tested")
@pytest.mark.parametrize("styles", ["builtin", "batch", "distribution"])
def test_a_card_paints_what_the_cpu_paints(make: Make, photos: Tensor, styles: str) -> None:
    """Where the pictures are is where it computes, with the same draws, and it stays picklable."""
    style, x = make(styles), photos.cuda().contiguous(memory_format=torch.channels_last)
    out = style(x, number=range(8))
    assert out.is_cuda and out.is_contiguous(memory_format=torch.channels_last)
    assert (out.cpu() - style(photos, number=range(8))).abs().max() < 0.02  # TF32
    assert torch.equal(pickle.loads(pickle.dumps(style))(x, number=range(8)), out)
    half = make(styles, dtype="auto")(x.half(), number=range(8))
    assert half.dtype == torch.float16 and (half.float() - out).abs().mean() < 0.005
