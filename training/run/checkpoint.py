"""Checkpoints: a folder each, whole or not at all, of files small enough to copy one by one."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from adain_core.system.disk import amount, free_space
from training.pictures import TrainingError

FORMAT = "adain-checkpoint-2"
MOMENTS = ("exp_avg", "exp_avg_sq")
"""What either optimizer keeps of each parameter, in its shape, from its first update on."""


def save_checkpoint(
    folder: Path,
    step: int,
    *,
    decoder: nn.Module,
    ema: Mapping[str, Tensor],
    optimizer: torch.optim.Optimizer,
    random: Tensor,
    facts: Mapping[str, Any],
    scaler: torch.amp.GradScaler | None = None,
    keep: int = 2,
) -> Path:
    """Write ``folder/step-00001234`` and delete all but the newest `keep`.

    Every file goes into a hidden folder that gets its name at the very end, so a run killed meanwhile leaves the
    earlier checkpoints as they were. The optimizer's tensors go into a file for each kind; the largest file is the size
    of the decoder in float32, 14 MB.

    Args:
        folder: of all checkpoints of a run.
        step: updates made so far.
        decoder: the weights being trained.
        ema: their average, by the same names.
        optimizer: of the decoder's parameters in their order; its state is tensors, lists of them, and what JSON holds.
        random: state of the random numbers, uint8.
        facts: what else must be the same, or be known, to go on; JSON.
        scaler: of the loss, where gradients are float16.
        keep: how many checkpoints to keep.

    Raises:
        TrainingError: the disk is full or not writable; earlier checkpoints are untouched.
    """
    moments, numbers = _taken_apart(optimizer, [name for name, _ in decoder.named_parameters()])
    files = {"decoder": decoder.state_dict(), "ema": ema, "random": {"random": random}, **moments}
    final, partial = folder / f"step-{step:08d}", folder / f".partial-{step:08d}"
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        for key, tensors in files.items():
            save_file({n: t.detach().cpu().contiguous() for n, t in tensors.items()}, partial / f"{key}.safetensors")
        state = {"format": FORMAT, "step": step, "optimizer": numbers, **facts}
        if scaler is not None:
            state["scaler"] = scaler.state_dict()
        (partial / "state.json").write_text(json.dumps(state, indent=1), encoding="utf-8")
        for path in partial.iterdir():
            with path.open("rb") as file:
                os.fsync(file.fileno())  # the new name must not reach the disk before the content
        if final.exists():
            shutil.rmtree(final)
        partial.rename(final)
    except (OSError, SafetensorError) as e:
        shutil.rmtree(partial, ignore_errors=True)
        free = amount(free_space(folder))
        raise TrainingError(
            f"cannot write checkpoint {final} ({e}); {free} are free, it needs about 70 MB; earlier ones are kept"
        ) from e
    for old in sorted(folder.glob("step-*"))[:-keep]:
        shutil.rmtree(old, ignore_errors=True)
    return final


def latest_checkpoint(folder: Path) -> Path | None:
    """The newest whole checkpoint of a run, if there is one; leftovers of a killed run are removed."""
    for partial in folder.glob(".partial-*"):
        shutil.rmtree(partial, ignore_errors=True)
    found = sorted(path for path in folder.glob("step-*") if (path / "state.json").is_file())
    return found[-1] if found else None


def read_facts(path: Path) -> dict[str, Any]:
    """The ``state.json`` of a checkpoint.

    Raises:
        TrainingError: no checkpoint, or a damaged one.
    """
    try:
        facts = json.loads((path / "state.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as e:
        raise TrainingError(f"{path} is no checkpoint ({e}): remove it, the one before it is used then") from e
    if facts.get("format") != FORMAT:
        raise TrainingError(f"{path} is no checkpoint of this program (format {facts.get('format')!r})")
    return dict(facts)


def load_checkpoint(
    path: Path,
    *,
    decoder: nn.Module,
    ema: dict[str, Tensor],
    optimizer: torch.optim.Optimizer,
    scaler: torch.amp.GradScaler | None = None,
) -> Tensor:
    """Put a checkpoint's weights, average and optimizer state in place.

    Args:
        path: a checkpoint folder.
        decoder: gets the weights.
        ema: gets the average; its tensors are overwritten.
        optimizer: gets its state; made for the decoder's parameters in their order.
        scaler: of the loss; gets its state if the checkpoint has one.

    Returns:
        State of the random numbers.

    Raises:
        TrainingError: damaged, or of another architecture.
    """
    facts = read_facts(path)
    parameters = dict(decoder.named_parameters())
    wanted = {name: tuple(parameter.shape) for name, parameter in parameters.items()}
    kinds = facts["optimizer"]["kinds"]
    loaded = {key: _read(path, key) for key in ("decoder", "ema", "random", *kinds)}
    moments = MOMENTS if kinds else ()  # no kind at all: saved before the optimizer's first update
    for key in ("decoder", "ema", *moments):
        shapes = {name: tuple(tensor.shape) for name, tensor in loaded[key].items()}
        if shapes != wanted:
            wrong = sorted(shapes.items() ^ wanted.items())[0][0]
            raise TrainingError(f"checkpoint {path} is of another architecture: {key} differs at {wrong!r}")
    decoder.load_state_dict(loaded["decoder"])
    for name, tensor in ema.items():
        tensor.copy_(loaded["ema"][name])
    state = optimizer.state_dict()
    _put_together(state, facts["optimizer"], list(parameters), {key: loaded[key] for key in kinds})
    optimizer.load_state_dict(state)
    if scaler is not None and facts.get("scaler"):
        scaler.load_state_dict(facts["scaler"])
    return loaded["random"]["random"]


def _read(path: Path, key: str) -> dict[str, Tensor]:
    try:
        return load_file(path / f"{key}.safetensors")
    except (OSError, SafetensorError) as e:
        raise TrainingError(f"checkpoint {path} is damaged ({e}): remove it, the one before it is used then") from e


def _taken_apart(
    optimizer: torch.optim.Optimizer, names: list[str]
) -> tuple[dict[str, dict[str, Tensor]], dict[str, Any]]:
    """An optimizer's state: tensors by kind and parameter (of a list, by its place, too), and the rest for JSON."""
    state = optimizer.state_dict()
    tensors: dict[str, dict[str, Tensor]] = {}
    plain: list[dict[str, Any]] = []
    for i, name in enumerate(names):
        rest: dict[str, Any] = {}
        for key, value in state["state"].get(i, {}).items():  # none yet: a scaler skips the first updates
            if isinstance(value, Tensor):
                tensors.setdefault(key, {})[name] = value
            elif isinstance(value, list):  # of matrices, one a side of the parameter; empty where a side has none
                rest[key] = [isinstance(part, Tensor) for part in value]
                here = {f"{name}/{j}": part for j, part in enumerate(value) if isinstance(part, Tensor)}
                tensors.setdefault(key, {}).update(here)
            else:
                rest[key] = value
        plain.append(rest)
    strides = {key: {name: part.stride() for name, part in kind.items()} for key, kind in tensors.items()}
    step = state["param_groups"][0].get("step")
    return tensors, {"kinds": sorted(tensors), "state": plain, "step": step, "strides": strides}


def _laid_out(tensor: Tensor, strides: list[int]) -> Tensor:
    """The same numbers with these strides, of dimensions of size 1, too: kernels are chosen, and so round, by them."""
    return torch.empty_strided(tensor.shape, strides, dtype=tensor.dtype).copy_(tensor)


def _put_together(
    state: dict[str, Any], numbers: dict[str, Any], names: list[str], tensors: dict[str, dict[str, Tensor]]
) -> None:
    """Into an optimizer's state dictionary, what :func:`_taken_apart` took out of one."""
    state["state"] = {}
    for key, strides in numbers.get("strides", {}).items():  # none in checkpoints before 2026-11-27
        tensors[key] = {name: _laid_out(part, strides[name]) for name, part in tensors[key].items()}
    for i, (name, rest) in enumerate(zip(names, numbers["state"], strict=True)):
        entry = {key: kind[name] for key, kind in tensors.items() if name in kind}
        for key, value in rest.items():
            if key in tensors:
                value = [tensors[key][f"{name}/{j}"] if there else [] for j, there in enumerate(value)]
            entry[key] = value
        if entry:
            state["state"][i] = entry
    if numbers["step"] is not None:
        state["param_groups"][0]["step"] = numbers["step"]
