"""The trainer: it learns, goes on exactly where it was, and its result is a decoder that others load."""

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from shutil import which

import numpy as np
import pytest
import torch
from accelerate import Accelerator
from safetensors.torch import load_file
from typer.testing import CliRunner

from adain_core import AdaIN
from adain_core.errors import WeightsError
from adain_core.pictures.reading import open_picture
from adain_core.system.stopping import SIGNALS
from adain_core.weights.catalog import find
from adain_core.weights.metadata import read_metadata
from adain_core.weights.network_files import load_decoder, load_encoder, save_decoder
from training import precision
from training import train as module
from training.commit import commit
from training.config import RECIPES, Config, command, from_recipe
from training.data import open_sources
from training.optimizer import learning_rate
from training.pictures import TrainingError
from training.run import trouble
from training.run.checkpoint import latest_checkpoint, read_facts
from training.targets import views_files
from training.train import train

ROOT = Path(__file__).parents[2]


def log_of(folder: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]


def test_training_lowers_the_held_out_loss(config):
    """A few steps on pictures unlike any photo make others of their kind, which were not trained on, better."""
    run = config(init="vgg19-decoder", steps=6, lr=1e-5, judge_every=2, ema=0.0)
    train(run)
    held = [line["held_loss"] for line in log_of(run.out) if "held_loss" in line]
    assert len(held) == 3
    assert held[-1] < 0.9 * held[0]


NO_COMPILER = pytest.mark.skipif(not which("g++"), reason="no C++ compiler for torch.compile here")
NO_CARD = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA card here")


@pytest.mark.parametrize(
    "student",
    [{"recipe": "fast", "init": "vgg19-decoder"}, {"recipe": "lite", "model": "lite", "init": "lite"}],
    ids=["vgg19", "lite"],
)
@pytest.mark.parametrize(
    ("cpu", "backend"),
    [
        pytest.param(True, "eager", id="cpu-traced"),  # the same graphs, run without building machine code
        pytest.param(True, "inductor", marks=[pytest.mark.slow, NO_COMPILER], id="cpu"),
        pytest.param(False, "inductor", marks=[pytest.mark.slow, NO_CARD], id="cuda"),
    ],
)
def test_compiled_training_learns_what_plain_training_does(config, tmp_path, monkeypatch, cpu, backend, student):
    """The losses of the batches are the same, and so is what comes out, up to the order of sums."""
    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend=backend))
    given = {**student, "steps": 2, "cpu": cpu, "style_from": "crop", "own_style": 0.5}
    runs = [config(**given, compile=compile, out=tmp_path / str(compile)) for compile in (True, False)]
    for run in runs:
        train(run)
    for a, b in zip(*(log_of(run.out) for run in runs), strict=True):
        for name in a.keys() & {"content", "style", "held_target", "held_style"}:
            assert a[name] == pytest.approx(b[name], rel=0.03)


def test_two_equal_runs_leave_files_of_equal_bytes(config, tmp_path):
    """Weights, checkpoints and samples: neither dates nor paths, nor an order that changes, is in them."""
    runs = [config(out=tmp_path / name / "run", steps=2, judge_every=2) for name in "ab"]
    for run in runs:
        train(run)
    names = [
        {p.relative_to(run.out) for p in run.out.rglob("*.*") if p.suffix in (".safetensors", ".png")} for run in runs
    ]
    assert names[0] == names[1] and {Path("decoder.safetensors"), Path("best.safetensors")} < names[0]
    for name in names[0]:
        assert (runs[0].out / name).read_bytes() == (runs[1].out / name).read_bytes(), name


@pytest.mark.parametrize(
    ("count", "said"), [(1, "the one painting is judged on"), (4, "the 4 paintings are judged on")]
)
def test_paintings_that_are_judged_on_themselves_are_warned_of(config, drawn, capsys, count, said):
    """Below ten none can be held out: the figures are of what was trained on."""
    train(config(style=drawn("few", 3, count), steps=1))
    printed = capsys.readouterr().out
    assert f"warning: {said}" in printed and "photo is judged" not in printed and "photos are judged" not in printed


