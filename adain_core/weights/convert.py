"""Other people's AdaIN weights to ours, without unpickling code.

Understood are files of tensors in which the convolutions stand in the order they are computed in, whatever their keys
are called: `vgg_normalised.pth` and `decoder.pth` in the `nn.Sequential` layout of the popular PyTorch port, the same
as safetensors, and checkpoints that hold such state dicts under any prefix.
"""

from __future__ import annotations

import pickle
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from ..errors import WeightsError, one_line
from ..networks.vgg import VGGEncoder, encoder_id
from ..networks.vgg_decoder import Decoder
from .catalog import find
from .find import HUB_DECODER, HUB_ENCODER
from .network_files import load_encoder, save_decoder, save_encoder

SAFE_TORCH = (2, 6)
"""Before this version a crafted .pth could run code even with `weights_only=True` (CVE-2025-32434)."""


@dataclass(frozen=True)
class Convolution:
    """A convolution found in a state dict: key prefix, weight (Cout, Cin, k, k) and bias (Cout,), float64."""

    key: str
    weight: Tensor
    bias: Tensor


def convert_legacy(
    *,
    vgg: str | Path | None = None,
    decoder: str | Path | None = None,
    folder: str | Path,
    encoder: str | Path | None = None,
    licence: str = "unknown",
    origin: str = "",
    force: bool = False,
) -> list[Path]:
    """Convert an encoder, a decoder, or both, into a folder that :meth:`AdaIN.from_pretrained` takes.

    Args:
        vgg: `vgg_normalised.pth`, or safetensors of that layout.
        decoder: `decoder.pth`, or safetensors of that layout.
        folder: gets `encoder.safetensors` and `decoder.safetensors`; made if missing.
        encoder: the encoder file of ours (or the name of a known one) that `decoder` was trained with, where `vgg` is
            not given: nothing in a legacy decoder tells.
        licence: of these weights.
        origin: where they come from; the source files' names when missing.
        force: overwrite what is there.

    Returns:
        The files written.

    Raises:
        WeightsError: a file that is no state dict, holds more than tensors, is of another architecture, or a decoder
            of an unknown encoder; or the result exists.
    """
    folder = Path(folder)
    if vgg is None and decoder is None:
        raise WeightsError("nothing to convert: give a VGG file, a decoder file, or both")
    if vgg is not None and encoder is not None:
        raise WeightsError("an encoder to convert and a converted encoder are both given: give the one in use")
    if decoder is not None and vgg is None and encoder is None:
        raise WeightsError(
            f"which encoder was {decoder} trained with? its file does not tell, and with another it makes noise: "
            "give vgg_normalised.pth of the same project too"
        )
    targets = [folder / name for name, source in ((HUB_ENCODER, vgg), (HUB_DECODER, decoder)) if source is not None]
    for target in targets:
        if target.exists() and not force:
            raise WeightsError(f"{target} exists: choose another folder or overwrite it with force")

    # Everything is read and checked before anything is written.
    encoder_state = None if vgg is None else legacy_encoder(vgg)
    decoder_state = None if decoder is None else legacy_decoder(decoder)
    wanted = "" if encoder is None else encoder_id(load_encoder(find(encoder)).state_dict())
    folder.mkdir(parents=True, exist_ok=True)
    if encoder_state is not None and vgg is not None:
        about = {"licence": licence, "origin": origin or Path(vgg).name}
        wanted = save_encoder(encoder_state, folder / HUB_ENCODER, **about, recipe="converted; input layer folded in")
    if decoder_state is not None and decoder is not None:
        about = {"licence": licence, "origin": origin or Path(decoder).name}
        save_decoder(decoder_state, folder / HUB_DECODER, encoder=wanted, **about, recipe="converted")
    return targets


def legacy_encoder(path: str | Path) -> dict[str, Tensor]:
    """State dict of a :class:`VGGEncoder` from a legacy file; what lies behind relu4_1 is left out.

    Raises:
        WeightsError: unreadable, unsafe, or of another architecture.
    """
    found = convolutions(read_tensors(path))
    layers, start = _run_of(found, VGGEncoder, path)
    before = found[start - 1] if start else None
    if before is None or before.weight.shape != (3, 3, 1, 1):
        raise WeightsError(
            f"{path} has no 1x1 input layer before {layers[0].key!r}: how such a VGG wants its input scaled the file "
            "does not tell; give a vgg_normalised.pth"
        )
    return _state([fold_pointwise(before, layers[0]), *layers[1:]], VGGEncoder)


def legacy_decoder(path: str | Path) -> dict[str, Tensor]:
    """State dict of a :class:`Decoder` from a legacy file.

    Raises:
        WeightsError: unreadable, unsafe, or of another architecture.
    """
    layers, _ = _run_of(convolutions(read_tensors(path)), Decoder, path)
    return _state(layers, Decoder)


def fold_pointwise(first: Convolution, second: Convolution) -> Convolution:
    """One convolution that equals a 1x1 convolution followed by another.

    Exact with reflection padding in between, which commutes with a pointwise map (zero padding would not).

    Args:
        first: weight (M, Cin, 1, 1).
        second: weight (Cout, M, k, k).
    """
    weight = torch.einsum("omhw,mi->oihw", second.weight, first.weight[:, :, 0, 0])
    bias = second.bias + second.weight.sum((2, 3)) @ first.bias
    return Convolution(second.key, weight, bias)


