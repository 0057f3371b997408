"""ADAIN_MODEL: encoder and decoder that belong together, in the hands of ComfyUI's memory management."""

from __future__ import annotations

import functools

import comfy.model_management as mm
import comfy.model_patcher
import torch
from torch import nn

from ..adain_core.networks.vgg import encoder_id
from ..adain_core.system.device import pick_dtype
from ..adain_core.weights.catalog import encoder_name
from ..adain_core.weights.find import resolve_model
from ..adain_core.weights.metadata import read_metadata
from ..adain_core.weights.network_files import AnyDecoder, Encoder, check_pair, load_decoder, load_encoder
from .engine.features import Networks
from .host import ComfyHost

BUNDLED = ("vgg19", "lite")
"""The models that come with the pack."""

PRECISIONS = ("auto", "float32", "float16", "bfloat16")

Patcher = getattr(comfy.model_patcher, "CoreModelPatcher", comfy.model_patcher.ModelPatcher)


class AdaINNetworks(nn.Module):
    """Both networks as one module, as ComfyUI moves them."""

    def __init__(self, encoder: Encoder, decoder: AnyDecoder) -> None:
        super().__init__()
        self.encoder, self.decoder = encoder, decoder


class AdaINModel:
    """An ADAIN_MODEL value.

    Args:
        networks: on the CPU.
        dtype: to compute in.
        encoder: id of the encoder.
        name: what to call it.
        ref: by which it is loaded.
    """

    def __init__(self, networks: AdaINNetworks, dtype: torch.dtype, encoder: str, name: str, ref: str) -> None:
        self.encoder_id, self.name, self.dtype, self.ref = encoder, name, dtype, ref
        self.inverts: bool = networks.decoder.inverts
        self.host = ComfyHost()
        self.patcher = Patcher(
            networks.eval().requires_grad_(False).to(dtype),
            load_device=mm.get_torch_device(),
            offload_device=mm.unet_offload_device(),
        )

    def __repr__(self) -> str:
        encoder, dtype = encoder_name(self.encoder_id), str(self.dtype).removeprefix("torch.")
        return f"ADAIN_MODEL({self.name!r}, encoder {encoder}, {dtype})"

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        return self.patcher.load_device

    def load(self, memory: int) -> Networks:
        """Bring the networks to their device, with so many bytes to compute in; other models away if need be."""
        mm.load_models_gpu([self.patcher], memory_required=memory)
        return Networks(self.patcher.model.encoder, self.patcher.model.decoder, self.device, self.dtype)


def load_model(ref: str, precision: str = "auto") -> AdaINModel:
    """Load a model.

    Args:
        ref: a known name, a decoder file or a Hub id.
        precision: one of ``PRECISIONS``; "auto" is half precision where ComfyUI says that the device is faster with it.

    Raises:
        WeightsError: not found, damaged, of another architecture, or without its encoder.
    """
    encoder_file, decoder_file = resolve_model(ref)
    # ComfyUI runs nodes in inference mode; weights made in it could take no part in the gradients of a refinement.
    with torch.inference_mode(False):
        encoder = load_encoder(encoder_file)
        found = encoder_id(encoder.state_dict())
        metadata = read_metadata(decoder_file)
        check_pair(found, metadata)
        networks = AdaINNetworks(encoder, load_decoder(decoder_file))
        return AdaINModel(networks, _dtype(precision), found, metadata.get("name") or decoder_file.stem, ref)


@functools.lru_cache(maxsize=len(BUNDLED))
def bundled_model(name: str = BUNDLED[0]) -> AdaINModel:
    """A bundled model for nodes that need none connected: loaded once, kept (28 MB), moved by ComfyUI as any other."""
    return load_model(name)


def _dtype(precision: str) -> torch.dtype:
    device = mm.get_torch_device()
    if precision != "auto":
        return pick_dtype(precision, device)
    if device.type == "cpu":
        return pick_dtype("auto", device)
    return torch.float16 if mm.should_use_fp16(device) else torch.float32
