"""Weights files: what is written comes back, what does not fit is refused with a reason, and pairs are found."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from adain_core.errors import WeightsError
from adain_core.networks.vgg import VGGEncoder, encoder_id
from adain_core.networks.vgg_decoder import Decoder
from adain_core.weights import catalog as known
from adain_core.weights import network_files as weights
from adain_core.weights.catalog import KnownWeights, bundled_folder, find, known_weights, write_index
from adain_core.weights.hub import file_sha256
from adain_core.weights.metadata import read_metadata
from adain_core.weights.network_files import (
    check_pair,
    load_decoder,
    load_encoder,
    resolve_model,
    save_decoder,
    save_encoder,
)

ABOUT = {"licence": "CC0-1.0", "origin": "random numbers", "recipe": '{"seed": 0}'}
OTHER_ID = "0123456789abcdef"


@pytest.fixture(scope="module")
def nets() -> tuple[VGGEncoder, Decoder]:
    torch.manual_seed(0)
    return VGGEncoder(), Decoder()


@pytest.fixture(scope="module")
def pair(nets: tuple[VGGEncoder, Decoder], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an encoder and its decoder, under names that tell nothing."""
    folder = tmp_path_factory.mktemp("pair")
    encoder = save_encoder(nets[0], folder / "b.safetensors", **ABOUT, name="some encoder")
    save_decoder(nets[1], folder / "a.safetensors", encoder=encoder, **ABOUT, name="some decoder")
    return folder