def test_run_folder_tells_all_that_is_needed_to_do_it_again(config):
    """Config, commit, versions, a curve, samples and decoders with encoder, licence and recipe are there."""
    run = config(steps=2, judge_every=1, licence="CC0-1.0", name="mine")
    out = train(run)
    told = json.loads((run.out / "config.json").read_text())
    assert told["config"]["seed"] == 0 and told["commit"] and told["packages"]["torch"] in torch.__version__
    assert sorted(p.name for p in (run.out / "samples").iterdir()) == ["step-00000001.png", "step-00000002.png"]
    assert [line["step"] for line in log_of(run.out) if "loss" in line] == [1, 2]
    for path in (out, run.out / "best.safetensors"):
        meta = read_metadata(path)
        assert meta["encoder"] == told["encoder"] and meta["licence"] == "CC0-1.0" and meta["name"] == "mine"
        assert json.loads(meta["recipe"])["batch"] == 2


def test_machines_without_git_train_too(monkeypatch):
    """The commit is then unknown."""
    monkeypatch.setenv("PATH", "")
    assert commit() == ""


@pytest.mark.parametrize(
    "asked",
    [
        {"luminance": 0.5},
        {"style_from": "picture", "relative": True, "own_style": 0.5, "views": 1},
        pytest.param(  # its eigenbases turn after 11 updates
            {"optimizer": "soap", "steps": 13, "lr": 1e-3}, marks=pytest.mark.slow
        ),
    ],
)
def test_resumed_run_is_bit_equal(config, tmp_path, asked):
    """Stopped on the way and started again, a run ends with the weights of one that was never stopped."""
    given = {"steps": 3, "ema": 0.9, "clip": 5.0, "warmup": 2, "schedule": "cosine", "jitter": 0.2, **asked}
    soap = given.get("optimizer") == "soap"
    whole = config(**given, out=tmp_path / "whole")
    train(whole)
    train(config(**given, out=tmp_path / "stopped", time_limit=1e-9))  # stops after one step
    train(config(**given, out=tmp_path / "stopped"))
    for name in ("decoder", "ema", "exp_avg", "exp_avg_sq", *(("GG", "Q") if soap else ())):
        a, b = (
            load_file(tmp_path / run / "checkpoints" / f"step-{given['steps']:08d}" / f"{name}.safetensors")
            for run in ("whole", "stopped")
        )
        assert all(torch.equal(a[key], b[key]) for key in a), name
    losses = [[line["loss"] for line in log_of(tmp_path / run) if "loss" in line] for run in ("whole", "stopped")]
    assert losses[0] == losses[1]


def test_a_scaled_run_stopped_at_a_skipped_update_is_bit_equal(config, tmp_path, monkeypatch):
    """The first scale of float16 overflows: no update yet, so no moments, and a smaller scale to go on with."""

    def scaled(**given):
        accelerator = Accelerator(**given)
        accelerator.scaler = torch.amp.GradScaler("cpu", init_scale=2.0**127, backoff_factor=2.0**-100)
        return accelerator

    monkeypatch.setattr(module, "Accelerator", scaled)
    train(config(steps=3, out=tmp_path / "whole"))
    train(config(steps=3, out=tmp_path / "stopped", time_limit=1e-9))  # stops after one step
    first = latest_checkpoint(tmp_path / "stopped" / "checkpoints")
    assert not (first / "exp_avg.safetensors").exists()
    train(config(steps=3, out=tmp_path / "stopped"))
    whole, stopped = (tmp_path / run / "checkpoints" / "step-00000003" for run in ("whole", "stopped"))
    assert read_facts(whole)["scaler"] == read_facts(stopped)["scaler"]
    assert read_facts(whole)["scaler"]["scale"] == 2.0**27
    for name in ("decoder", "exp_avg", "exp_avg_sq"):
        a, b = (load_file(checkpoint / f"{name}.safetensors") for checkpoint in (whole, stopped))
        assert all(torch.equal(a[key], b[key]) for key in a), name


def test_float16_without_a_gpu_is_refused(config):
    """Nothing would scale its gradients there."""
    with pytest.raises(TrainingError, match="--precision fp16 needs a GPU"):
        train(config(precision="fp16"))


