"""The least-squares start: a decoder that shows the picture before any training."""

import pytest
import torch

from adain_core.weights.network_files import load_encoder
from training.data import Batches, Crops, open_sources, to_float
from training.least_squares import MIRRORS, fit_decoder


@pytest.mark.slow
def test_fitted_decoder_reconstructs_pictures(photos, paintings, encoder_file):
    """Decoding a photo's own features gives much of the photo: a quarter of the error of its mean colour at most."""
    encoder = load_encoder(encoder_file)
    batches = Batches(*open_sources(photos, paintings, None, 64), Crops(32, 64), batch=8, seed=0)
    crops = [to_float(batches[k]["content"], torch.device("cpu"), torch.float32) for k in range(1)]
    decoder = fit_decoder(encoder, lambda: iter(crops))
    with torch.no_grad():
        found = decoder(encoder(crops[0]))
    error = (found - crops[0]).square().mean()
    mean_colour = (crops[0] - crops[0].mean((2, 3), keepdim=True)).square().mean()
    assert float(error) < 0.25 * float(mean_colour)


def test_every_convolution_has_its_mirror():
    """The deepest comes first, and each mirrors the activation below its namesake, down to the picture."""
    assert [name for name, _, _ in MIRRORS][::8] == ["conv4_1", "conv1_1"]
    assert all(after == before for (after, _, _), (_, before, _) in zip(MIRRORS[1:], MIRRORS, strict=False))
