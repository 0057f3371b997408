"""A painted sample of a style, shown on a node."""

from __future__ import annotations

import logging
from typing import Any

import comfy.model_management as mm
from comfy_api.latest import ui
from torch import Tensor

from ..adain_core.pictures.reading import open_picture
from ..adain_core.styles.style import Style
from ..adain_core.weights.catalog import encoder_name
from .engine.style_names import caption
from .engine.stylize import stylize
from .folders import example
from .host import tell
from .model import BUNDLED, AdaINModel, bundled_model

SIDE = 256
"""Shorter side of a sample in pixels."""


def show_sample(style: Style, cls: Any) -> Any:
    """What a node shows of a style: the example photo painted in it, with title and painter.

    Of a style that none of the bundled models has made, and where their files are missing, the words alone.

    Args:
        style: one.
        cls: the node.
    """
    tell(caption(style))
    name = encoder_name(style.encoder)
    if name not in BUNDLED:
        return None
    try:
        painted = _sample(bundled_model(name), style)
    except (OSError, ValueError) as e:
        logging.warning("AdaIN: no sample of %s: %s", style.name, e)
        return None
    return ui.PreviewImage(painted, cls=cls)


def _sample(model: AdaINModel, style: Style) -> Tensor:
    """(1, h, w, 3)."""
    photo = open_picture(example("chelsea.jpg")).resized(SIDE).tensor().movedim(1, -1)
    return stylize(model, photo, style, device=mm.intermediate_device())
