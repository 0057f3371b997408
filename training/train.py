"""Train a decoder, or the small network as a whole: read this file from top to bottom, the rest are its parts.

    python -m training.train PHOTOS PAINTINGS runs/mine
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
import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.utils import is_tensorboard_available

from adain_core.networks.vgg import encoder_id
from adain_core.weights.catalog import find
from adain_core.weights.network_files import load_vgg
from training.average import Average
from training.config import Config, command
from training.loader import batch_loader, telling_of_dead_workers
from training.objective import Objective, contrast
from training.optimizer import learning_rate, new_optimizer
from training.pictures import TrainingError
from training.precision import dtype_on, precision_here
from training.program import run
from training.run.checkpoint import latest_checkpoint, load_checkpoint, read_facts, save_checkpoint
from training.run.folder import write_bad_files, write_config, write_holdout
from training.run.log import Log
from training.run.progress import Progress
from training.run.provenance import provenance
from training.run.resume import check_goes_on, how_to_go_on
from training.run.stopping import Interrupted, Stopping
from training.run.trouble import grey, refuse_nan
from training.run_data import open_data
from training.students import STUDENTS
from training.targets import Targets, views_files
from training.validation import Validation


def train(config: Config) -> Path:
    """Train as `config` says, from the last checkpoint in its folder if there is one.

    Returns:
        The decoder file.

    Raises:
        TrainingError: data, checkpoint or weights that cannot be used, or a run that became NaN.
        WeightsError: no such encoder or decoder, or two that do not belong together.
    """
    deadline = time.monotonic() + (config.time_limit or math.inf)
    run = Run(config)
    with Stopping(run.accelerator, deadline) as stopping, contextlib.closing(run.log.bar), telling_of_dead_workers():
        batches = stopping.watched(iter(run.loader))  # here: its processes inherit what signals do
        run.progress.restart_clock()
        while run.progress.step < config.steps:
            try:
                run.update(batches)
            except Interrupted:
                run.save_before_update()
                run.say_stopped()
                break
            step, last = run.progress.step, run.progress.step == config.steps
            if step % config.log_every == 0 or last:
                run.report()
            if step % config.judge_every == 0 or last:
                run.validate()
            stop = stopping.now()
            if step % config.save_every == 0 or last or stop:
                run.save()
            if stop and not last:
                run.say_stopped()
                break
    run.finish()
    return config.out / "decoder.safetensors"


class Run:
    """The parts of a run, made as `config` says, and what is done with them."""

    def __init__(self, config: Config) -> None:
        checkpoint = latest_checkpoint(config.out / "checkpoints")
        before = read_facts(checkpoint)["config"]["precision"] if checkpoint else None
        self.config = config = dataclasses.replace(config, precision=precision_here(config, before))
        self.accelerator = accelerator = Accelerator(
            mixed_precision=config.precision, gradient_accumulation_steps=config.accumulate, cpu=config.cpu,
            log_with="tensorboard" if is_tensorboard_available() else None, project_dir=config.out,
        )  # fmt: skip
        device, main = accelerator.device, accelerator.is_main_process
        dtype = dtype_on(device, config.precision)
        torch.manual_seed(config.seed)
        torch.backends.cudnn.benchmark = True  # every update has the same sizes

        # Who judges, what is learned from
        encoder = load_vgg(find(config.encoder)).to(device)
        self.fingerprint = encoder_id(encoder.state_dict())
        data = open_data(config, accelerator, encoder, dtype)
        pairs = config.batch * config.accumulate * accelerator.num_processes  # an update
        self.facts = {"config": config.as_json(), "encoder": self.fingerprint, "pairs": pairs}

        # Who learns, from the start or from where it was
        if checkpoint:
            check_goes_on(checkpoint, self.facts)
        self.student = STUDENTS[config.model]
        network = self.student.new() if checkpoint else self.student.first(config, encoder, data.batches)
        self.network = network.to(device, memory_format=torch.channels_last).train()  # type: ignore[call-overload]
        self.average = Average(self.network, config.ema)
        self.optimizer = new_optimizer(config, self.network)
        self.progress = Progress(bad=data.bad)
        if checkpoint:
            random = load_checkpoint(
                checkpoint, decoder=self.network, ema=self.average.weights, optimizer=self.optimizer,
                scaler=accelerator.scaler,
            )  # fmt: skip
            torch.set_rng_state(random)
            self.progress.step = read_facts(checkpoint)["step"]
            accelerator.print(f"going on from {checkpoint}")
        # The optimizer's state is where it should be: Adam would read counts of updates on a GPU back in every update.
        self.model, self.optimizer = accelerator.prepare(self.network, self.optimizer, device_placement=[True, False])
        if config.compile:
            self.model = torch.compile(self.model)

        # What is asked of it
        encoder = encoder.to(dtype)  # frozen: cast once
        self.objective = Objective(config, encoder)
        files = views_files(config, data.sources, self.fingerprint) if config.views and main else {}
        self.targets = Targets(config, encoder, data.whole, files)
        self.validation = Validation(config, data, encoder, self.student)

        # Where it is written down
        if main:
            write_config(config.out, self.facts, device)
            write_holdout(config.out, data.held_names())
        self.log = Log(accelerator, config.out, self.progress.step, config.steps)
        self.progress.best = self.log.best()
        numbers = range(self.progress.step * config.accumulate, config.steps * config.accumulate)
        self.loader = batch_loader(data.batches, numbers, workers=config.workers, pin=device.type == "cuda")

    def update(self, batches: Iterator[dict[str, Any]]) -> None:
        """One step of the optimizer, and of the average."""
        config, step = self.config, self.progress.step
        self.random = torch.get_rng_state()
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(config, step)
        for _ in range(config.accumulate):
            with self.progress.waiting():
                batch = next(batches)
            self.progress.bad.update(batch["bad"])
            pairs = self.targets.of(batch, step)
            with self.accelerator.accumulate(self.model):
                out = self.student.paint(self.model, pairs).float()  # (B, 3, S, S)
                terms = self.objective.terms(out, pairs)
                loss = self.objective.total(terms)
                self.accelerator.backward(loss)
                if self.accelerator.sync_gradients:
                    limit = config.clip or math.inf
                    terms["gradient"] = self.accelerator.clip_grad_norm_(self.network.parameters(), limit)
                self.optimizer.step()
                self.optimizer.zero_grad(set_to_none=True)
            self.progress.add({**terms, "loss": loss, "contrast": contrast(out, pairs)})
        self.average.update(step)
        self.progress.step += 1
        self.log.bar.update()

    def report(self) -> None:
        """A line of means to the log; it ends a run that became NaN and warns of pictures that go grey."""
        config, step = self.config, self.progress.step
        means = self.progress.means(self.accelerator)
        means["gradient"] *= config.accumulate  # measured once an update
        speed = self.progress.speed(config.batch * self.accelerator.num_processes)
        self.log.write({"step": step, **means, "lr": learning_rate(config, step - 1), **speed})
        self.progress.begin_line()
        refuse_nan(config, step, means["loss"])
        warning = grey(config, step, means["contrast"])
        if warning and not self.progress.warned:
            self.progress.warned = True
            self.accelerator.print(warning)

    def validate(self) -> None:
        """Figures and samples of the averaged weights; the best so far ship."""
        step = self.progress.step
        if self.accelerator.is_main_process:
            averaged = self.validation.network(self.average.weights)
            figures = self.validation.figures(averaged)
            self.log.samples(self.validation.samples(averaged), step)
            self.log.write({"step": step, **{f"held_{name}": value for name, value in figures.items()}})
            if figures["loss"] < self.progress.best:
                self.progress.best = figures["loss"]
                self.ship("best.safetensors", figures)
        self.accelerator.wait_for_everyone()
        self.progress.restart_clock()

    def save(self) -> None:
        """A checkpoint, and the averaged weights as others load them."""
        config, step = self.config, self.progress.step
        if self.accelerator.is_main_process:
            if not self.average.finite():
                raise TrainingError(f"NaN in the weights at step {step}: {how_to_go_on(config)}")
            save_checkpoint(
                config.out / "checkpoints", step, decoder=self.network, ema=self.average.weights,
                optimizer=self.optimizer, random=torch.get_rng_state(), facts=self.facts,
                scaler=self.accelerator.scaler, keep=config.keep,
            )  # fmt: skip
            self.ship("decoder.safetensors")
        self.accelerator.wait_for_everyone()
        self.progress.restart_clock()

    def save_before_update(self) -> None:
        """A checkpoint from which the update that was begun is made anew."""
        torch.set_rng_state(self.random)
        self.save()

    def say_stopped(self) -> None:
        """Where the run is, and how it goes on."""
        step, steps = self.progress.step, self.config.steps
        self.accelerator.print(f"stopped at step {step} of {steps}: the same command goes on from here")

    def ship(self, name: str, figures: dict[str, float] | None = None) -> None:
        """Write the averaged weights into the run's folder."""
        about = provenance(self.config, self.progress.step, figures)
        self.student.ship(self.average.weights, self.config.out / name, self.fingerprint, about)

    def finish(self) -> None:
        """Close what is open, and name the files that were passed over."""
        self.log.close()
        self.targets.save()
        bad = self.progress.bad
        if self.accelerator.is_main_process and bad:
            path = write_bad_files(self.config.out, bad)
            self.accelerator.print(f"{len(bad)} bad files were passed over, listed in {path}; the first: {min(bad)}")


def main() -> None:
    """Run the command line."""
    run(command(train))


if __name__ == "__main__":
    main()