@pytest.fixture
def bundle(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty folder in place of the bundled weights, and no network."""
    folder = tmp_path / "bundled"
    folder.mkdir()
    for module in (known, weights):
        monkeypatch.setattr(module, "bundled_folder", lambda: folder)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    return folder


def give(pair: Path, name: str, folder: Path, new: str = "") -> Path:
    """Copy a file of the pair into another folder."""
    folder.mkdir(exist_ok=True)
    target = folder / (new or name)
    target.write_bytes((pair / name).read_bytes())
    return target


def changed(pair: Path, name: str, change: Callable[[dict[str, Tensor]], object], path: Path) -> Path:
    """A copy of a file of the pair with other tensors but the same metadata."""
    state = load_file(pair / name)
    change(state)
    save_file(state, path, read_metadata(pair / name))
    return path


# Files


def test_weights_come_back_as_float32_of_what_float16_holds(nets: tuple[VGGEncoder, Decoder], pair: Path) -> None:
    for net, loaded in zip(
        nets, (load_encoder(pair / "b.safetensors"), load_decoder(pair / "a.safetensors")), strict=True
    ):
        for key, value in loaded.state_dict().items():
            assert value.dtype == torch.float32
            assert torch.equal(value, net.state_dict()[key].half().float()), key


def test_a_file_takes_two_bytes_a_weight(pair: Path) -> None:
    for name in ("a.safetensors", "b.safetensors"):
        with safe_open(pair / name, "pt") as file:
            assert {file.get_tensor(key).dtype for key in file.keys()} == {torch.float16}  # noqa: SIM118


def test_a_loaded_encoder_is_frozen_and_both_are_ready_to_run_in_channels_last(pair: Path) -> None:
    encoder, decoder = load_encoder(pair / "b.safetensors"), load_decoder(pair / "a.safetensors")
    assert not any(p.requires_grad for p in encoder.parameters())
    assert all(p.requires_grad for p in decoder.parameters())  # it may be trained further
    for net in (encoder, decoder):
        assert not net.training
        convolutions = [p for p in net.parameters() if p.ndim == 4]
        assert all(p.is_contiguous(memory_format=torch.channels_last) for p in convolutions)
    with torch.inference_mode():
        assert decoder(encoder(torch.rand(1, 3, 16, 24))).shape == (1, 3, 16, 24)


def test_a_file_says_what_it_is_where_from_and_for_which_encoder(nets: tuple[VGGEncoder, Decoder], pair: Path) -> None:
    encoder = encoder_id(nets[0].state_dict())
    assert read_metadata(pair / "b.safetensors") == ABOUT | {
        "format": "adain-encoder-1", "encoder": encoder, "name": "some encoder", "network": "vgg19"
    }  # fmt: skip
    assert read_metadata(pair / "a.safetensors") == ABOUT | {
        "format": "adain-decoder-1", "encoder": encoder, "name": "some decoder", "network": "vgg19"
    }  # fmt: skip


def test_saving_what_cannot_be_used_writes_nothing(nets: tuple[VGGEncoder, Decoder], tmp_path: Path) -> None:
    state = nets[1].state_dict()
    bad = {
        "NaN": {**state, "block1.conv1_1.bias": torch.full((3,), torch.nan)},
        "beyond float16": {**state, "block1.conv1_1.bias": torch.full((3,), 1e6)},
        "missing": {key: value for key, value in state.items() if key != "block1.conv1_1.bias"},
    }
    for word, wrong in bad.items():
        with pytest.raises(WeightsError, match=word):
            save_decoder(wrong, tmp_path / "x.safetensors", encoder=OTHER_ID, **ABOUT)
    with pytest.raises(WeightsError, match="encoder id"):
        save_decoder(state, tmp_path / "x.safetensors", encoder="vgg19", **ABOUT)
    assert list(tmp_path.iterdir()) == []


# Files that do not fit


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda s: s.pop("block3.conv3_2.bias"), ["block3.conv3_2.bias", r"\(256,\)", "missing"]),
        (
            lambda s: s.update({"block1.conv1_1.weight": torch.zeros(3, 32, 3, 3)}),
            ["block1.conv1_1.weight", r"\(3, 32, 3, 3\)", r"expected \(3, 64, 3, 3\)"],
        ),
        (lambda s: s.update({"extra": torch.zeros(1)}), ["'extra'", "does not belong"]),
        (lambda s: s.update({"block1.conv1_1.bias": torch.zeros(3, dtype=torch.int32)}), ["conv1_1.bias", "int32"]),
        (lambda s: s["block1.conv1_1.bias"].fill_(torch.nan), ["NaN", "block1.conv1_1.bias"]),
        (lambda s: s["block4.conv4_1.weight"][0, 0, 0].fill_(torch.inf), ["infinity", "block4.conv4_1.weight"]),
    ],
)
def test_a_decoder_of_another_architecture_or_with_nan_is_refused_by_its_first_wrong_key(
    pair: Path, tmp_path: Path, change: Callable[[dict[str, Tensor]], object], words: list[str]
) -> None:
    path = changed(pair, "a.safetensors", change, tmp_path / "x.safetensors")
    with pytest.raises(WeightsError) as error:
        load_decoder(path)
    for word in (*words, "x.safetensors"):
        error.match(word)


def test_an_encoder_whose_weights_changed_is_damaged(pair: Path, tmp_path: Path) -> None:
    path = changed(pair, "b.safetensors", lambda s: s["block1.conv1_1.bias"].add_(1), tmp_path / "x.safetensors")
    with pytest.raises(WeightsError, match="damaged"):
        load_encoder(path)


def test_an_encoder_is_no_decoder_and_the_other_way_round(pair: Path) -> None:
    with pytest.raises(WeightsError, match="no decoder file: its format is 'adain-encoder-1'"):
        load_decoder(pair / "b.safetensors")
    with pytest.raises(WeightsError, match="no encoder file: its format is 'adain-decoder-1'"):
        load_encoder(pair / "a.safetensors")


def test_a_file_that_is_missing_cut_off_or_of_another_kind_is_refused_in_one_line(pair: Path, tmp_path: Path) -> None:
    cut, text, empty, foreign = (tmp_path / f"{name}.safetensors" for name in ("cut", "text", "empty", "foreign"))
    cut.write_bytes((pair / "a.safetensors").read_bytes()[:100_000])
    text.write_text("<html>not found</html>")
    empty.touch()
    save_file({"1.weight": torch.zeros(1)}, foreign)
    reasons = {cut: "no readable", text: "no readable", empty: "no readable", foreign: "adain convert"}
    for path, reason in {
        **reasons,
        tmp_path / "none.safetensors": "check the path",
        tmp_path: "check the path",
    }.items():
        with pytest.raises(WeightsError, match=reason) as error:
            load_decoder(path)
        assert str(path) in str(error.value) and "\n" not in str(error.value)


def test_a_decoder_goes_with_its_own_encoder_only() -> None:
    check_pair(OTHER_ID, {"encoder": OTHER_ID})
    check_pair(OTHER_ID, {})  # never was in a file: nothing is known about it
    with pytest.raises(WeightsError, match=f"fedcba9876543210, not {OTHER_ID}: a decoder inverts the features of one"):
        check_pair(OTHER_ID, {"encoder": "fedcba9876543210"})


# Finding a model


def test_a_folder_is_read_by_what_its_files_are_not_by_their_names(pair: Path, bundle: Path) -> None:
    assert resolve_model(pair) == resolve_model(str(pair)) == (pair / "b.safetensors", pair / "a.safetensors")


def test_a_decoder_file_brings_the_encoder_beside_it(pair: Path, bundle: Path) -> None:
    assert resolve_model(pair / "a.safetensors") == (pair / "b.safetensors", pair / "a.safetensors")


def test_a_decoder_alone_takes_the_bundled_encoder_it_was_trained_with(
    pair: Path, bundle: Path, tmp_path: Path
) -> None:
    encoder = give(pair, "b.safetensors", bundle, "vgg19-encoder.safetensors")
    decoder = give(pair, "a.safetensors", tmp_path / "mine")
    assert resolve_model(decoder) == (encoder, decoder)
    assert resolve_model(decoder.parent) == (encoder, decoder)


def test_a_decoder_without_its_encoder_says_which_it_needs_and_which_are_at_hand(
    nets: tuple[VGGEncoder, Decoder], pair: Path, bundle: Path, tmp_path: Path
) -> None:
    encoder = give(pair, "b.safetensors", bundle, "vgg19-encoder.safetensors")
    save_decoder(nets[1], tmp_path / "x.safetensors", encoder=OTHER_ID, **ABOUT)
    with pytest.raises(WeightsError, match=f"needs encoder {OTHER_ID}, at hand: .*") as error:
        resolve_model(tmp_path / "x.safetensors")
    assert read_metadata(encoder)["encoder"] in str(error.value)


def test_a_folder_must_hold_exactly_one_decoder(pair: Path, bundle: Path, tmp_path: Path) -> None:
    mine = give(pair, "b.safetensors", tmp_path / "mine").parent
    with pytest.raises(WeightsError, match=r"holds no decoder \(b.safetensors\)"):
        resolve_model(mine)
    give(pair, "a.safetensors", mine)
    give(pair, "a.safetensors", mine, "c.safetensors")
    with pytest.raises(WeightsError, match=r"holds 2 decoders \(a.safetensors, c.safetensors\)"):
        resolve_model(mine)


def test_a_damaged_file_in_a_folder_does_not_hide_the_good_ones(pair: Path, bundle: Path, tmp_path: Path) -> None:
    decoder = give(pair, "a.safetensors", tmp_path / "mine")
    encoder = give(pair, "b.safetensors", tmp_path / "mine")
    (tmp_path / "mine" / "0.safetensors").write_bytes(b"junk")
    assert resolve_model(tmp_path / "mine") == (encoder, decoder)


def test_what_is_no_decoder_is_refused_before_anything_is_computed(pair: Path, bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "decoder.pth").write_bytes(b"PK")
    for path, reason in {
        pair / "b.safetensors": "no decoder file",
        tmp_path / "decoder.pth": "adain convert",
        tmp_path / "none.safetensors": "no model file or folder",
        "none/none.safetensors": "no model file or folder",
    }.items():
        with pytest.raises(WeightsError, match=reason):
            resolve_model(path)


def test_an_unknown_hub_model_offline_says_so(bundle: Path) -> None:
    with pytest.raises(WeightsError, match=r"decoder.safetensors of user/repo .revision v2. .* HF_HUB_OFFLINE is set"):
        resolve_model("user/repo@v2")


# The table of known weights


@pytest.fixture
def released(pair: Path, bundle: Path) -> Path:
    """The pair as the bundled weights, with their table."""
    give(pair, "b.safetensors", bundle, "vgg19-encoder.safetensors")
    give(pair, "a.safetensors", bundle, "vgg19-decoder.safetensors")
    write_index(bundle)
    return bundle


def test_the_table_describes_each_file(released: Path) -> None:
    path = released / "vgg19-encoder.safetensors"
    meta = read_metadata(path)
    assert set(known_weights(released)) == {"vgg19", "vgg19-decoder"}
    assert known_weights(released)["vgg19"] == KnownWeights(
        name="vgg19",
        file=path.name,
        kind="encoder",
        encoder=meta["encoder"],
        sha256=file_sha256(path),
        size=path.stat().st_size,
        repo_id=known.DEFAULT_REPO_ID,
        revision=known.DEFAULT_REVISION,
        **ABOUT,
    )
    assert known_weights(released)["vgg19-decoder"].kind == "decoder"


def test_known_names_are_found_where_they_are_bundled(released: Path) -> None:
    encoder, decoder = released / "vgg19-encoder.safetensors", released / "vgg19-decoder.safetensors"
    assert find("vgg19") == encoder and find("vgg19-decoder") == decoder
    assert resolve_model("vgg19") == resolve_model("vgg19-decoder") == (encoder, decoder)
    assert find(str(encoder)) == find(encoder) == encoder


def test_a_mistyped_name_suggests_near_ones(released: Path) -> None:
    with pytest.raises(WeightsError, match=r"no weights 'vgg-19-decoder' .did you mean 'vgg19-decoder'"):
        find("vgg-19-decoder")
    with pytest.raises(WeightsError, match=r"no model 'vg19' .did you mean 'vgg19'.*Hub id"):
        resolve_model("vg19")


def test_a_missing_or_damaged_table_says_to_reinstall(bundle: Path) -> None:
    with pytest.raises(WeightsError, match="missing: reinstall"):
        find("vgg19")
    (bundle / "index.json").write_text('[{"name": "vgg19"}]')
    with pytest.raises(WeightsError, match=r"damaged .*reinstall"):
        find("vgg19")


def test_a_bundled_file_that_was_removed_is_missed_by_name(released: Path) -> None:
    (released / "vgg19-decoder.safetensors").unlink()
    with pytest.raises(WeightsError, match=r"weights 'vgg19-decoder' are not bundled .*HF_HUB_OFFLINE is set"):
        resolve_model("vgg19")


def test_a_file_without_licence_does_not_enter_the_table(pair: Path, tmp_path: Path) -> None:
    state, meta = load_file(pair / "a.safetensors"), read_metadata(pair / "a.safetensors")
    save_file(state, tmp_path / "x-decoder.safetensors", {**meta, "licence": ""})
    with pytest.raises(WeightsError, match=r"x-decoder.safetensors has no 'licence'"):
        write_index(tmp_path)


def test_the_bundled_table_equals_the_bundled_files(tmp_path: Path) -> None:
    """After a change: python -c "from adain_core.weights.catalog import *; write_index(bundled_folder())"."""
    folder = bundled_folder()
    for path in folder.glob("*.safetensors"):
        shutil.copyfile(path, tmp_path / path.name)
    rows = [asdict(row) for row in known_weights(folder).values()]
    assert rows == json.loads(write_index(tmp_path).read_text())
    assert {"vgg19", "vgg19-decoder", "styles"} <= {row["name"] for row in rows}
