"""Train a decoder, or the small network as a whole: one file, read it from top to bottom.

    python -m training.train PHOTOS PAINTINGS runs/mine --recipe fast
    python -m training.train PHOTOS MY_PAINTINGS runs/mine --recipe finetune
    python -m training.train PHOTOS PAINTINGS runs/mine --model lite
    accelerate launch -m training.train PHOTOS PAINTINGS runs/mine          # several GPUs

The same command again goes on from the last checkpoint. A run's folder holds config.json, log.jsonl, samples/,
checkpoints/, decoder.safetensors (what ships: the averaged weights, float16) and best.safetensors (by validation); of
the small network also encoder.safetensors and best-encoder.safetensors.
"""

from __future__ import annotations

import contextlib
import dataclasses
import importlib.metadata
import json
import math
import os
import platform
import signal
import sys
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
import typer
from accelerate import Accelerator
from accelerate.utils import broadcast, is_tensorboard_available
from PIL import Image
from torch import Tensor
from tqdm import tqdm

from adain_core.color.matching import match_luminance
from adain_core.errors import AdaINError
from adain_core.networks.lite import LiteDecoder, LiteEncoder
from adain_core.networks.vgg import VGGEncoder, encoder_id
from adain_core.networks.vgg_decoder import Decoder
from adain_core.system.allocator import keep_freed_memory
from adain_core.system.device import cpu_gains_by_bfloat16
from adain_core.weights.network_files import (
    check_pair,
    find,
    load_decoder,
    load_encoder,
    load_vgg,
    read_metadata,
    resolve_model,
    save_decoder,
    save_encoder,
)
from training.checkpoint import latest_checkpoint, load_checkpoint, read_facts, save_checkpoint
from training.commit import commit
from training.config import FREE, Config, command
from training.data import Batches, Crops, Source, batch_loader, grid, hold_out, open_sources, read_holdout, to_float
from training.least_squares import fit_decoder
from training.losses import (
    adain_target,
    block_edges,
    content_loss,
    grid_pattern,
    mean_std,
    power,
    style_loss,
    total_variation,
)
from training.pictures import TrainingError
from training.student import Lite
from training.style_statistics import StyleStatistics, take_statistics
from training.views import Views, own_where

GREY_AFTER, GREY_BELOW = 300, 0.3  # updates; contrast of the output as a share of the painting's: 0.7 to 1 is usual
SAMPLES, JUDGED = 4, 32  # photos x paintings of the sample grid; held-out pairs that the validation loss is taken on
SETTINGS = ("ACCELERATE_", "OMP_", "MKL_", "CUDA_", "TORCH", "PYTORCH_")  # of the environment, worth noting
PACKAGES = ("torch", "torchvision", "accelerate", "numpy", "pillow", "safetensors")


