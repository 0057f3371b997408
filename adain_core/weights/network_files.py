"""Files of networks: writing, and reading with every check."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from ..errors import WeightsError
from ..networks.architectures import DECODERS, ENCODERS, SUBJECT_NETWORKS, AnyDecoder, Encoder, Network
from ..networks.u2net import U2NetP
from ..networks.vgg import VGGEncoder, encoder_id
from ..system.atomic_files import write_atomically
from ..system.tensor_files import tensor_bytes
from .catalog import encoder_name
from .metadata import DECODER_FORMAT, ENCODER_FORMAT, SUBJECT_FORMAT, network_name, read_metadata, wrong_format


def load_encoder(path: str | Path) -> Encoder:
    """An encoder from its file: float32, channels_last, frozen.

    Raises:
        WeightsError: missing, damaged, of another architecture, or not an encoder file.
    """
    state, metadata, network = _read(Path(path), ENCODER_FORMAT, ENCODERS)
    found = encoder_id(state)
    if found != metadata["encoder"]:
        raise WeightsError(f"{path} is damaged: it holds encoder {found}, not {metadata['encoder']}; get it again")
    return _built(network, state).requires_grad_(False)


def load_vgg(path: str | Path) -> VGGEncoder:
    """:func:`load_encoder` of one whose layers the losses compare.

    Raises:
        WeightsError: as there, or the encoder is none of VGG-19.
    """
    encoder = load_encoder(path)
    if not isinstance(encoder, VGGEncoder):
        raise WeightsError(f"{path} is a {type(encoder).__name__}: losses and figures need VGG-19, such as 'vgg19'")
    return encoder


def load_decoder(path: str | Path) -> AnyDecoder:
    """A decoder from its file: float32, channels_last, evaluation mode; :func:`check_pair` tells if it fits an encoder.

    Raises:
        WeightsError: missing, damaged, of another architecture, or not a decoder file.
    """
    state, _, network = _read(Path(path), DECODER_FORMAT, DECODERS)
    return _built(network, state)


def save_encoder(
    module_or_state: nn.Module | Mapping[str, Tensor],
    path: str | Path,
    *,
    licence: str,
    origin: str,
    recipe: str,
    name: str = "",
    network: str = "vgg19",
) -> str:
    """Write an encoder as float16 safetensors, whole or not at all.

    Args:
        module_or_state: an encoder or its state dict.
        path: where to.
        licence: of the weights.
        origin: what they were made from.
        recipe: how, in one line or JSON.
        name: what to call it.
        network: its architecture, "vgg19" or "lite".

    Returns:
        The encoder's id.

    Raises:
        WeightsError: another architecture, NaN, or a weight beyond float16.
        OSError: the file cannot be written.
    """
    state = _half(module_or_state, _network(ENCODERS, network, "what should be saved"), Path(path))
    found = encoder_id(state)
    metadata = {"format": ENCODER_FORMAT, "encoder": found, "name": name, "network": network}
    write_atomically(path, tensor_bytes(state, {**metadata, "licence": licence, "origin": origin, "recipe": recipe}))
    return found


def save_decoder(
    module_or_state: nn.Module | Mapping[str, Tensor],
    path: str | Path,
    *,
    encoder: str,
    licence: str,
    origin: str,
    recipe: str,
    name: str = "",
    network: str = "vgg19",
) -> None:
    """Write a decoder as float16 safetensors, whole or not at all.

    Args:
        module_or_state: a decoder or its state dict.
        path: where to.
        encoder: id of the encoder it was trained with (:func:`adain_core.networks.vgg.encoder_id`).
        licence: of the weights.
        origin: what they were made from.
        recipe: how, in one line or JSON.
        name: what to call it.
        network: its architecture, "vgg19" or "lite".

    Raises:
        WeightsError: another architecture, NaN, a weight beyond float16, or no encoder id.
        OSError: the file cannot be written.
    """
    if not re.fullmatch("[0-9a-f]{16}", encoder):
        raise WeightsError(f"encoder is {encoder!r}, not an encoder id: give encoder_id(encoder.state_dict())")
    state = _half(module_or_state, _network(DECODERS, network, "what should be saved"), Path(path))
    metadata = {"format": DECODER_FORMAT, "encoder": encoder, "name": name, "network": network}
    write_atomically(path, tensor_bytes(state, {**metadata, "licence": licence, "origin": origin, "recipe": recipe}))


def load_subject(path: str | Path) -> U2NetP:
    """The network that finds subjects, from its file: float32, channels_last, frozen.

    Raises:
        WeightsError: missing, damaged, of another architecture, or not such a file.
    """
    state, _, network = _read(Path(path), SUBJECT_FORMAT, SUBJECT_NETWORKS)
    return _built(network, state).requires_grad_(False)


def save_subject(state: Mapping[str, Tensor], path: str | Path, *, licence: str, origin: str, recipe: str) -> None:
    """Write the network that finds subjects as float32 safetensors: rounded to float16 it moves edges by up to 0.13.

    Args:
        state: state dict of a :class:`U2NetP`.
        path: where to.
        licence: of the weights.
        origin: what they were made from.
        recipe: how, in one line.

    Raises:
        WeightsError: another architecture, or NaN.
        OSError: the file cannot be written.
    """
    _check(state, U2NetP, f"what should go into {Path(path).name}")
    metadata = {"format": SUBJECT_FORMAT, "network": "u2netp", "licence": licence, "origin": origin, "recipe": recipe}
    write_atomically(path, tensor_bytes({key: value.float().contiguous() for key, value in state.items()}, metadata))


def check_pair(encoder: str, decoder_metadata: Mapping[str, str]) -> None:
    """Refuse a decoder of another encoder. One that never was in a file says nothing and passes.

    Args:
        encoder: id of the encoder to be used.
        decoder_metadata: of the decoder's file.

    Raises:
        WeightsError: they do not belong together.
    """
    wanted = decoder_metadata.get("encoder")
    if wanted and wanted != encoder:
        raise WeightsError(
            f"this decoder was trained with encoder {encoder_name(wanted)}, not {encoder_name(encoder)}: a decoder "
            "inverts the features of one encoder only and makes noise of another's; load the encoder that came with it"
        )


def _read(
    path: Path, wanted: str, networks: Mapping[str, type[Network]]
) -> tuple[dict[str, Tensor], dict[str, str], type[Network]]:
    """Tensors (as stored), metadata and architecture of a weights file, checked for format, architecture and NaN."""
    metadata = read_metadata(path)
    if metadata.get("format") != wanted:
        raise WeightsError(wrong_format(path, metadata, wanted))
    if wanted != SUBJECT_FORMAT and not metadata.get("encoder"):
        raise WeightsError(f"{path} does not name its encoder: write it again with save_encoder or save_decoder")
    try:
        with safe_open(path, "pt") as file:
            state = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (not a dict)
    except (SafetensorError, OSError) as e:
        raise WeightsError(f"{path} cannot be read ({e}): get it again") from e
    network = _network(networks, network_name(metadata), str(path))
    _check(state, network, str(path))
    return state, metadata, network


def _network(networks: Mapping[str, type[Network]], name: str, source: str) -> type[Network]:
    if name not in networks:
        raise WeightsError(f"{source} is of network {name!r}, known are {', '.join(networks)}: update this program")
    return networks[name]


def _check(state: Mapping[str, Tensor], network: type[nn.Module], source: str) -> None:
    """Refuse a state dict of another architecture, or one with NaN or infinity, naming the first key that is wrong."""
    kind = network.__name__
    with torch.device("meta"):
        expected = {key: tuple(value.shape) for key, value in network().state_dict().items()}
    for key, shape in expected.items():
        if key not in state:
            raise WeightsError(f"{source} is no {kind}: {key!r} {shape} is missing; {len(state)} tensors found")
        if tuple(state[key].shape) != shape:
            raise WeightsError(f"{source} is no {kind}: {key!r} has shape {tuple(state[key].shape)}, expected {shape}")
        if not state[key].is_floating_point():
            raise WeightsError(f"{source} is no {kind}: {key!r} is {state[key].dtype}, expected floating point")
        if not _finite(state[key]):
            raise WeightsError(f"{source} has NaN or infinity in {key!r}: it cannot be used, get or train it again")
    for key in state:
        if key not in expected:
            raise WeightsError(f"{source} is no {kind}: {key!r} {tuple(state[key].shape)} does not belong there")


def _finite(x: Tensor) -> bool:
    """Whether no number is NaN or infinite; extremes carry both, and take a fifth of the time of `isfinite().all()`."""
    low, high = x.aminmax()
    return bool(low.isfinite() and high.isfinite())


def _half(given: nn.Module | Mapping[str, Tensor], network: type[nn.Module], path: Path) -> dict[str, Tensor]:
    """The state dict as it is stored: float16, contiguous, on the CPU."""
    state = given.state_dict() if isinstance(given, nn.Module) else given
    _check(state, network, f"what should go into {path.name}")
    half = {key: value.detach().to("cpu", torch.float16).contiguous() for key, value in state.items()}
    for key, value in half.items():
        if not _finite(value):
            raise WeightsError(f"{key!r} reaches {state[key].abs().max():g}, beyond float16: {path} not written")
    return half


def _built(network: type[Network], state: dict[str, Tensor]) -> Network:
    with torch.device("meta"):  # no time spent on random weights
        module = network()
    module.load_state_dict({key: value.float() for key, value in state.items()}, assign=True)
    return module.to(memory_format=torch.channels_last).eval()
