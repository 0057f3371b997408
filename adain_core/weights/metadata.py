"""What a file of weights says about itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError, safe_open

from ..errors import WeightsError

ENCODER_FORMAT = "adain-encoder-1"
DECODER_FORMAT = "adain-decoder-1"
SUBJECT_FORMAT = "adain-subject-1"

LFS = b"version https://git-lfs"
"""How a Git LFS pointer begins."""


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


def wrong_format(path: Path, metadata: dict[str, str], wanted: str) -> str:
    """What to say of a file of another format than the one that is wanted, and what to do."""
    found = metadata.get("format")
    kind = wanted.split("-")[1]
    if found is None:
        return f"{path} is no {kind} file: its metadata has no format; {convert_hint(path)}"
    return f"{path} is no {kind} file: its format is {found!r}, not {wanted!r}; give the {kind}'s file"


def is_pointer(path: Path) -> bool:
    """Whether a file is what Git leaves in place of one that Git LFS has not brought yet."""
    with path.open("rb") as file:
        return file.read(len(LFS)) == LFS


def convert_hint(path: Path) -> str:
    """What to do about a file that is none of ours."""
    if is_pointer(path):
        return "it is a Git LFS pointer, not the file itself; run `git lfs pull` in its folder, or reinstall"
    return f"get it again, or if it is another project's run `adain convert` on {path.name}"
