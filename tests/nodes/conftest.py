"""What the tests of the nodes share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from pack_under_test import PlainModel, part

from adain_core import AdaIN


@pytest.fixture
def plain(model: AdaIN) -> PlainModel:
    """A fresh engine model around the session's networks."""
    networks = part("nodes.engine.features").Networks(model.encoder, model.decoder, model.device, torch.float32)
    return PlainModel(networks, model.encoder_id)


@pytest.fixture(autouse=True)
def inference() -> Iterator[None]:
    """ComfyUI runs nodes in inference mode."""
    with torch.inference_mode():
        yield
