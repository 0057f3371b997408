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

from training.pictures import TrainingError

FORMAT = "adain-checkpoint-1"
ADAM = ("exp_avg", "exp_avg_sq")


def save_checkpoint(
    folder: Path,
    step: int,
    *,
    decoder: nn.Module,
    ema: Mapping[str, Tensor],
    adam: torch.optim.Optimizer,
    random: Tensor,
    facts: Mapping[str, Any],
    keep: int = 2,
) -> Path:
    """Write ``folder/step-00001234`` and delete all but the newest `keep`.

    Every file goes into a hidden folder that gets its name at the very end, so a run killed meanwhile leaves the
    earlier checkpoints as they were. The largest file is the size of the decoder in float32, 14 MB.

    Args:
        folder: of all checkpoints of a run.
        step: updates made so far.
        decoder: the weights being trained.
        ema: their average, by the same names.
        adam: holds ``exp_avg``, ``exp_avg_sq`` and ``step`` for each of the decoder's parameters, in their order.
        random: state of the random numbers, uint8.
        facts: what else must be the same, or be known, to go on; JSON.
        keep: how many checkpoints to keep.

    Raises:
        TrainingError: the disk is full or not writable; earlier checkpoints are untouched.
    """
    names = [name for name, _ in decoder.named_parameters()]
    entries = adam.state_dict()["state"]
    files: dict[str, Mapping[str, Tensor]] = {
        "decoder": decoder.state_dict(),
        "ema": ema,
        "random": {"random": random},
        **{key: {name: entries[i][key] for i, name in enumerate(names)} for key in ADAM},
    }
    updates = [float(entries[i]["step"]) for i in range(len(names))]
    final, partial = folder / f"step-{step:08d}", folder / f".partial-{step:08d}"
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        for key, tensors in files.items():
            save_file({n: t.detach().cpu().contiguous() for n, t in tensors.items()}, partial / f"{key}.safetensors")
        state = {"format": FORMAT, "step": step, "updates": updates, **facts}
        (partial / "state.json").write_text(json.dumps(state, indent=1), encoding="utf-8")
        for path in partial.iterdir():
            with path.open("rb") as file:
                os.fsync(file.fileno())  # the new name must not reach the disk before the content
        if final.exists():
            shutil.rmtree(final)
        partial.rename(final)
    except (OSError, SafetensorError) as e:
        shutil.rmtree(partial, ignore_errors=True)
        free = shutil.disk_usage(folder).free >> 20 if folder.exists() else 0
        raise TrainingError(
            f"cannot write checkpoint {final} ({e}); {free} MiB are free, it needs about 60; earlier ones are kept"
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


def load_checkpoint(path: Path, *, decoder: nn.Module, ema: dict[str, Tensor], adam: torch.optim.Optimizer) -> Tensor:
    """Put a checkpoint's weights, average and optimizer state in place.

    Args:
        path: a checkpoint folder.
        decoder: gets the weights.
        ema: gets the average; its tensors are overwritten.
        adam: gets its state; made for the decoder's parameters in their order.

    Returns:
        State of the random numbers.

    Raises:
        TrainingError: damaged, or of another architecture.
    """
    facts = read_facts(path)
    parameters = dict(decoder.named_parameters())
    loaded: dict[str, dict[str, Tensor]] = {}
    for key in ("decoder", "ema", *ADAM):
        try:
            loaded[key] = load_file(path / f"{key}.safetensors")
        except (OSError, SafetensorError) as e:
            raise TrainingError(f"checkpoint {path} is damaged ({e}): remove it, the one before it is used then") from e
        shapes = {name: tuple(tensor.shape) for name, tensor in loaded[key].items()}
        wanted = {name: tuple(parameter.shape) for name, parameter in parameters.items()}
        if shapes != wanted:
            wrong = sorted(shapes.items() ^ wanted.items())[0][0]
            raise TrainingError(f"checkpoint {path} is of another architecture: {key} differs at {wrong!r}")
    decoder.load_state_dict(loaded["decoder"])
    for name, tensor in ema.items():
        tensor.copy_(loaded["ema"][name])
    state = adam.state_dict()
    state["state"] = {
        i: {"step": torch.tensor(facts["updates"][i]), **{key: loaded[key][name] for key in ADAM}}
        for i, name in enumerate(parameters)
    }
    adam.load_state_dict(state)
    return load_file(path / "random.safetensors")["random"]
