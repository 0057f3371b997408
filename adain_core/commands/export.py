"""`adain export`."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from ..errors import AdaINError
from .options import Force, ModelName
from .outcomes import check_free, failures

if TYPE_CHECKING:
    from ..onnx_export import NetworkPart as Name


class NetworkPart(str, Enum):
    """What is exported."""

    encoder = "encoder"
    decoder = "decoder"
    stylize = "stylize"


def export(
    parts: Annotated[
        list[NetworkPart] | None,
        typer.Argument(help="encoder, decoder, stylize (content and style to picture); default: all"),
    ] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for PART.onnx.")] = Path("onnx"),
    model: ModelName = "vgg19",
    check: Annotated[bool, typer.Option(help="Compare with PyTorch in onnxruntime at five sizes.")] = True,
    force: Force = False,
) -> None:
    """Write the networks as ONNX files of any height and width, for runtimes without PyTorch."""
    from ..model import AdaIN
    from ..onnx_export import PARTS, check_onnx, export_onnx

    with failures():
        chosen = [cast("Name", part.value) for part in parts or []] or list(PARTS)
        paths = {part: output / f"{part}.onnx" for part in chosen}
        for path in paths.values():
            check_free(path, force)
        loaded = AdaIN.from_pretrained(model, device="cpu", dtype="float32")
        try:
            output.mkdir(parents=True, exist_ok=True)
        except OSError as e:
            raise AdaINError(f"cannot make the folder {str(output)!r}: {e}") from e
        for part, path in paths.items():
            export_onnx(loaded, part, path)
            told = f", differs from PyTorch by {check_onnx(loaded, part, path):.1e} at most" if check else ""
            typer.echo(f"{path}: {path.stat().st_size / 1e6:.1f} MB{told}")