def train(config: Config) -> Path:
    """Train as `config` says, from the last checkpoint in its folder if there is one.

    Returns:
        The decoder file.

    Raises:
        TrainingError: data, checkpoint or weights that cannot be used, or a run that became NaN.
        WeightsError: no such encoder or decoder, or two that do not belong together.
    """
    started = time.monotonic()
    config = dataclasses.replace(config, precision=precision_here(config))  # so that a checkpoint tells it
    accelerator = Accelerator(
        mixed_precision=config.precision,
        gradient_accumulation_steps=config.accumulate,
        cpu=config.cpu,
        log_with="tensorboard" if is_tensorboard_available() else None,
        project_dir=config.out,
    )
    device, main = accelerator.device, accelerator.is_main_process
    say = accelerator.print
    if config.precision == "fp16" and device.type == "cpu":
        raise TrainingError("--precision fp16 needs a GPU, and this run is on the CPU: give --precision bf16 or no")
    torch.manual_seed(config.seed)

    # Data: what is held out is held out before anything else looks at it.
    with accelerator.main_process_first():  # one process builds the cache
        sources = open_sources(config.content, config.style, config.cache, config.resize)
    listed = read_holdout(config.holdout_file) if config.holdout_file else {}
    content_train, content_held = hold_out(sources[0], config.holdout, listed.get("content"))
    style_train, style_held = hold_out(sources[1], config.holdout, listed.get("style"))
    bad = {line for source in sources for line in getattr(source, "bad", [])}
    lite = config.model == "lite"
    encoder = load_vgg(find(config.encoder)).to(device)
    fingerprint = encoder_id(encoder.state_dict())
    half = {"bf16": torch.bfloat16, "fp16": torch.float16}.get(config.precision, torch.float32)
    whole: StyleStatistics | None = None
    if config.style_from == "picture":
        with accelerator.main_process_first():
            whole, style_train, unreadable = take_statistics(
                sources[1], style_train, config.resize, encoder, fingerprint, half, config.cache or config.out
            )
        bad.update(unreadable)
    crops = Crops(config.crop, config.resize, config.jitter)
    batches = Batches(
        *sources, crops, batch=config.batch, seed=config.seed, content_only=content_train, style_only=style_train,
        process=accelerator.process_index, processes=accelerator.num_processes, own=config.own_style,
        style_crops=whole is None, style_size=config.style_crop, views=config.views,
    )  # fmt: skip
    held = f"{len(content_held)} and {len(style_held)}"
    say(f"{len(content_train)} photos and {len(style_train)} paintings to train on, {held} held out")

    # Networks
    checkpoint = latest_checkpoint(config.out / "checkpoints")
    pairs = config.batch * config.accumulate * accelerator.num_processes  # an update
    facts = {"config": config.as_json(), "encoder": fingerprint, "pairs": pairs}
    if checkpoint:
        check_goes_on(checkpoint, facts)
        decoder = new_student(lite)
    else:
        decoder = first_decoder(config, encoder, fingerprint, batches)
    decoder = decoder.to(device, memory_format=torch.channels_last).train()  # type: ignore[call-overload]
    encoder = encoder.to(half)  # frozen: cast once
    ema = {name: tensor.detach().clone() for name, tensor in decoder.state_dict().items()}
    rule = new_optimizer(config, decoder)
    step = 0
    if checkpoint:
        random = load_checkpoint(checkpoint, decoder=decoder, ema=ema, optimizer=rule, scaler=accelerator.scaler)
        torch.set_rng_state(random)
        step = read_facts(checkpoint)["step"]
        say(f"going on from {checkpoint}")
    # The optimizer's state is where it should be: Adam would read counts of updates on a GPU back in every update.
    model, optimizer = accelerator.prepare(decoder, rule, device_placement=[True, False])
    judged: Callable[..., dict[str, Tensor]] = losses
    if config.compile:
        model, judged = torch.compile(model), torch.compile(losses)
    torch.backends.cudnn.benchmark = True  # every update has the same sizes
    files = views_files(config, sources, fingerprint) if config.views and main else {}
    photos_seen, paintings_seen = (
        Views(encoder, side == "photos", files.get(side), config.compile) for side in ("photos", "paintings")
    )

    if main:
        write_run_folder(config, facts, step)
        held_names = {
            side: [source.name(i) for i in numbers]
            for side, source, numbers in zip(("content", "style"), sources, (content_held, style_held), strict=True)
        }
        (config.out / "holdout.json").write_text(json.dumps(held_names, indent=0) + "\n", encoding="utf-8")
    if is_tensorboard_available():
        accelerator.init_trackers("tensorboard")
    judge = Judge(sources, content_held or content_train, style_held or style_train, crops, encoder, device, half, lite)
    loader = batch_loader(
        batches, range(step * config.accumulate, config.steps * config.accumulate),
        workers=config.workers, pin=device.type == "cuda",
    )  # fmt: skip
    stopping = StopSignals()
    bar = tqdm(total=config.steps, initial=step, unit="step", disable=not main, smoothing=0.05)
    sums: dict[str, Tensor] = {}
    counted, waited, since, best = 0, 0.0, time.monotonic(), _best_so_far(config.out, step)
    warned = False

    def save() -> None:
        if main:
            if not all(bool(tensor.isfinite().all()) for tensor in ema.values()):
                raise TrainingError(f"NaN in the weights at step {step}: {_how_to_go_on(config)}")
            random = torch.get_rng_state()
            save_checkpoint(
                config.out / "checkpoints", step, decoder=decoder, ema=ema, optimizer=rule, random=random, facts=facts,
                scaler=accelerator.scaler, keep=config.keep,
            )  # fmt: skip
            ship(config, ema, fingerprint, step, config.out / "decoder.safetensors")
        accelerator.wait_for_everyone()

    batch_iterator = iter(loader)
    while step < config.steps:
        for group in rule.param_groups:
            group["lr"] = learning_rate(config, step)
        for _ in range(config.accumulate):
            waiting = time.monotonic()
            batch = next(batch_iterator)
            waited += time.monotonic() - waiting
            bad.update(batch["bad"])
            content = to_float(batch["content"], device, half)  # (B, 3, S, S)
            own = batch["own"].to(device, non_blocking=True)  # (B,)
            with torch.no_grad():
                if whole is None:
                    style = to_float(batch["style"], device, half)  # (B, 3, T, T)
                    if _share(config.seed, step, config.luminance):
                        style = match_luminance(style, content)
                        content = match_luminance(content, content)
                    painting, _ = paintings_seen.look(style, batch["style_view"])
                else:
                    painting = whole.rows(batch["style"])
                photo, f = photos_seen.look(content, batch["content_view"])  # f: (B, 512, S/8, S/8)
                rgb, *wanted = own_where(own, photo, painting)  # (B, 3) twice, 4 x (B, C) twice
                target = adain_target(f, *wanted[-1])  # (B, 512, S/8, S/8) float32
            with accelerator.accumulate(model):
                out = (model(content, style, own) if lite else model(target.to(half))).float()  # (B, 3, S, S)
                terms = judged(encoder, out, target, wanted, config.relative)
                loss = terms["content"] + config.style_weight * terms["style"]
                if config.range_weight:
                    terms["range"] = (out - out.clamp(0, 1)).square().mean()
                    loss = loss + config.range_weight * terms["range"]
                if config.pattern_weight:
                    terms["pattern"] = grid_pattern(out, 4) + grid_pattern(out, 8)
                    loss = loss + config.pattern_weight * terms["pattern"]
                if config.block_weight:
                    terms["blocks"] = block_edges(out)
                    loss = loss + config.block_weight * terms["blocks"]
                if config.tv_weight:
                    terms["tv"] = total_variation(out)
                    loss = loss + config.tv_weight * terms["tv"]
                if config.identity_weight:
                    distance = (out - content.float()).square().mean((1, 2, 3))  # (B,)
                    terms["identity"] = (distance * own).mean()  # over all pairs, so that processes add up
                    loss = loss + config.identity_weight * terms["identity"]
                accelerator.backward(loss)
                if accelerator.sync_gradients:
                    terms["gradient"] = accelerator.clip_grad_norm_(decoder.parameters(), config.clip or math.inf)
                optimizer.step()
                optimizer.zero_grad(set_to_none=True)
            terms["loss"] = loss
            with torch.no_grad():
                terms["contrast"] = out.detach().std((2, 3)).mean() / rgb[1].mean()
            for name, value in terms.items():  # summed on the device: reading a number would wait for it
                sums[name] = sums.get(name, torch.zeros((), device=device)) + value.detach().float()
            counted += 1
        average(ema, decoder, config.ema, step)
        step += 1
        bar.update()

        last = step == config.steps
        if step % config.log_every == 0 or last:
            means = {name: float(accelerator.reduce(total, "mean")) / counted for name, total in sums.items()}
            means["gradient"] *= config.accumulate  # measured once an update
            seconds = time.monotonic() - since
            line = {
                "step": step, **means, "lr": learning_rate(config, step - 1),
                "pairs_per_second": pairs * counted / config.accumulate / seconds, "waited_for_data": waited / seconds,
            }  # fmt: skip
            log(accelerator, config.out, line, bar)
            sums, counted, waited, since = {}, 0, 0.0, time.monotonic()
            if not math.isfinite(means["loss"]):
                raise TrainingError(f"the loss is {means['loss']} at step {step}: {_how_to_go_on(config)}")
            if step >= GREY_AFTER and means["contrast"] < GREY_BELOW and not warned:
                warned = True
                say(
                    f"warning: pictures go grey at step {step}: their contrast is {means['contrast']:.0%} of the "
                    f"paintings'; stop, and start again with a lower --lr than {config.lr:g} or --init lstsq"
                )
        if step % config.judge_every == 0 or last:
            if main:
                averaged = averaged_student(ema, half, lite)
                figures = judge.figures(averaged)
                names = ("target", "style") if config.relative else ("content_loss", "style_loss")
                figures["loss"] = figures[names[0]] + config.style_weight * figures[names[1]]
                picture = judge.samples(averaged)
                (config.out / "samples").mkdir(exist_ok=True)
                picture.save(config.out / "samples" / f"step-{step:08d}.png")
                log(accelerator, config.out, {"step": step, **{f"held_{k}": v for k, v in figures.items()}}, bar)
                if accelerator.trackers:
                    pixels = np.array(picture)[None]
                    accelerator.get_tracker("tensorboard").log_images({"samples": pixels}, step, dataformats="NHWC")
                if figures["loss"] < best:
                    best = figures["loss"]
                    ship(config, ema, fingerprint, step, config.out / "best.safetensors", figures)
            accelerator.wait_for_everyone()
            since = time.monotonic()
        ordered = stopping.ordered or (config.time_limit and time.monotonic() - started > config.time_limit)
        if accelerator.num_processes > 1:  # all stop at the same step: the first process decides
            ordered = bool(broadcast(torch.tensor(float(bool(ordered)), device=device)).item())
        if step % config.save_every == 0 or last or ordered:
            save()
            since = time.monotonic()
        if ordered and not last:
            say(f"stopped at step {step} of {config.steps}: the same command goes on from here")
            break

    bar.close()
    stopping.restore()
    photos_seen.save()
    paintings_seen.save()
    accelerator.end_training()
    if main and bad:
        (config.out / "bad_files.txt").write_text("\n".join(sorted(bad)) + "\n", encoding="utf-8")
        say(f"{len(bad)} bad files were passed over, listed in {config.out / 'bad_files.txt'}; the first: {min(bad)}")
    return config.out / "decoder.safetensors"


