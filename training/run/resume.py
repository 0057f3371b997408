"""Going on from a checkpoint: when that is refused, and what to say when a run went wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from training.config import FREE, Config
from training.pictures import TrainingError
from training.run.checkpoint import latest_checkpoint, read_facts


def check_goes_on(checkpoint: Path, facts: dict[str, Any]) -> None:
    """Refuse to go on from a checkpoint of another encoder or with options that change what is computed.

    Raises:
        TrainingError: naming what differs, each option with both values.
    """
    before = read_facts(checkpoint)
    if before["encoder"] != facts["encoder"]:
        raise TrainingError(f"{checkpoint} was trained with encoder {before['encoder']}, not {facts['encoder']}")
    if before["pairs"] != facts["pairs"]:
        raise TrainingError(
            f"{checkpoint} had {before['pairs']} pairs an update, now {facts['pairs']}: change --batch or --accumulate"
        )
    free = FREE | {"batch", "accumulate", "content", "style", "holdout_file"}
    was = before["config"]
    differing = [
        f"--{key.replace('_', '-')} {was.get(key)}, now it is {value}"
        for key, value in facts["config"].items()
        if key not in free and was.get(key) != value
    ]
    if differing:
        raise TrainingError(f"{checkpoint} has {'; '.join(differing)}: give the same, or another folder")


def how_to_go_on(config: Config) -> str:
    """After numbers that are none: from where, and with what changed."""
    found = latest_checkpoint(config.out / "checkpoints")
    kept = f"the last good checkpoint is {found}" if found else "there was no checkpoint yet"
    return f"{kept}; start again with a lower --lr than {config.lr:g}, or --clip 20"