@pytest.mark.parametrize(("gains", "taken"), [(True, "bf16"), (False, "no")])
def test_precision_auto_is_what_the_processor_gains_by_and_is_written_down(config, monkeypatch, gains, taken):
    monkeypatch.setattr(precision, "cpu_gains_by_bfloat16", lambda: gains)
    decoder = train(config(precision="auto", steps=1))
    assert read_facts(latest_checkpoint(decoder.parent / "checkpoints"))["config"]["precision"] == taken
    assert from_recipe("fast", content=decoder, style=decoder, out=decoder).precision == "auto"


def test_precision_auto_goes_on_in_that_of_the_checkpoint(config, monkeypatch):
    """What is faster is measured: the same command must go on when it is found otherwise."""
    monkeypatch.setattr(precision, "cpu_gains_by_bfloat16", lambda: True)
    train(config(precision="auto", time_limit=1e-9))
    monkeypatch.setattr(precision, "cpu_gains_by_bfloat16", lambda: False)
    decoder = train(config(precision="auto"))
    facts = read_facts(latest_checkpoint(decoder.parent / "checkpoints"))
    assert (facts["config"]["precision"], facts["step"]) == ("bf16", 4)
    with pytest.raises(TrainingError, match="has --precision bf16, now it is no: give the same"):
        train(config(precision="no"))


def test_the_optimizers_counts_stay_where_they_were_loaded(config, monkeypatch):
    """On the CPU: Adam would read counts on a GPU back in every update."""
    train(config(time_limit=1e-9))
    monkeypatch.setattr("accelerate.optimizer.move_to_device", lambda *a: pytest.fail("moved"))
    train(config())


def test_views_of_other_crops_or_pictures_are_kept_apart(config, drawn, tmp_path):
    """In a cache that runs share: paintings' crops are as large as the photos' unless told otherwise."""

    def files(sources, **given):
        return views_files(config(cache=tmp_path, views=1, **given), sources, "e")

    a, b, c = drawn("a", 5), drawn("b", 6), drawn("c", 7)
    sources = open_sources(a, b, None, 64)
    assert files(sources) == files(sources, style_crop=32)
    for other in (files(sources, crop=64), files(open_sources(b, c, None, 64))):
        assert not set(other.values()) & set(files(sources).values())


@pytest.mark.slow
def test_the_small_network_learns_goes_on_bit_equal_and_ships_both_halves(config, tmp_path, photo_file):
    """Encoder and decoder, judged on fixed crops; what ships paints, and refuses another network's styles."""
    given = {
        "style_crop": 40,
        "views": 1,
        "steps": 24,
        "own_style": 0.5,
        "judge_every": 1,
        "warmup": 4,
        "ema": 0.0,
        "licence": "CC0-1.0",
    }
    whole = config("lite", **given, out=tmp_path / "whole")
    train(whole)
    train(config("lite", **given, out=tmp_path / "stopped", time_limit=1e-9))  # stops after one step
    train(config("lite", **given, out=tmp_path / "stopped"))
    states = [
        load_file(tmp_path / run / "checkpoints" / "step-00000024" / "decoder.safetensors")
        for run in ("whole", "stopped")
    ]
    assert all(torch.equal(states[0][key], states[1][key]) for key in states[0])
    held = [line["held_loss"] for line in log_of(whole.out) if "held_loss" in line]
    assert np.mean(held[-8:]) < np.mean(held[:8])
    assert read_metadata(whole.out / "encoder.safetensors")["network"] == "lite"
    small = AdaIN.from_pretrained(whole.out / "decoder.safetensors", device="cpu")
    assert AdaIN.from_pretrained(whole.out / "best.safetensors", device="cpu").encoder_id
    assert small.stylize(str(photo_file), str(whole.style / "00.png"), size=64).size[1] == 64
    with pytest.raises(TrainingError, match="not of the small network"):
        train(config("lite", **given, out=tmp_path / "other", init="vgg19-decoder"))
    train(config("lite", **{**given, "steps": 1}, out=tmp_path / "tuned", init=str(whole.out / "decoder.safetensors")))


def test_accumulated_batches_equal_one_large_batch(config, tmp_path):
    """Two batches of one pair added up make the update of one batch of two."""
    for name, batch, accumulate in (("large", 2, 1), ("small", 1, 2)):
        train(config(batch=batch, accumulate=accumulate, steps=2, out=tmp_path / name, lr=1e-4))
    assert_same_run(tmp_path / "large", tmp_path / "small")