def precision_here(config: Config) -> Literal["no", "bf16", "fp16"]:
    """What "auto" means on this machine: on a CPU bf16 may be slower than float32, old GPUs only imitate it."""
    if config.precision != "auto":
        return config.precision
    if config.cpu or not torch.cuda.is_available():
        return "bf16" if cpu_gains_by_bfloat16() else "no"
    return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp16"


# Pieces of a step ----------------------------------------------------------------------------------------------


def losses(
    encoder: VGGEncoder, out: Tensor, target: Tensor, wanted: list[tuple[Tensor, Tensor]], relative: bool
) -> dict[str, Tensor]:
    """Content and style loss of pictures out (B, 3, S, S): with the judge in one function, to be compiled as one."""
    taps = encoder.taps(out.to(next(encoder.parameters()).dtype))
    content = content_loss(taps[-1], target, power(*wanted[-1]) if relative else None)
    return {"content": content, "style": style_loss(taps, wanted, relative)}


def new_optimizer(config: Config, decoder: torch.nn.Module) -> torch.optim.Optimizer:
    """What turns gradients into steps: Adam, or SOAP (arXiv 2409.11321), which is Adam in the gradients' eigenbases."""
    if config.optimizer == "adam":
        return torch.optim.Adam(decoder.parameters(), lr=config.lr)
    from pytorch_optimizer import SOAP  # here: Adam does without this package

    return SOAP(decoder.parameters(), lr=config.lr, betas=(0.95, 0.95), weight_decay=0.0, precondition_frequency=10)


