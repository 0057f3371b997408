"""What the weights that ship say of themselves."""

from __future__ import annotations

import json
from pathlib import Path

from training.config import Config

UNSAID = {"content", "style", "out", "cache", "holdout_file", "workers", "name", "licence", "time_limit", "cpu"}
"""Options that are no part of a recipe."""


def provenance(config: Config, step: int, figures: dict[str, float] | None = None) -> dict[str, str]:
    """Licence, origin, recipe and name, as :func:`adain_core.weights.network_files.save_decoder` takes them.

    Args:
        config: of the run.
        step: updates made.
        figures: on held-out pairs, if they are known.
    """
    told = {key: value for key, value in config.as_json().items() if key not in UNSAID}
    recipe = {**told, "updates": step, **({"held_out": figures} if figures else {})}
    origin = f"trained on {Path(config.content).name} (photos) and {Path(config.style).name} (paintings)"
    return {"licence": config.licence, "origin": origin, "recipe": json.dumps(recipe), "name": config.name}