def read_tensors(path: str | Path) -> dict[str, Tensor]:
    """All tensors of a .pth or safetensors file in the order they are stored in, nested names joined by dots.

    Raises:
        WeightsError: missing, unreadable, without tensors, or with Python objects that only code could load.
    """
    path = Path(path)
    if not path.is_file():
        raise WeightsError(f"no weights file {str(path)!r}: check the path")
    if path.suffix.lower() == ".safetensors":
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        try:
            # They are stored sorted by text ("11" before "2"): back to counting order.
            return dict(sorted(load_file(path).items(), key=lambda item: _counting(item[0])))
        except SafetensorError as e:
            raise WeightsError(f"{path} is no readable safetensors file ({e}): get it again") from e
    version = tuple(int(n) for n in re.findall(r"\d+", torch.__version__)[:2])
    if version < SAFE_TORCH:
        raise WeightsError(
            f"torch {torch.__version__} cannot read {path.name} safely (CVE-2025-32434): use torch 2.6 or newer"
        )
    with path.open("rb") as file:
        start = file.read(8)
    if not start.startswith((b"PK", b"\x80")):  # a zip archive, or before torch 1.6 a plain pickle
        raise WeightsError(f"{path} is no PyTorch file (it starts with {start!r}): get it again")
    try:
        loaded = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as e:
        raise WeightsError(
            f"{path} holds Python objects besides tensors, which could run code when loaded: it is not read; save the "
            "state_dict() alone in the project it comes from"
        ) from e
    except Exception as e:  # RuntimeError, EOFError, KeyError ...: whatever a damaged file provokes
        raise WeightsError(f"{path} is damaged ({one_line(e)}): get it again") from e
    found = dict(_flat(loaded, ""))
    if not found:
        raise WeightsError(f"{path} holds no named tensors but {type(loaded).__name__}: give a state dict")
    return found


def convolutions(tensors: Mapping[str, Tensor]) -> list[Convolution]:
    """The convolutions with a bias among named tensors, in order."""
    found = []
    for name, weight in tensors.items():
        key, dot, last = name.rpartition(".")
        bias = tensors.get(f"{key}{dot}bias")
        if last == "weight" and weight.ndim == 4 and bias is not None and bias.shape == weight.shape[:1]:
            found.append(Convolution(key, weight.double(), bias.double()))
    return found


def _run_of(found: list[Convolution], network: type[nn.Module], path: str | Path) -> tuple[list[Convolution], int]:
    """The consecutive convolutions of a network's shapes, and the place of the first."""
    wanted = list(_shapes(network).values())
    if not found:
        raise WeightsError(f"{path} holds no convolutions with weight and bias: it is no {network.__name__}")
    shapes = [tuple(layer.weight.shape) for layer in found]
    starts = [i for i in range(len(found)) if shapes[i : i + len(wanted)] == wanted]
    if len(starts) > 1:
        keys = ", ".join(repr(found[i].key) for i in starts)
        raise WeightsError(f"{path} holds {len(starts)} {network.__name__}s (from {keys}): save the one you mean alone")
    if starts:
        return found[starts[0] : starts[0] + len(wanted)], starts[0]
    # Say where the best match breaks off.
    best = max(range(len(found)), key=lambda i: _agreeing(shapes[i:], wanted))
    good = _agreeing(shapes[best:], wanted)
    where = f"{shapes[best + good]} in {found[best + good].key!r}" if best + good < len(found) else "the end"
    raise WeightsError(
        f"{path} is no {network.__name__}: its convolution {good + 1} is {wanted[good]}, found {where}; only VGG-19 to "
        "relu4_1 and its mirror can be converted"
    )


def _agreeing(shapes: list[tuple[int, ...]], wanted: list[tuple[int, ...]]) -> int:
    """How many of the first shapes are as wanted."""
    same = [a == b for a, b in zip(shapes, wanted, strict=False)]
    return same.index(False) if False in same else len(same)


def _shapes(network: type[nn.Module]) -> dict[str, tuple[int, ...]]:
    """Shape of each convolution by the key it has in ours, in the order of computation."""
    with torch.device("meta"):
        state = network().state_dict()
    return {key.removesuffix(".weight"): tuple(w.shape) for key, w in state.items() if key.endswith(".weight")}


def _state(layers: list[Convolution], network: type[nn.Module]) -> dict[str, Tensor]:
    """Our state dict, float32, of convolutions in order; refused unless float16 can hold it."""
    state = {}
    for key, layer in zip(_shapes(network), layers, strict=True):
        if not (layer.weight.half().isfinite().all() and layer.bias.half().isfinite().all()):
            raise WeightsError(f"{layer.key!r} holds NaN, infinity or a number beyond float16: get the file again")
        state[f"{key}.weight"], state[f"{key}.bias"] = layer.weight.float(), layer.bias.float()
    return state


def _flat(value: object, name: str) -> list[tuple[str, Tensor]]:
    if isinstance(value, Tensor):
        return [(name, value)] if name and value.is_floating_point() else []
    if not isinstance(value, Mapping):
        return []
    return [pair for key, inner in value.items() for pair in _flat(inner, f"{name}.{key}" if name else str(key))]


def _counting(name: str) -> list[tuple[int, str]]:
    """Sort key that puts "2.weight" before "11.weight"."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]
