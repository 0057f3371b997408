"""Other projects' weights: converted they give the same pictures; what cannot be converted safely is refused."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from adain_core.errors import WeightsError
from adain_core.networks.vgg import VGGEncoder, encoder_id
from adain_core.networks.vgg_decoder import Decoder
from adain_core.weights.convert import (
    SAFE_TORCH,
    Convolution,
    convert_legacy,
    fold_pointwise,
    legacy_decoder,
    legacy_encoder,
    read_tensors,
)
from adain_core.weights.metadata import read_metadata
from adain_core.weights.network_files import load_decoder, load_encoder, resolve_model, save_encoder

pytestmark = pytest.mark.skipif(
    torch.__version__ < SAFE_TORCH, reason="this torch may not read a .pth (test_convert_refused.py): NOT converted"
)


def conv(cin: int, cout: int) -> list[nn.Module]:
    return [nn.ReflectionPad2d(1), nn.Conv2d(cin, cout, 3), nn.ReLU()]


def legacy_vgg_network() -> nn.Sequential:
    """The popular port's `vgg` up to relu4_1 and one convolution more: keys 0, 2, 5, 9, 12, 16, 19, 22, 25, 29, 32."""
    pool = nn.MaxPool2d(2, ceil_mode=True)
    return nn.Sequential(
        nn.Conv2d(3, 3, 1), *conv(3, 64), *conv(64, 64), pool, *conv(64, 128), *conv(128, 128), pool,
        *conv(128, 256), *conv(256, 256), *conv(256, 256), *conv(256, 256), pool, *conv(256, 512), *conv(512, 512),
    )  # fmt: skip


def legacy_decoder_network() -> nn.Sequential:
    """The popular port's `decoder`: keys 1, 5, 8, 11, 14, 18, 21, 25, 28."""
    up = nn.Upsample(scale_factor=2, mode="nearest")
    return nn.Sequential(
        *conv(512, 256), up, *conv(256, 256), *conv(256, 256), *conv(256, 256), *conv(256, 128), up,
        *conv(128, 128), *conv(128, 64), up, *conv(64, 64), *conv(64, 3)[:2],
    )  # fmt: skip


@pytest.fixture(scope="module")
def legacy(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path | nn.Sequential]:
    """Both networks with random weights whose activations stay near 1, and their .pth files."""
    torch.manual_seed(1)
    folder = tmp_path_factory.mktemp("legacy")
    vgg, decoder = legacy_vgg_network(), legacy_decoder_network()
    for layer in [*vgg, *decoder]:
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.normal_(layer.bias, std=0.1)
    with torch.no_grad():  # RGB [0, 1] to BGR minus mean: a first layer like the original's, of large numbers
        vgg[0].weight.copy_(255 * torch.eye(3).flip(0)[:, :, None, None])
        vgg[0].bias.copy_(-torch.tensor([103.939, 116.779, 123.68]))
        vgg[2].weight /= 60
        decoder[-1].weight /= 10
    torch.save(vgg.state_dict(), folder / "vgg_normalised.pth")
    torch.save(decoder.state_dict(), folder / "decoder.pth")
    return {
        "vgg": vgg,
        "decoder": decoder,
        "vgg_file": folder / "vgg_normalised.pth",
        "decoder_file": folder / "decoder.pth",
    }


@pytest.fixture(scope="module")
def picture() -> Tensor:
    return torch.rand(1, 3, 32, 48, generator=torch.Generator().manual_seed(2))


def through(vgg: nn.Module, decoder: nn.Module, picture: Tensor) -> Tensor:
    """(1, 3, 32, 48) encoded and decoded."""
    with torch.inference_mode():
        return decoder(vgg(picture))


def test_converted_networks_compute_what_the_original_ones_do(legacy: dict, picture: Tensor) -> None:
    """The input layer is folded into the next exactly: 1e-3 is the promise, float32 rounding the result."""
    encoder, decoder = VGGEncoder(), Decoder()
    encoder.load_state_dict(legacy_encoder(legacy["vgg_file"]))
    decoder.load_state_dict(legacy_decoder(legacy["decoder_file"]))
    expected = through(legacy["vgg"][:31], legacy["decoder"], picture)
    assert expected.std() > 0.05
    assert (through(encoder, decoder, picture) - expected).abs().max() < 1e-4


def test_the_rounding_of_the_written_files_is_less_than_one_step_of_8_bit(
    legacy: dict, picture: Tensor, tmp_path: Path
) -> None:
    files = convert_legacy(vgg=legacy["vgg_file"], decoder=legacy["decoder_file"], folder=tmp_path / "new")
    assert [path.name for path in files] == ["encoder.safetensors", "decoder.safetensors"]
    expected = through(legacy["vgg"][:31], legacy["decoder"], picture)
    found = through(load_encoder(files[0]), load_decoder(files[1]), picture)
    assert (found - expected).abs().max() < 1 / 255