def learning_rate(config: Config, step: int) -> float:
    """The rate of update number `step`, from 0: a pure function, so that there is nothing to store."""
    rate = config.lr * min(1.0, (step + 1) / config.warmup) if config.warmup else config.lr
    if config.schedule == "inverse":
        return rate / (1.0 + config.decay * step)
    return rate * (0.02 + 0.98 * 0.5 * (1.0 + math.cos(math.pi * step / config.steps)))


@torch.no_grad()
def average(ema: dict[str, Tensor], decoder: torch.nn.Module, decay: float, step: int) -> None:
    """Move the average towards the weights, faster at the start so that the first weights are soon forgotten."""
    weight = 1.0 - min(decay, (1.0 + step) / (10.0 + step))
    now = decoder.state_dict()
    torch._foreach_lerp_(list(ema.values()), [now[name] for name in ema], weight)


def _share(seed: int, step: int, share: float) -> bool:
    """Whether an update is among this share of them: by its number, so that a resumed run decides the same."""
    if not share:
        return False
    return bool(torch.rand((), generator=torch.Generator().manual_seed(seed * 1_000_003 + step)) < share)


def new_student(lite: bool) -> Decoder | Lite:
    """What is trained, with random weights."""
    return Lite() if lite else Decoder()


def averaged_student(ema: dict[str, Tensor], dtype: torch.dtype, lite: bool) -> Decoder | Lite:
    """What is trained, of the averaged weights."""
    with torch.device("meta"):
        decoder = new_student(lite)
    decoder.load_state_dict({name: tensor.to(dtype, copy=True) for name, tensor in ema.items()}, assign=True)
    return decoder.requires_grad_(False)


