"""The same calls with the small network, whose statistics are taken by phases."""

from __future__ import annotations

import functools
from typing import Any

import torch
from torch import Tensor

from adain_core import AdaIN, Region

from . import inputs
from .case import Case, Compute, cases, numbers


@functools.cache
def model() -> AdaIN:
    return AdaIN.from_pretrained("lite", device="cpu", dtype="float32")


def on(name: str, style: Any, **options: Any) -> Compute:
    """A crop in a style."""
    return lambda: model().stylize(inputs.picture(name), style, **{"tile": None, **options})


def regions(name: str, **options: Any) -> Compute:
    def compute() -> Tensor:
        x = inputs.picture(name)
        parts = [Region("scream", inputs.slope(*x.shape[2:])), Region("irises", inputs.left(*x.shape[2:]), alpha=0.5)]
        return model().stylize(x, parts, **{"tile": None, **options})

    return compute


def style(mask: bool) -> Compute:
    given = inputs.disc(30, 30) if mask else None
    return lambda: numbers(model().encode_style(inputs.picture("painting")[0], mask=given, size=None))


CASES: dict[str, Case] = cases(
    {
        "features": lambda: model().encode(inputs.picture("photo")),
        "decoded": lambda: model().decode(model().encode(inputs.picture("photo"))),
        "style": style(mask=False),
        "style_mask": style(mask=True),
        "statistics_batch": lambda: numbers(model().style_of(inputs.pair())),
        "whole": on("photo", "scream"),
        "whole_odd": on("odd", "irises", alpha=0.6),
        "one_pixel": lambda: model().stylize(inputs.small(1, 1), "scream"),
        "few_pixels": lambda: model().stylize(inputs.small(7, 3), "scream"),
        "tile_64": on("wide", "scream", tile=64),
        "tile_32_odd": on("odd", "scream", tile=32, alpha=1.4),
        "blend": on("photo", [("scream", 1.0), ("kiss", 2.0)]),
        "picture": lambda: model().stylize(inputs.picture("photo"), inputs.picture("painting")[0], style_size=None),
        "batch": lambda: model().stylize(inputs.pair(), "scream", alpha=0.8),
        "batch_tile": lambda: model().stylize(torch.cat([inputs.pair(), 1 - inputs.pair()]), "irises", tile=32),
        "regions": regions("photo", feather=2.0),
        "regions_background_tile": regions("wide", background="kiss", tile=64),
        "color_luminance": on("photo", "scream", color="luminance"),
        "color_eigen_tile": on("odd", "scream", color="eigen", tile=64),
    }
)