@pytest.mark.slow
def test_two_processes_equal_one_with_twice_the_batch(config, tmp_path):
    """Over gloo on the CPU, two processes of one pair follow the loss curve of one process of two pairs."""
    one = config(batch=2, steps=2, out=tmp_path / "one", lr=1e-4)
    train(one)
    options = [str(one.content), str(one.style), str(tmp_path / "two"), "--cpu", "--batch", "1"]
    for name in ("recipe", "encoder", "crop", "resize", "workers", "holdout", "steps", "log_every", "lr", "init"):
        options += [f"--{name.replace('_', '-')}", str(getattr(one, name))]
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "ACCELERATE_USE_CPU": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [*launch, "-m", "training.train", *options], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert_same_run(tmp_path / "one", tmp_path / "two")


def assert_same_run(a: Path, b: Path) -> None:
    """Same losses and, within rounding, same weights."""
    first, second = ([line for line in log_of(x) if "loss" in line] for x in (a, b))
    assert len(first) == len(second) > 0
    for x, y in zip(first, second, strict=True):
        assert x["loss"] == pytest.approx(y["loss"], rel=1e-4)
        assert x["gradient"] == pytest.approx(y["gradient"], rel=1e-3)
    last = [load_file(latest_checkpoint(x / "checkpoints") / "exp_avg.safetensors") for x in (a, b)]
    for key, value in last[0].items():
        assert float((last[1][key] - value).norm()) < 0.05 * float(value.norm()), (
            key
        )  # Adam turns rounding of tiny gradients into steps


def test_finetuned_decoder_is_used_as_it_is(config, photo_file):
    """A decoder fine-tuned from the bundled one loads by its path and paints another picture than before."""
    run = config("finetune", init="vgg19-decoder", steps=3)
    out = train(run)
    before, after = (AdaIN.from_pretrained(ref, device="cpu") for ref in ("vgg19", out))
    style = before.encode_style(str(run.style / "00.png"))
    first, second = (model.stylize(str(photo_file), style, size=64) for model in (before, after))
    difference = np.abs(np.asarray(first, float) - np.asarray(second, float)).mean()
    assert 0.1 < difference < 40  # of 255: changed, and not a new start


def test_decoder_of_another_encoder_is_not_finetuned(config, tmp_path):
    """Its features would mean something else."""
    path = tmp_path / "other.safetensors"
    decoder = load_decoder(find("vgg19-decoder"))
    save_decoder(decoder, path, encoder="0123456789abcdef", licence="x", origin="x", recipe="x")
    with pytest.raises(WeightsError, match="0123456789abcdef"):
        train(config(init=str(path)))


def test_going_on_with_other_options_is_refused(config):
    """What changes the result must not change on the way; where it runs and how often it logs may."""
    train(config(time_limit=1e-9))
    with pytest.raises(TrainingError, match=r"has --lr 0\.0001, now it is 0\.5"):
        train(config(lr=0.5))
    with pytest.raises(TrainingError, match=r"has --lr 0\.0001, now it is 0\.5; --ema [0-9.]+, now it is 0\.7"):
        train(config(lr=0.5, ema=0.7))
    with pytest.raises(TrainingError, match="2 pairs an update, now 3"):
        train(config(batch=3))
    train(config(log_every=2, save_every=2, time_limit=1e-9))


