"""`adain info`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from .outcomes import usage_errors


def info(
    file: Annotated[Path | None, typer.Argument(help="A style, encoder or decoder file to describe.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Tell versions, device and bundled weights, or describe one file."""
    with usage_errors():
        rows = describe_file(file) if file else describe_installation()
    if as_json:
        print(json.dumps(rows, indent=2))
        return
    wide = max(map(len, rows))
    for key, value in rows.items():
        typer.echo(f"{key:{wide}}  {value}")


def describe_file(file: Path) -> dict[str, str]:
    """What a safetensors file of ours says about itself."""
    from ..weights.metadata import read_metadata

    return {"file": str(file), "bytes": str(file.stat().st_size) if file.is_file() else "", **read_metadata(file)}


def describe_installation() -> dict[str, str]:
    """Versions, device, compute format, and the weights at hand with their licences."""
    import platform

    import torch

    from .. import __version__
    from ..system.device import pick_device, pick_dtype
    from ..system.memory import free_memory
    from ..weights.catalog import bundled_folder
    from ..weights.metadata import read_metadata

    device = pick_device()
    rows = {
        "adain": __version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "device": str(device),
        "dtype": str(pick_dtype("auto", device)).removeprefix("torch."),
        "free memory": f"{free_memory(device) / 2**30:.1f} GiB",
        "weights": str(bundled_folder()),
    }
    for path in sorted(bundled_folder().glob("*.safetensors")):
        meta = read_metadata(path)
        encoder = f"encoder {meta['encoder']}, " if "encoder" in meta else ""
        rows[path.name] = f"{path.stat().st_size / 1e6:.1f} MB, {encoder}{meta.get('licence', '')}"
    return rows
