"""Encoder and decoder files: writing, reading with every check, and finding the two that belong together."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from ..errors import WeightsError
from ..networks.architectures import DECODERS, ENCODERS, AnyDecoder, Encoder, Network
from ..networks.vgg import VGGEncoder, encoder_id
from ..system.atomic_files import write_atomically
from .catalog import KnownWeights, bundled_folder, find, known_weights, near
from .hub import fetch, is_known
from .metadata import convert_hint, network_name, read_metadata

ENCODER_FORMAT = "adain-encoder-1"
DECODER_FORMAT = "adain-decoder-1"

HUB_DECODER, HUB_ENCODER = "decoder.safetensors", "encoder.safetensors"
"""File names of a model in a Hub repo or folder of its own; the encoder is needed only if it is not a bundled one."""

HUB_CONFIG = "config.json"
"""What a Hub repo says of itself. The Hub counts as downloads the requests for this file, not those for the weights."""

HUB_ID = re.compile(r"(?P<repo>[\w.-]+/[\w.-]+)(@(?P<revision>[\w./-]+))?")


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
    write_atomically(path, save(state, {**metadata, "licence": licence, "origin": origin, "recipe": recipe}))
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
    write_atomically(path, save(state, {**metadata, "licence": licence, "origin": origin, "recipe": recipe}))


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
            f"this decoder was trained with encoder {wanted}, not {encoder}: a decoder inverts the features of one "
            "encoder only and makes noise of another's; load the encoder that came with it"
        )


def resolve_model(ref: str | Path) -> tuple[Path, Path]:
    """Find the two files of a model.

    Args:
        ref: a known name ("vgg19"), a decoder file, a folder with one decoder and perhaps its encoder, or a Hub id
            "user/repo" or "user/repo@revision". A known name given as a string goes before a file of that name.

    Returns:
        (encoder file, decoder file).

    Raises:
        WeightsError: nothing of that name, no or several decoders, or the decoder's encoder is not at hand.
    """
    path = Path(ref).expanduser()
    if isinstance(ref, str) and (known := _known_model(ref)):
        return known
    if path.is_dir():
        decoder = _only_decoder(path)
        return _encoder_for(decoder), decoder
    if path.is_file():
        return _encoder_for(path), path
    hub = HUB_ID.fullmatch(str(ref))
    if isinstance(ref, str) and hub and path.suffix not in {".safetensors", ".pth", ".pt", ".ckpt"}:
        return _from_hub(hub["repo"], hub["revision"] or "main")
    if path.suffix or len(path.parts) > 1 or isinstance(ref, Path):
        raise WeightsError(f"no model file or folder {str(ref)!r}: check the path")
    names = sorted(row.name.removesuffix("-decoder") for row in known_weights().values() if row.kind == "decoder")
    raise WeightsError(
        f"no model {ref!r}{near(ref, names)}: give a known name ({', '.join(names)}), a decoder file, a folder with "
        "one, or a Hub id user/repo"
    )


def _known_model(name: str) -> tuple[Path, Path] | None:
    table = _table()
    decoder = table.get(f"{name}-decoder") or table.get(name)
    if decoder is None or decoder.kind != "decoder":
        return None
    found = find(decoder.name)
    return _encoder_for(found), found


def _table() -> dict[str, KnownWeights]:
    """The known weights; none where the table is missing, so that a user's own files load all the same."""
    try:
        return known_weights()
    except WeightsError:
        return {}


def _only_decoder(folder: Path) -> Path:
    found = [path for path, meta in _described(folder).items() if meta.get("format") == DECODER_FORMAT]
    if not found:
        held = ", ".join(sorted(p.name for p in folder.glob("*.safetensors"))) or "no .safetensors at all"
        raise WeightsError(f"folder {str(folder)!r} holds no decoder ({held}): put one there, or convert a .pth first")
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise WeightsError(f"folder {str(folder)!r} holds {len(found)} decoders ({names}): give the file you mean")
    return found[0]


def _encoder_for(decoder: Path) -> Path:
    """The encoder a decoder file was trained with: beside it, bundled, or a known one to be downloaded."""
    metadata = read_metadata(decoder)
    if metadata.get("format") != DECODER_FORMAT:
        raise WeightsError(_wrong_format(decoder, metadata, DECODER_FORMAT))
    wanted = metadata.get("encoder", "")
    at_hand: dict[str, Path] = {}
    for folder in (decoder.parent, bundled_folder()):
        for path, meta in _described(folder).items():
            if meta.get("format") == ENCODER_FORMAT:
                at_hand.setdefault(meta.get("encoder", ""), path)
    if wanted in at_hand:
        return at_hand[wanted]
    for row in _table().values():
        if row.kind == "encoder" and row.encoder == wanted:
            return find(row.name)
    listed = ", ".join(f"{name} ({path.name})" for name, path in at_hand.items()) or "none"
    raise WeightsError(
        f"{decoder} needs encoder {wanted or 'unknown'}, at hand: {listed}; put the encoder that it was trained with "
        "beside it"
    )


def _from_hub(repo_id: str, revision: str) -> tuple[Path, Path]:
    decoder = fetch(repo_id, HUB_DECODER, revision)
    if not is_known(repo_id, HUB_CONFIG, revision):
        with suppress(WeightsError):  # there may be none, and nothing in it is needed
            fetch(repo_id, HUB_CONFIG, revision)
    try:
        return _encoder_for(decoder), decoder
    except WeightsError as missing:
        if read_metadata(decoder).get("format") != DECODER_FORMAT:
            raise
        try:
            return fetch(repo_id, HUB_ENCODER, revision), decoder
        except WeightsError as e:
            raise WeightsError(f"{missing}; and {e}") from e


def _described(folder: Path) -> dict[Path, dict[str, str]]:
    """The readable safetensors files of a folder with their metadata."""
    found = {}
    for path in sorted(folder.glob("*.safetensors")):
        try:
            found[path] = read_metadata(path)
        except WeightsError:
            continue  # someone else's or a damaged file: not what is looked for
    return found


def _read(
    path: Path, wanted: str, networks: Mapping[str, type[Network]]
) -> tuple[dict[str, Tensor], dict[str, str], type[Network]]:
    """Tensors (as stored), metadata and architecture of a weights file, checked for format, architecture and NaN."""
    metadata = read_metadata(path)
    if metadata.get("format") != wanted:
        raise WeightsError(_wrong_format(path, metadata, wanted))
    if not metadata.get("encoder"):
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


def _wrong_format(path: Path, metadata: dict[str, str], wanted: str) -> str:
    found = metadata.get("format")
    kind = wanted.split("-")[1]
    if found is None:
        return f"{path} is no {kind} file: its metadata has no format; {convert_hint(path)}"
    return f"{path} is no {kind} file: its format is {found!r}, not {wanted!r}; give the {kind}'s file"
