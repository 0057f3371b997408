"""The subject of a picture, found without drawing."""

import json
from pathlib import Path

import torch

from adain_core.networks.u2net import SIDE
from adain_core.weights.catalog import find
from adain_core.weights.network_files import load_subject
from training.make_subject import trial_picture

ANSWERS = json.loads((Path(__file__).parent / "subject_answers.json").read_text(encoding="utf-8"))


def test_the_network_answers_as_the_released_one_does_in_onnxruntime() -> None:
    """Recorded by training/make_subject.py."""
    with torch.inference_mode():
        [said] = load_subject(find("subject"))(torch.from_numpy(trial_picture()))
    assert said.shape == (SIDE, SIDE)
    every = ANSWERS["every"]
    said, expected = said[every // 2 :: every, every // 2 :: every], torch.tensor(ANSWERS["log_odds"])
    assert float((said.sigmoid() - expected.sigmoid()).abs().max()) < 1e-3
    assert float((said - expected).abs().max()) < 0.01
