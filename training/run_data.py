"""The photos and paintings of a run: what is trained on, and what is held out before anything else looks at it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from accelerate import Accelerator

from adain_core.networks.vgg import VGGEncoder, encoder_id
from training.config import Config
from training.data import CONTENT, STYLE, Batches, Crops, Source, hold_out, open_sources, read_holdout
from training.style_statistics import StyleStatistics, take_statistics


@dataclass(frozen=True)
class RunData:
    """Both sides, photos first.

    Attributes:
        sources: the pictures.
        held: numbers of those held out; none from a side below ten pictures.
        batches: what is trained on.
        whole: statistics of whole paintings with ``--style-from picture``; batches then hold their numbers only.
        bad: pictures that cannot be read, as far as that is known, a line each.
    """

    sources: tuple[Source, Source]
    held: tuple[list[int], list[int]]
    batches: Batches
    whole: StyleStatistics | None
    bad: set[str]

    def held_names(self) -> dict[str, list[str]]:
        """Names of the pictures held out, by side."""
        sides = zip(("content", "style"), self.sources, self.held, strict=True)
        return {side: [source.name(i) for i in numbers] for side, source, numbers in sides}

    def validated(self) -> tuple[list[int], list[int]]:
        """Numbers of the pictures to validate by: those held out, or, where none are, those trained on."""
        content, style = self.held
        chosen = self.batches.chosen
        return content or chosen[CONTENT].tolist(), style or chosen[STYLE].tolist()


def open_data(config: Config, accelerator: Accelerator, encoder: VGGEncoder, dtype: torch.dtype) -> RunData:
    """Find the pictures and say how many there are.

    Args:
        config: of the run.
        accelerator: one process builds the cache, the others wait.
        encoder: what takes the statistics of whole paintings, in float32.
        dtype: format that it computes in.

    Raises:
        TrainingError: pictures that cannot be used.
    """
    with accelerator.main_process_first():
        sources = open_sources(config.content, config.style, config.cache, config.resize)
    listed = read_holdout(config.holdout_file) if config.holdout_file else {}
    content, content_held = hold_out(sources[0], config.holdout, listed.get("content"))
    style, style_held = hold_out(sources[1], config.holdout, listed.get("style"))
    bad = {line for source in sources for line in getattr(source, "bad", [])}
    whole: StyleStatistics | None = None
    if config.style_from == "picture":
        with accelerator.main_process_first():
            whole, style, unreadable = take_statistics(
                sources[1], style, config.resize, encoder, encoder_id(encoder.state_dict()), dtype,
                config.cache or config.out,
            )  # fmt: skip
        bad.update(unreadable)
    batches = Batches(
        *sources, Crops(config.crop, config.resize, config.jitter), batch=config.batch, seed=config.seed,
        content_only=content, style_only=style, process=accelerator.process_index,
        processes=accelerator.num_processes, own=config.own_style, style_crops=whole is None,
        style_size=config.style_crop, views=config.views, drawn=config.drawn, grain=config.grain,
    )  # fmt: skip
    held = f"{len(content_held)} and {len(style_held)}"
    accelerator.print(f"{len(content)} photos and {len(style)} paintings to train on, {held} held out")
    for few, none, role in ((content, content_held, "photo"), (style, style_held, "painting")):
        if not none:
            accelerator.print(_judged_on_itself(len(few), role))
    return RunData(sources, (content_held, style_held), batches, whole, bad)


def _judged_on_itself(count: int, role: str) -> str:
    """A warning for a side of which nothing could be held out."""
    which = f"the one {role} is" if count == 1 else f"the {count} {role}s are"
    return (
        f"warning: {which} judged on what was trained on (a tenth is held out of ten or more): held-out figures and "
        f"best.safetensors say how well it is learned by heart, not what becomes of another {role}"
    )