@pytest.mark.parametrize("style_from", ["crop", "picture"])
def test_broken_painting_is_passed_over_and_listed(config, paintings, tmp_path, style_from):
    """Whether crops of paintings are used or statistics of the whole."""
    mixed = tmp_path / "mixed_paintings"
    mixed.mkdir()
    for path in sorted(paintings.glob("*.png"))[:2]:
        (mixed / path.name).write_bytes(path.read_bytes())
    (mixed / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n cut off")
    run = config(style=mixed, steps=2, style_from=style_from)
    train(run)
    listed = (run.out / "bad_files.txt").read_text()
    assert "broken.png" in listed and len(listed.splitlines()) == 1


@pytest.mark.slow
def test_identity_pairs_bring_photos_back(config):
    """Trained on pairs whose style is the photo itself, judged by its pixels, photos like it come back nearer."""
    run = config(
        init="vgg19-decoder", steps=24, lr=1e-5, own_style=1.0, identity_weight=1000.0, style_weight=0.0,
        style_from="picture", ema=0.0,
    )  # fmt: skip
    out = train(run)
    encoder = load_encoder(run.encoder)
    names = json.loads((run.out / "holdout.json").read_text())["content"]
    photos = [open_picture(run.content / name).resized(64).crop(0, 64, 0, 64) for name in names]  # (1, 3, 64, 64)
    with torch.no_grad():
        before, after = (
            np.mean([float((decoder(encoder(x)) - x).square().mean()) for x in photos])
            for decoder in (load_decoder(find("vgg19-decoder")), load_decoder(out))
        )
    assert after < 0.9 * before


def test_bad_files_are_passed_over_and_listed(config, photos, tmp_path):
    """A broken picture neither ends a run nor goes unnoticed."""
    mixed = tmp_path / "mixed_photos"
    mixed.mkdir()
    for path in sorted(photos.glob("*.png"))[:2]:
        (mixed / path.name).write_bytes(path.read_bytes())
    (mixed / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n cut off")
    run = config(content=mixed, steps=3)
    train(run)
    listed = (run.out / "bad_files.txt").read_text()
    assert "broken.png" in listed and len(listed.splitlines()) == 1


def test_nan_ends_the_run_with_the_last_good_checkpoint_named(config, monkeypatch):
    """A loss that is not a number is said at once, and what was saved before stays."""
    train(config(time_limit=1e-9))
    monkeypatch.setattr(module, "learning_rate", lambda config, step: float("nan"))
    with pytest.raises(TrainingError, match=r"the last good checkpoint is .*step-00000001"):
        train(config())
    state = load_file(latest_checkpoint(config().out / "checkpoints") / "decoder.safetensors")
    assert all(bool(tensor.isfinite().all()) for tensor in state.values())


def test_signals_are_as_they_were_after_a_run_that_failed(config, monkeypatch):
    """Ctrl-C then ends the program that called, as before."""
    before = [signal.getsignal(number) for number in SIGNALS]
    monkeypatch.setattr(module, "learning_rate", lambda config, step: float("nan"))
    with pytest.raises(TrainingError, match="NaN in the weights"):
        train(config(steps=1))
    assert [signal.getsignal(number) for number in SIGNALS] == before


def test_grey_pictures_are_warned_of(config, monkeypatch, capsys):
    """An output of almost no contrast is reported with what to do."""
    monkeypatch.setattr(trouble, "GREY_AFTER", 1)
    train(config(steps=1, lr=1e-9))  # random weights: nearly one colour
    assert "pictures go grey at step 1" in capsys.readouterr().out


def test_learning_rates_follow_the_recipes(photos, paintings, tmp_path):
    """paper: lr / (1 + 5e-5 step). fast: up in a straight line, then down on a cosine to 2%."""
    paper, fast = (from_recipe(recipe, content=photos, style=paintings, out=tmp_path) for recipe in ("paper", "fast"))
    assert learning_rate(paper, 0) == 1e-4
    assert learning_rate(paper, 20_000) == pytest.approx(0.5e-4)
    rates = [learning_rate(fast, step) for step in range(fast.steps)]
    assert rates[0] == pytest.approx(fast.lr / fast.warmup, rel=1e-3)
    assert max(rates) <= fast.lr and rates[-1] == pytest.approx(0.02 * fast.lr, rel=1e-2)
    assert all(a > b for a, b in zip(rates[fast.warmup :], rates[fast.warmup + 1 :], strict=False))


def test_command_line_offers_every_option_with_its_reason(photos, paintings, tmp_path, monkeypatch):
    """Each field of the config is an option; what is not given comes from the recipe."""
    import typer

    seen: list[Config] = []
    app = typer.Typer()
    app.command()(command(seen.append))
    monkeypatch.setenv("COLUMNS", "400")
    shown = CliRunner().invoke(app, ["--help-all"]).output
    for field in dataclasses.fields(Config):
        if field.metadata:
            assert f"--{field.name.replace('_', '-')}" in shown and field.metadata["help"][:20] in shown
    done = CliRunner().invoke(app, [str(photos), str(paintings), str(tmp_path), "--model", "lite"])
    assert done.exit_code == 0 and seen.pop().recipe == "lite"
    done = CliRunner().invoke(app, [str(photos), str(paintings), str(tmp_path)])
    assert done.exit_code == 0 and seen.pop().recipe == "fast"
    done = CliRunner().invoke(app, [str(photos), str(paintings), str(tmp_path), "--recipe", "fast", "--lr", "1e-5"])
    assert done.exit_code == 0, done.output
    assert seen[0].lr == 1e-5 and seen[0].ema == 0.999 and seen[0].content == photos
    assert set(RECIPES) == {"paper", "fast", "finetune", "lite"}


def test_the_short_help_says_what_to_run_first_in_groups_on_two_screens(monkeypatch):
    """Most options are left out of it, and named by the long one."""
    import typer

    app = typer.Typer()
    app.command()(command(lambda config: None))
    monkeypatch.setenv("COLUMNS", "80")
    shown = CliRunner().invoke(app, ["--help"]).output
    assert len(shown.splitlines()) < 80
    assert "Train a decoder" in shown and "python -m training.train PHOTOS PAINTINGS runs/mine" in shown
    for text in ("What is trained", "How it is learned", "--recipe", "--steps", "--help-all"):
        assert text in shown
    assert "--pattern-weight" not in shown


def test_a_run_goes_on_with_the_recipe_it_began_with(config):
    """Also one that was begun when another was the default."""
    import typer

    run = config("paper", steps=1)
    train(run)
    seen: list[Config] = []
    app = typer.Typer()
    app.command()(command(seen.append))
    done = CliRunner().invoke(app, [str(run.content), str(run.style), str(run.out), "--steps", "2"])
    assert done.exit_code == 0 and seen[0].recipe == "paper" and seen[0].optimizer == "adam"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"crop": 30}, "--crop is 30"),
        ({"resize": 16}, "--resize 16 is below --crop 32"),
        ({"steps": 0}, "--steps is 0"),
        ({"ema": 1.0}, r"--ema is 1\.0"),
        ({"luminance": 0.5, "style_from": "picture"}, "needs --style-from crop"),
        ({"identity_weight": 1.0}, "give --own-style"),
        ({"style_crop": 20}, "--style-crop is 20"),
        ({"views": 2, "luminance": 0.5, "style_from": "crop"}, "--views 2"),
        ({"model": "lite", "style_from": "picture"}, "sees paintings itself"),
    ],
)
def test_options_that_make_no_sense_are_refused(config, given, said):
    """Before anything is loaded."""
    with pytest.raises(TrainingError, match=said):
        config(**given)