class Judge:
    """Fixed held-out pairs: the validation loss and the sample grid are always of the same pictures."""

    def __init__(
        self, sources: tuple[Source, Source], content: list[int], style: list[int], crops: Crops,
        encoder: VGGEncoder, device: torch.device, dtype: torch.dtype, lite: bool = False,
    ) -> None:  # fmt: skip
        self.encoder, self.device, self.dtype, self.lite = encoder, device, dtype, lite
        self.content, self.style = (
            torch.stack([crops.centre(pixels) for pixels in _readable(source, numbers, JUDGED)])
            for source, numbers in zip(sources, (content, style), strict=True)
        )  # (n, 3, S, S) uint8

    @torch.no_grad()
    def figures(self, decoder: torch.nn.Module) -> dict[str, float]:
        """Figures of the averaged weights, as training.evaluate names them, mean over the pairs."""
        count = min(len(self.content), len(self.style))
        sums: dict[str, float] = {}
        for i in range(count):
            out, f, target, wanted = self._pair(decoder, i, i)
            taps = self.encoder.taps(out.clamp(0, 1).to(self.dtype))
            found = {
                "target": content_loss(taps[-1], target, power(*wanted[-1])),
                "content": content_loss(taps[-1], f, power(*mean_std(f))),
                "style": style_loss(taps, wanted, relative=True),
                "content_loss": content_loss(taps[-1], target),
                "style_loss": style_loss(taps, wanted),
            }
            for name, value in found.items():
                sums[name] = sums.get(name, 0.0) + float(value) / count
        return sums

    @torch.no_grad()
    def samples(self, decoder: torch.nn.Module) -> Image.Image:
        """Paintings above, photos at the left, each photo in each style."""
        photos, paintings = self.content[:SAMPLES].float() / 255, self.style[:SAMPLES].float() / 255
        rows = [[torch.ones_like(photos[0]), *paintings]]
        for i, photo in enumerate(photos):
            rows.append([photo, *(self._pair(decoder, i, j)[0][0] for j in range(len(paintings)))])
        return grid(rows)

    def _pair(
        self, decoder: torch.nn.Module, i: int, j: int
    ) -> tuple[Tensor, Tensor, Tensor, list[tuple[Tensor, Tensor]]]:
        """Decoded picture, photo's features, AdaIN target, painting's statistics."""
        content = to_float(self.content[i : i + 1], self.device, self.dtype)  # (1, 3, S, S)
        style = to_float(self.style[j : j + 1], self.device, self.dtype)
        wanted = [mean_std(tap) for tap in self.encoder.taps(style)]
        f = self.encoder(content)
        target = adain_target(f, *wanted[-1])
        out = decoder(content, style) if self.lite else decoder(target.to(self.dtype))
        return out.float(), f, target, wanted


