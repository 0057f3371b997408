"""From a batch of crops to what is asked of the pictures made of them: the judge looks at photos and paintings."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

import torch

from adain_core.color.matching import match_luminance
from adain_core.networks.vgg import VGGEncoder
from training.config import Config
from training.data import Source, to_float
from training.losses import adain_target
from training.pairs import Pairs
from training.style_statistics import StyleStatistics
from training.views import Views, own_where


class Targets:
    """What the judge asks of each batch.

    Args:
        config: of the run.
        encoder: the judge, in the format it computes in.
        whole: statistics of whole paintings, if batches hold numbers of paintings instead of crops.
        files: where the judge's view of each side's fixed crops is kept, as :func:`views_files` says.
    """

    def __init__(
        self, config: Config, encoder: VGGEncoder, whole: StyleStatistics | None, files: dict[str, Path]
    ) -> None:
        self.config, self.whole = config, whole
        parameter = next(encoder.parameters())
        self.device, self.dtype = parameter.device, parameter.dtype
        self.photos = Views(encoder, True, files.get("photos"), config.compile)
        self.paintings = Views(encoder, False, files.get("paintings"), config.compile)

    @torch.no_grad()
    def of(self, batch: dict[str, Any], step: int) -> Pairs:
        """The pairs of a batch of :class:`training.data.Batches`, for update number `step`."""
        photo, painting = to_float(batch["content"], self.device, self.dtype), None
        own = batch["own"].to(self.device, non_blocking=True)
        if self.whole is None:
            painting = to_float(batch["style"], self.device, self.dtype)
            if _chosen(self.config.seed, step, self.config.luminance):
                painting, photo = match_luminance(painting, photo), match_luminance(photo, photo)
            wanted, _ = self.paintings.look(painting, batch["style_view"])
        else:
            wanted = self.whole.rows(batch["style"])
        seen, features = self.photos.look(photo, batch["content_view"])
        colour, *style = own_where(own, seen, wanted)
        return Pairs(photo, painting, own, features, adain_target(features, *style[-1]), colour, style)

    def save(self) -> None:
        """Write what is kept of fixed crops."""
        self.photos.save()
        self.paintings.save()


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


def _chosen(seed: int, step: int, share: float) -> bool:
    """Whether an update is among this share of them: by its number, so that a resumed run decides the same."""
    if not share:
        return False
    return bool(torch.rand((), generator=torch.Generator().manual_seed(seed * 1_000_003 + step)) < share)
