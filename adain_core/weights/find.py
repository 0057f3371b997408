"""Finding the two files of a model, a decoder and the encoder it was trained with: bundled, on the disk, on the Hub."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

from ..errors import WeightsError
from .catalog import KnownWeights, bundled_folder, encoder_name, find, known_weights, near
from .hub import fetch, is_known
from .metadata import DECODER_FORMAT, ENCODER_FORMAT, read_metadata, wrong_format

HUB_DECODER, HUB_ENCODER = "decoder.safetensors", "encoder.safetensors"
"""File names of a model in a Hub repo or folder of its own; the encoder is needed only if it is not a bundled one."""

HUB_CONFIG = "config.json"
"""What a Hub repo says of itself. The Hub counts as downloads the requests for this file, not those for the weights."""

HUB_ID = re.compile(r"(?P<repo>[\w.-]+/[\w.-]+)(@(?P<revision>[\w./-]+))?")


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
        raise WeightsError(wrong_format(decoder, metadata, DECODER_FORMAT))
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
    listed = ", ".join(f"{encoder_name(name)} ({path.name})" for name, path in at_hand.items()) or "none"
    raise WeightsError(
        f"{decoder} needs encoder {encoder_name(wanted) or 'unknown'}, at hand: {listed}; put the encoder that it was "
        "trained with beside it"
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