def _readable(source: Source, numbers: list[int], count: int) -> list[Any]:
    found: list[Any] = []
    for number in numbers:
        if len(found) == count:
            break
        try:
            found.append(source.pixels(number))
        except (AdaINError, OSError):
            continue  # check_data names them
    if not found:
        raise TrainingError(f"none of the {len(numbers)} held-out pictures can be read: run training.check_data")
    return found


# Starting, going on, shipping ----------------------------------------------------------------------------------


def first_decoder(config: Config, encoder: VGGEncoder, fingerprint: str, batches: Batches) -> Decoder | Lite:
    """The decoder (or small network) a run starts from, as ``--init`` says.

    Raises:
        WeightsError: no such decoder, or one for another encoder.
    """
    if config.init == "random":
        return new_student(config.model == "lite")
    if config.model == "lite":
        files = resolve_model(config.init)
        parts = load_encoder(files[0]).requires_grad_(True), load_decoder(files[1])
        if not (isinstance(parts[0], LiteEncoder) and isinstance(parts[1], LiteDecoder)):
            raise TrainingError(f"--init {config.init} is not of the small network: give 'lite' or a file of one")
        return Lite(parts[0], parts[1])
    if config.init == "lstsq":
        device, side = next(encoder.parameters()).device, min(config.crop, 128)
        small = Batches(
            batches.sides[1], batches.sides[2], dataclasses.replace(batches.crops, size=side), batch=8,
            seed=config.seed, content_only=batches.chosen[1].tolist(), style_only=batches.chosen[2].tolist(),
        )  # fmt: skip
        count = max(1, min(50, len(batches.chosen[1]) * 4 // 8))  # 400 crops: design figures of the fit
        return fit_decoder(
            encoder, lambda: (to_float(small[k]["content"], device, torch.float32) for k in range(count))
        )
    path = find(config.init)
    check_pair(fingerprint, read_metadata(path))
    decoder = load_decoder(path)
    assert isinstance(decoder, Decoder)  # its encoder is VGG-19
    return decoder


def views_files(config: Config, sources: tuple[Source, Source], fingerprint: str) -> dict[str, Path]:
    """Where the judge's view of each side's fixed crops is kept: a name tells all that they depend on."""
    found = {}
    crops = (config.crop, config.style_crop or config.crop)
    for side, source, size in zip(("photos", "paintings"), sources, crops, strict=True):
        sizes = [size, config.resize, config.jitter, config.views]
        facts = repr([fingerprint, config.precision, sizes, source.identity()])
        name = f"views-{side}-{sha256(facts.encode()).hexdigest()[:12]}.safetensors"
        found[side] = (config.cache or config.out) / name
    return found


def check_goes_on(checkpoint: Path, facts: dict[str, Any]) -> None:
    """Refuse to go on from a checkpoint of another encoder or with options that change what is computed.

    Raises:
        TrainingError: naming the first difference.
    """
    before = read_facts(checkpoint)
    if before["encoder"] != facts["encoder"]:
        raise TrainingError(f"{checkpoint} was trained with encoder {before['encoder']}, not {facts['encoder']}")
    if before["pairs"] != facts["pairs"]:
        raise TrainingError(
            f"{checkpoint} had {before['pairs']} pairs an update, now {facts['pairs']}: change --batch or --accumulate"
        )
    free = FREE | {"batch", "accumulate", "content", "style", "holdout_file"}
    for key, value in facts["config"].items():
        if key not in free and before["config"].get(key) != value:
            was = before["config"].get(key)
            raise TrainingError(
                f"{checkpoint} has --{key.replace('_', '-')} {was}, now it is {value}: give the same, or another folder"
            )


def write_run_folder(config: Config, facts: dict[str, Any], step: int) -> None:
    """config.json with everything needed to do it again; log lines after `step` are dropped, they come again."""
    config.out.mkdir(parents=True, exist_ok=True)
    about = {
        **facts,
        "command": sys.argv,
        "commit": commit(),
        "packages": {name: importlib.metadata.version(name) for name in PACKAGES},
        "python": platform.python_version(),
        "machine": platform.platform(),
        "device": torch.cuda.get_device_name() if torch.cuda.is_available() and not config.cpu else "cpu",
        "threads": torch.get_num_threads(),
        "environment": {k: v for k, v in os.environ.items() if k.startswith(SETTINGS)},
    }
    (config.out / "config.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    path = config.out / "log.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    path.write_text("".join(f"{x}\n" for x in lines if x.endswith("}") and json.loads(x)["step"] <= step), "utf-8")


def log(accelerator: Accelerator, folder: Path, line: dict[str, float], bar: Any) -> None:
    """One line to log.jsonl, TensorBoard and the bar."""
    if not accelerator.is_main_process:
        return
    with (folder / "log.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps({k: v if k == "step" else float(f"{v:.6g}") for k, v in line.items()}) + "\n")
    for tracker in accelerator.trackers:
        tracker.log({k: v for k, v in line.items() if k != "step"}, step=int(line["step"]))
    if "loss" in line:
        bar.set_postfix(content=f"{line['content']:.3f}", style=f"{line['style']:.3f}")


def ship(
    config: Config, ema: dict[str, Tensor], encoder: str, step: int, path: Path, figures: dict[str, float] | None = None
) -> None:
    """Write what others load: the averaged weights as a float16 decoder file."""
    skip = {"content", "style", "out", "cache", "holdout_file", "workers", "name", "licence", "time_limit", "cpu"}
    told = {key: value for key, value in config.as_json().items() if key not in skip}
    recipe = json.dumps({**told, "updates": step, **({"held_out": figures} if figures else {})})
    origin = f"trained on {Path(config.content).name} (photos) and {Path(config.style).name} (paintings)"
    about = {"licence": config.licence, "origin": origin, "recipe": recipe, "name": config.name}
    if config.model == "lite":  # its encoder is new, too
        parts: dict[str, dict[str, Tensor]] = {"encoder": {}, "decoder": {}}
        for key, tensor in ema.items():
            part, _, rest = key.partition(".")
            parts[part][rest] = tensor
        name = "encoder" if path.stem == "decoder" else f"{path.stem}-encoder"
        encoder = save_encoder(parts["encoder"], path.with_name(f"{name}.safetensors"), network="lite", **about)
        ema = parts["decoder"]
    save_decoder(ema, path, encoder=encoder, network=config.model, **about)


class StopSignals:
    """Ctrl-C and a polite kill end the run after the step in hand, with a checkpoint; a second one ends it at once."""

    def __init__(self) -> None:
        self.ordered = False
        self._old = {}
        with contextlib.suppress(ValueError):  # outside the main thread: signals are that one's business
            self._old = {number: signal.signal(number, self._order) for number in (signal.SIGINT, signal.SIGTERM)}

    def _order(self, number: int, frame: Any) -> None:
        if self.ordered:
            raise KeyboardInterrupt
        self.ordered = True

    def restore(self) -> None:
        """Leave the signals as they were found."""
        for number, handler in self._old.items():
            signal.signal(number, handler)


def _best_so_far(folder: Path, step: int) -> float:
    path = folder / "log.jsonl"
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []
    return min((x["held_loss"] for x in lines if "held_loss" in x and x["step"] <= step), default=math.inf)


def _how_to_go_on(config: Config) -> str:
    found = latest_checkpoint(config.out / "checkpoints")
    kept = f"the last good checkpoint is {found}" if found else "there was no checkpoint yet"
    return f"{kept}; start again with a lower --lr than {config.lr:g}, or --clip 20"


def main() -> None:
    """Run the command line."""
    keep_freed_memory()
    try:
        typer.run(command(train))
    except AdaINError as e:
        raise SystemExit(f"error: {e}") from None


if __name__ == "__main__":
    main()