def test_the_result_is_a_model_folder_with_licence_origin_and_encoder(legacy: dict, tmp_path: Path) -> None:
    vgg, decoder = legacy["vgg_file"], legacy["decoder_file"]
    files = convert_legacy(vgg=vgg, decoder=decoder, folder=tmp_path, licence="MIT")
    assert resolve_model(tmp_path) == tuple(files)
    meta = read_metadata(files[1])
    assert meta["encoder"] == read_metadata(files[0])["encoder"] == encoder_id(load_encoder(files[0]).state_dict())
    assert meta["licence"] == "MIT" and meta["origin"] == "decoder.pth"


def test_a_pointwise_layer_folds_into_the_next_convolution_exactly() -> None:
    torch.manual_seed(3)
    first, second = nn.Conv2d(3, 5, 1).double(), nn.Conv2d(5, 7, 3, padding=1, padding_mode="reflect").double()
    folded = fold_pointwise(Convolution("0", first.weight, first.bias), Convolution("2", second.weight, second.bias))
    x = torch.rand(1, 3, 6, 5, dtype=torch.float64)
    y = nn.functional.conv2d(nn.functional.pad(x, (1, 1, 1, 1), mode="reflect"), folded.weight, folded.bias)
    assert torch.allclose(second(first(x)), y, rtol=0, atol=1e-12)


@pytest.mark.parametrize("form", ["old pickle", "safetensors", "module.", "nested", "half", "with encoder"])
def test_the_same_weights_are_found_in_whatever_way_they_are_stored(legacy: dict, tmp_path: Path, form: str) -> None:
    state: dict[str, Tensor] = legacy["decoder"].state_dict()
    path = tmp_path / "decoder.pth"
    if form == "old pickle":  # as before torch 1.6, like the popular port's files
        torch.save(state, path, _use_new_zipfile_serialization=False)
    elif form == "safetensors":  # sorted by text there: "11.weight" before "5.weight"
        path = path.with_suffix(".safetensors")
        save_file(state, path)
    elif form == "module.":
        torch.save({f"module.decoder.layers.{key}": value for key, value in state.items()}, path)
    elif form == "nested":
        torch.save({"epoch": 3, "loss": torch.tensor(0.5), "state_dict": state}, path)
    elif form == "half":
        torch.save({key: value.half() for key, value in state.items()}, path)
    elif form == "with encoder":
        torch.save({"encoder": legacy["vgg"].state_dict(), "decoder": state}, path)
    expected = legacy_decoder(legacy["decoder_file"])
    tolerance = 1e-3 if form == "half" else 0
    for key, value in legacy_decoder(path).items():
        assert torch.allclose(value, expected[key], rtol=tolerance, atol=tolerance), key


def test_a_decoder_alone_needs_to_know_its_encoder(legacy: dict, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"which encoder was .*decoder.pth trained with"):
        convert_legacy(decoder=legacy["decoder_file"], folder=tmp_path / "new")
    assert not (tmp_path / "new").exists()
    encoder = save_encoder(VGGEncoder(), tmp_path / "e.safetensors", licence="MIT", origin="random", recipe="none")
    given = tmp_path / "e.safetensors"
    [path] = convert_legacy(decoder=legacy["decoder_file"], encoder=given, folder=tmp_path / "new")
    assert read_metadata(path)["encoder"] == encoder


