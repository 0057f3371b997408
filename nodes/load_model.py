"""AdaIN Load Model."""

from __future__ import annotations

from comfy_api.latest import io

from ..adain_core.errors import WeightsError
from ..adain_core.weights.find import resolve_model
from . import folders, sockets
from .model import BUNDLED, PRECISIONS, load_model


class AdaINLoadModel(io.ComfyNode):
    """Encoder and decoder, from the pack, from models/adain or from the Hugging Face Hub."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Inputs and outputs."""
        return io.Schema(
            node_id="AdaINLoadModel",
            display_name="AdaIN Load Model",
            category=sockets.CATEGORY,
            description=(
                "Loads the networks that AdaIN style transfer needs: an encoder and the decoder trained for it. "
                "'vgg19' and the small, fast 'lite' come with the pack, nothing is downloaded."
            ),
            search_aliases=["adain", "style transfer model", "load adain", "vgg19", "neural style", "nst"],
            inputs=[
                io.Combo.Input(
                    "model",
                    options=[*BUNDLED, *folders.model_files()],
                    default=BUNDLED[0],
                    tooltip=(
                        "'vgg19' and the small, fast 'lite' come with the pack. Decoders that you trained or converted "
                        "go into models/adain (with their encoder, if it is not the pack's) and appear here after "
                        "pressing R."
                    ),
                ),
                io.Combo.Input(
                    "precision",
                    options=list(PRECISIONS),
                    default=PRECISIONS[0],
                    optional=True,
                    tooltip="auto computes in half precision where the device is faster with it. Statistics never are.",
                    advanced=True,
                ),
                io.String.Input(
                    "hub_id",
                    optional=True,
                    default="",
                    tooltip=(
                        "A model of the Hugging Face Hub to use instead, as user/repo or user/repo@revision. It is "
                        "downloaded once, when the node runs. Leave empty to stay offline."
                    ),
                    advanced=True,
                ),
            ],
            outputs=[
                sockets.Model.Output(
                    "adain_model",
                    display_name="model",
                    tooltip="Encoder and decoder, for AdaIN Encode, AdaIN Decode and AdaIN Stylize.",
                )
            ],
        )

    @classmethod
    def fingerprint_inputs(
        cls, model: str | None = None, precision: str | None = None, hub_id: str | None = None
    ) -> str:
        """Load again when the file changed; what other nodes give (None here) counts by itself."""
        hub_id = (hub_id or "").strip()
        try:
            files = [folders.fingerprint(file) for file in resolve_model(_where(model))] if model and not hub_id else []
        except (WeightsError, OSError):
            files = ["missing"]
        return "|".join([model or "", precision or "", hub_id, *files])

    @classmethod
    def execute(cls, model: str, precision: str = "auto", hub_id: str = "") -> io.NodeOutput:
        """Load it."""
        return io.NodeOutput(load_model(hub_id.strip() or _where(model), precision))


def _where(model: str) -> str:
    return model if model in BUNDLED else str(folders.find(folders.MODELS, model))
