"""What a file of weights says about itself, without its weights."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError, safe_open

from ..errors import WeightsError


def read_metadata(path: str | Path) -> dict[str, str]:
    """What a safetensors file says about itself; empty if it says nothing.

    Raises:
        WeightsError: no such file, or not a safetensors file.
    """
    path = Path(path)
    if not path.is_file():
        raise WeightsError(f"no weights file {str(path)!r}: check the path")
    try:
        with safe_open(path, "pt") as file:
            return dict(file.metadata() or {})
    except (SafetensorError, OSError) as e:
        raise WeightsError(f"{path} is no readable safetensors file ({e}): {convert_hint(path)}") from e


def network_name(metadata: Mapping[str, str]) -> str:
    """The architecture of a weights file, by its metadata; the first files gave none and are "vgg19"."""
    return metadata.get("network", "vgg19")


def convert_hint(path: Path) -> str:
    """What to do about a file that is none of this project's."""
    return f"get it again, or if it is another project's run `adain convert` on {path.name}"