class Malicious:
    """Unpickled without care, it makes a file."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return open, (str(self.target), "w")


@pytest.mark.parametrize("new", [True, False])
def test_a_pickle_that_would_run_code_is_not_loaded(tmp_path: Path, new: bool) -> None:
    path, target = tmp_path / "decoder.pth", tmp_path / "harm"
    torch.save({"1.weight": torch.zeros(1), "x": Malicious(target)}, path, _use_new_zipfile_serialization=new)
    with pytest.raises(WeightsError, match="objects besides tensors"):
        read_tensors(path)
    assert not target.exists()
    torch.load(path, weights_only=False)  # the control: here it does run
    assert target.exists()


@pytest.mark.parametrize("value", [nn.Conv2d(1, 1, 1), {"args": argparse.Namespace(lr=1), "w": torch.zeros(1)}])
def test_whole_modules_and_other_objects_are_refused_with_the_way_out(tmp_path: Path, value: object) -> None:
    torch.save(value, tmp_path / "decoder.pth")
    with pytest.raises(WeightsError, match=r"save the state_dict\(\) alone"):
        read_tensors(tmp_path / "decoder.pth")


@pytest.mark.parametrize(
    "data", [b"", b"<html>not found</html>", b"version https://git-lfs.github.com/spec/v1\n", b"PK\3\4"]
)
def test_a_file_that_holds_no_weights_is_refused_in_one_line(tmp_path: Path, data: bytes) -> None:
    for name in ("decoder.pth", "decoder.safetensors"):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(WeightsError, match="get it again") as error:
            read_tensors(tmp_path / name)
        assert "\n" not in str(error.value) and name in str(error.value)


def test_a_cut_off_file_is_damaged(legacy: dict, tmp_path: Path) -> None:
    path = tmp_path / "decoder.pth"
    for new in (True, False):
        torch.save(legacy["decoder"].state_dict(), path, _use_new_zipfile_serialization=new)
        path.write_bytes(path.read_bytes()[:1_000_000])
        with pytest.raises(WeightsError, match="damaged"):
            read_tensors(path)


def test_another_architecture_is_refused_at_the_first_layer_that_differs(legacy: dict, tmp_path: Path) -> None:
    state = dict(legacy["decoder"].state_dict())
    state["14.weight"], state["14.bias"] = torch.zeros(64, 256, 3, 3), torch.zeros(64)
    torch.save(state, tmp_path / "decoder.pth")
    with pytest.raises(WeightsError) as error:
        legacy_decoder(tmp_path / "decoder.pth")
    for words in ("no Decoder", "convolution 5", "(128, 256, 3, 3)", "(64, 256, 3, 3)", "'14'"):
        assert words in str(error.value)
    torch.save({"fc.weight": torch.zeros(3, 3)}, tmp_path / "decoder.pth")
    with pytest.raises(WeightsError, match="no convolutions"):
        legacy_decoder(tmp_path / "decoder.pth")
    torch.save([torch.zeros(1)], tmp_path / "decoder.pth")
    with pytest.raises(WeightsError, match="no named tensors but list"):
        legacy_decoder(tmp_path / "decoder.pth")


def test_two_decoders_in_one_file_are_not_guessed_between(legacy: dict, tmp_path: Path) -> None:
    state = legacy["decoder"].state_dict()
    torch.save({"model": state, "ema": state}, tmp_path / "decoder.pth")
    with pytest.raises(WeightsError, match=r"2 Decoders \(from 'model.1', 'ema.1'\)"):
        legacy_decoder(tmp_path / "decoder.pth")


def test_a_vgg_without_its_input_layer_is_refused(legacy: dict, tmp_path: Path) -> None:
    """How such a network wants its input scaled is nowhere in the file."""
    state = {key: value for key, value in legacy["vgg"].state_dict().items() if not key.startswith("0.")}
    torch.save(state, tmp_path / "vgg.pth")
    with pytest.raises(WeightsError, match="no 1x1 input layer before '2'"):
        legacy_encoder(tmp_path / "vgg.pth")


def test_nan_is_refused_and_nothing_written(legacy: dict, tmp_path: Path) -> None:
    state = dict(legacy["vgg"].state_dict())
    state["5.bias"] = torch.full((64,), torch.nan)
    torch.save(state, tmp_path / "vgg.pth")
    with pytest.raises(WeightsError, match="NaN"):
        convert_legacy(vgg=tmp_path / "vgg.pth", folder=tmp_path / "new")
    with pytest.raises(WeightsError, match="NaN"):
        convert_legacy(vgg=tmp_path / "vgg.pth", decoder=legacy["decoder_file"], folder=tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_nothing_is_overwritten_without_force(legacy: dict, tmp_path: Path) -> None:
    there = tmp_path / "encoder.safetensors"
    there.write_text("precious")
    with pytest.raises(WeightsError, match=r"encoder.safetensors exists"):
        convert_legacy(vgg=legacy["vgg_file"], folder=tmp_path)
    assert there.read_text() == "precious"
    assert convert_legacy(vgg=legacy["vgg_file"], folder=tmp_path, force=True) == [there]
    load_encoder(there)


def test_what_to_convert_must_be_given_and_only_one_encoder(legacy: dict, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="nothing to convert"):
        convert_legacy(folder=tmp_path)
    with pytest.raises(WeightsError, match="both given"):
        convert_legacy(vgg=legacy["vgg_file"], encoder="vgg19", folder=tmp_path)
    with pytest.raises(WeightsError, match="check the path"):
        convert_legacy(vgg=tmp_path / "none.pth", folder=tmp_path)
