"""How much memory an update of each recipe takes, counted, so that one knows which card holds it.

    python -m benchmarks.training_memory --crop 256 --pairs 8 --pairs 16

An update of the trainer is made on this machine, of one pair and of two, while the bytes of every tensor that lives are
added up; what grows with the batch is the difference. Numbers are those of a GPU that computes bfloat16 (`paper`:
float32). Not counted is what no tensor holds: the driver's context and the workspaces of its convolutions.
"""

from __future__ import annotations

import tempfile
import weakref
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any
from unittest.mock import patch

import torch
import typer
from accelerate.state import AcceleratorState
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from adain_core.system.allocator import keep_freed_memory
from benchmarks.machine import print_table
from benchmarks.training_speed import generate
from training.config import RECIPES, from_recipe
from training.train import Run

OUTSIDE = 1.5
"""GiB that are left to what is not counted, and to a screen."""


class Living(TorchDispatchMode):
    """Adds up the bytes of tensors that operations make, for as long as they live.

    Attributes:
        peak: the most there were at once, in bytes.
    """

    def __init__(self) -> None:
        super().__init__()
        self.now = self.peak = 0
        self._known: weakref.WeakSet[torch.UntypedStorage] = weakref.WeakSet()

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        for tensor in tree_leaves((args, kwargs)):
            if isinstance(tensor, Tensor):
                self._known.add(tensor.untyped_storage())  # there already: an operation in place makes nothing
        found = function(*args, **(kwargs or {}))
        for tensor in tree_leaves(found):
            if isinstance(tensor, Tensor):
                self._count(tensor.untyped_storage())
        return found

    def _count(self, storage: torch.UntypedStorage) -> None:
        if storage in self._known:
            return
        self._known.add(storage)
        size = storage.nbytes()
        self.now += size
        self.peak = max(self.peak, self.now)
        weakref.finalize(storage, self._gone, size)

    def _gone(self, size: int) -> None:
        self.now -= size


def held(things: Any) -> int:
    """Bytes of all tensors in a module, a dictionary or a list."""
    if isinstance(things, torch.nn.Module):
        things = [*things.parameters(), *things.buffers()]
    storages = {
        t.untyped_storage().data_ptr(): t.untyped_storage() for t in tree_leaves(things) if isinstance(t, Tensor)
    }
    return sum(storage.nbytes() for storage in storages.values())


def counted(recipe: str, crop: int, batch: int, folders: tuple[Path, Path], out: Path) -> tuple[int, int]:
    """Bytes that are held between updates, and those that an update takes beside them at its peak."""
    config = from_recipe(
        recipe, content=folders[0], style=folders[1], out=out, crop=crop, resize=max(crop, 320), batch=batch, workers=0,
        precision="no" if recipe == "paper" else "bf16", init="random", holdout=0, cpu=True, steps=9,
    )  # fmt: skip
    AcceleratorState._reset_state(reset_partial_state=True)  # of the recipe before, in another format
    run = Run(replace(config, style_crop=config.style_crop and crop))
    batches = iter(run.loader)
    run.update(batches)  # the optimizer makes its state
    states = [run.objective.encoder, run.network, run.average.weights, run.optimizer.state_dict()["state"]]
    with Living() as living:
        run.update(batches)
    run.log.bar.close()
    return sum(held(state) for state in states), living.peak


def main(
    crop: Annotated[list[int], typer.Option(help="pixels a side")] = [128, 256],  # noqa: B006
    pairs: Annotated[list[int], typer.Option(help="pairs an update")] = [4, 8, 16],  # noqa: B006
) -> None:
    """Print the table."""
    keep_freed_memory()
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as temporary, patch("adain_core.networks.conv.pays", return_value=False):
        photos, paintings = (generate(Path(temporary) / side, 4, seed) for seed, side in enumerate("ab"))
        for recipe in RECIPES:
            for side in crop:
                found = [
                    counted(recipe, side, batch, (photos, paintings), Path(temporary) / f"{recipe}-{side}-{batch}")
                    for batch in (1, 2)
                ]
                kept, (one, two) = found[0][0], (peak for _, peak in found)
                fixed, each = kept + one - (two - one), two - one
                cards = {f"{card} GB": int(((card - OUTSIDE) * 2**30 - fixed) / each) for card in (8, 12, 24)}
                rows.append(
                    {
                        "recipe": recipe, "crop": side, "kept": f"{kept / 2**30:.2f} GiB",
                        **{f"{n} pairs": f"{(fixed + n * each) / 2**30:.1f} GiB" for n in pairs},
                        **{f"pairs in {card}": most for card, most in cards.items()},
                    }
                )  # fmt: skip
    print_table(f"Memory of an update, counted; {OUTSIDE} GiB of a card left to its driver", rows)


if __name__ == "__main__":
    typer.run(main)
