"""Refinement: a few steps in feature space bring a picture closer to what AdaIN asks for."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import torch
from torch import Tensor
from typer.testing import CliRunner

from adain_core import AdaIN, AdaINError, Region, Style
from adain_core.cli import app
from adain_core.engine.networks import Networks
from adain_core.engine.refine import reach, refine
from training.losses import adain_target


@pytest.fixture(scope="module")
def photo(astronaut: Tensor) -> Tensor:
    """A real picture of a size that is no multiple of 8, (1, 3, 100, 141)."""
    return astronaut[:, :, 30:130, 160:301]


@pytest.fixture(scope="module")
def style(model: AdaIN, coffee: Tensor) -> Style:
    return model.style_of(coffee[:, :, :160, :160])


@pytest.fixture(scope="module")
def textured(model: AdaIN, coffee: Tensor) -> Style:
    return model.style_of(coffee[:, :, :160, :160], texture=True)


def distance(model: AdaIN, picture: Tensor, photo: Tensor, style: Style) -> float:
    """Mean squared distance of a picture's features to the AdaIN target, as a share of the style's power."""
    target = adain_target(model.encode(photo), style.mean[None], style.std[None])
    power = (style.mean.square() + style.std.square()).mean()
    return float((model.encode(picture) - target).square().mean() / power)


def test_every_step_brings_the_picture_closer_to_the_target(model: AdaIN, photo: Tensor, style: Style) -> None:
    found = [distance(model, model.stylize(photo, style, refine=steps), photo, style) for steps in range(4)]
    assert found == sorted(found, reverse=True), found
    assert found[2] < 0.85 * found[0]


def test_the_picture_keeps_its_size_and_range(model: AdaIN, photo: Tensor, style: Style) -> None:
    out = model.stylize(photo, style, refine=1)
    assert out.shape == photo.shape and float(out.min()) >= 0 and float(out.max()) <= 1


@pytest.mark.parametrize("steps", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_step_sees_no_farther_than_its_reach(model: AdaIN, astronaut: Tensor, steps: int) -> None:
    """What is farther away may be cut off and nothing changes: in float64, without any rounding to amplify."""
    networks = Networks(
        copy.deepcopy(model.encoder).double(), copy.deepcopy(model.decoder).double(), model.device, torch.float64
    )
    cells, margin = 4, reach(networks, steps)
    with torch.no_grad():
        target = networks.encoder(astronaut[:, :, 100:124, : 8 * (cells + margin + 12)].double()) * 1.3 - 0.1
    spread = target.std((2, 3)).mean(1)
    whole = refine(networks, target, spread, steps)[..., :cells]
    part = refine(networks, target[..., : cells + margin], spread, steps)[..., :cells]
    torch.testing.assert_close(part, whole, rtol=0, atol=1e-9)
    short = refine(networks, target[..., : cells + 4], spread, steps)[..., :cells]
    assert float((short - whole).abs().max()) > 1e-4, "a margin that is too small shows"


def test_tiles_do_not_show(model: AdaIN, astronaut: Tensor, style: Style) -> None:
    """In float32 steps amplify how sums were rounded; that is spread over the picture, below what can be seen."""
    x = astronaut[:, :, 100:164, 40:440]  # wider than a tile with all that its step sees
    off = (model.stylize(x, style, refine=1, tile=96) - model.stylize(x, style, refine=1, tile=None)).abs() * 255
    assert float(off.mean()) < 0.1 and float((off > 2).float().mean()) < 0.01


def test_pictures_of_a_batch_are_refined_by_themselves(model: AdaIN, astronaut: Tensor, style: Style) -> None:
    x = torch.cat([astronaut[:, :, :96, :96], astronaut[:, :, 200:296, 200:296]])
    together = model.stylize(x, style, refine=1)
    for i, one in enumerate(x.split(1)):
        assert float((together[i] - model.stylize(one, style, refine=1)[0]).abs().mean()) < 1 / 255


def test_regions_are_refined_and_the_rest_stays(model: AdaIN, photo: Tensor, style: Style) -> None:
    mask = torch.zeros(100, 141)
    mask[:, :70] = 1
    plain, refined = (model.stylize(photo, [Region(style, mask)], refine=steps) for steps in (0, 2))
    assert torch.equal(refined[..., 70:], photo[..., 70:])
    assert float((refined - plain)[..., :60].abs().mean()) > 1 / 255


def test_it_works_where_gradients_are_forbidden(photo: Tensor) -> None:
    """As in ComfyUI, which runs nodes in inference mode and loads models in it."""
    plain = AdaIN.from_pretrained(device="cpu", dtype="float32")
    wanted = plain.stylize(photo, "starry-night", refine=1)
    with torch.inference_mode():
        loaded = AdaIN.from_pretrained(device="cpu", dtype="float32")
        for net in (loaded.encoder, loaded.decoder):
            net.load_state_dict({k: v.clone() for k, v in net.state_dict().items()}, assign=True)
            net.requires_grad_(False)
        assert all(weight.is_inference() for weight in loaded.decoder.parameters())
        found = loaded.stylize(photo, "starry-night", refine=1)
    assert float((found.clone() - wanted).abs().max()) < 1e-3
    assert not any(weight.requires_grad for weight in plain.decoder.parameters()), "the model stays as it was"


def test_half_precision_refines_too(photo: Tensor, model: AdaIN, style: Style) -> None:
    half = AdaIN.from_pretrained(device="cpu", dtype="bfloat16")
    before, after = (distance(model, half.stylize(photo, style, refine=steps), photo, style) for steps in (0, 2))
    assert after < 0.9 * before


@pytest.mark.parametrize("color", [None, "luminance-matched"])
@pytest.mark.parametrize("tile", [None, pytest.param(64, marks=pytest.mark.slow)])
def test_progress_ends_at_its_total(
    model: AdaIN, photo: Tensor, style: Style, tile: int | None, color: str | None
) -> None:
    calls: list[tuple[int, int]] = []
    model.stylize(
        photo, style, refine=1, tile=tile, color=color, progress=lambda *now: calls.append(now)  # type: ignore[call-overload]
    )  # fmt: skip
    assert [done for done, _ in calls] == list(range(1, len(calls) + 1))
    assert {total for _, total in calls} == {len(calls)}


def test_it_can_be_cancelled_within_a_tile(model: AdaIN, photo: Tensor, style: Style) -> None:
    class Cancelled(Exception):
        pass

    def cancel(done: int, total: int) -> None:
        if done == 2:  # the statistics, then the first of three steps
            raise Cancelled

    with pytest.raises(Cancelled):
        model.stylize(photo, style, refine=3, tile=None, progress=cancel)


@pytest.mark.parametrize("steps", [-1, 1.5, True, "2"])
def test_what_is_no_number_of_steps_is_refused(model: AdaIN, photo: Tensor, style: Style, steps: int) -> None:
    with pytest.raises(AdaINError, match=r"refine is .*: give a number of steps"):
        model.stylize(photo, style, refine=steps)


def test_the_small_network_says_that_it_cannot(photo: Tensor) -> None:
    lite = AdaIN.from_pretrained("lite", device="cpu", dtype="float32")
    with pytest.raises(AdaINError, match="refine is 2, but only the paper's network can: use model 'vgg19'"):
        lite.stylize(photo, "starry-night", refine=2)


def test_the_command_refines(tmp_path: Path, photo_file: Path) -> None:
    files = [tmp_path / "plain.png", tmp_path / "refined.png"]
    for file, more in zip(files, ([], ["--refine", "1"]), strict=True):
        call = ["stylize", str(photo_file), "-s", "scream", "--size", "96", "-o", str(file), *more]
        assert CliRunner().invoke(app, call).exit_code == 0
    assert files[0].read_bytes() != files[1].read_bytes()
    result = CliRunner().invoke(app, ["stylize", str(photo_file), "-s", "scream", "--model", "lite", "--refine", "1"])
    assert result.exit_code == 2 and "only the paper's network can" in result.output


PULLS = pytest.mark.parametrize("what", ["texture", "keep"])
"""What the steps may follow beside the target, each with a weight."""


@PULLS
@pytest.mark.parametrize("weight", [-1, float("nan"), float("inf"), True, "1"])
def test_what_is_no_weight_is_refused(model: AdaIN, photo: Tensor, textured: Style, what: str, weight: float) -> None:
    with pytest.raises(AdaINError, match=rf"{what} is .*: give a number from 0"):
        model.stylize(photo, textured, refine=1, **{what: weight})  # type: ignore[call-overload]


@PULLS
def test_a_weight_without_steps_is_refused(model: AdaIN, photo: Tensor, textured: Style, what: str) -> None:
    with pytest.raises(AdaINError, match=rf"{what} is 1\.0, but it is painted by steps of refinement: give refine"):
        model.stylize(photo, textured, **{what: 1.0})  # type: ignore[call-overload]


@PULLS
def test_the_command_takes_a_weight(tmp_path: Path, photo_file: Path, what: str) -> None:
    saved = tmp_path / "mine.safetensors"
    run = CliRunner()
    assert run.invoke(app, ["style", "save", str(photo_file), "--texture", "-o", str(saved)]).exit_code == 0
    assert Style.load(saved).texture is not None
    files = [tmp_path / "without.png", tmp_path / "with.png"]
    for file, weight in zip(files, ("0", "1"), strict=True):
        call = ["stylize", str(photo_file), "-s", str(saved), "--size", "96", "--refine", "1", f"--{what}", weight]
        assert run.invoke(app, [*call, "-o", str(file)]).exit_code == 0
    assert files[0].read_bytes() != files[1].read_bytes()
    result = run.invoke(app, ["stylize", str(photo_file), "-s", "scream", f"--{what}", "1"])
    assert result.exit_code == 2 and "give refine" in result.output