@pytest.mark.skipif(sys.platform == "win32", reason="signals to a group of processes are POSIX")
@pytest.mark.slow
@pytest.mark.parametrize("number", [*SIGNALS])
def test_polite_stop_of_the_whole_group_ends_with_a_checkpoint(photos, paintings, tmp_path, number):
    """As Ctrl-C in a terminal and `timeout` send it: to the run and its loading processes alike."""
    small = [
        "--cpu", "--crop", "32", "--resize", "64", "--batch", "2", "--workers", "1", "--holdout", "2",
        "--steps", "100000", "--log-every", "1", "--recipe", "paper",
    ]  # fmt: skip
    command = [sys.executable, "-m", "training.train", str(photos), str(paintings), str(tmp_path / "run"), *small]
    run = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),  # nohup ignores SIGHUP, which is inherited
    )  # fmt: skip
    try:
        log = tmp_path / "run" / "log.jsonl"
        deadline = time.monotonic() + 120
        while not (log.exists() and log.read_text()) and run.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        os.killpg(run.pid, number)
        said, _ = run.communicate(timeout=60)
    finally:
        run.kill()
    assert run.returncode == 0, said
    assert "the same command goes on from here" in said
    checkpoint = latest_checkpoint(tmp_path / "run" / "checkpoints")
    assert checkpoint is not None and (tmp_path / "run" / "decoder.safetensors").exists()
