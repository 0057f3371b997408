"""Where files lie: models/adain for decoders (and their encoders), models/adain_styles for styles."""

from __future__ import annotations

import contextlib
from pathlib import Path

import folder_paths

from ..adain_core.errors import ImageError, WeightsError
from ..adain_core.weights.catalog import bundled_folder
from ..adain_core.weights.metadata import DECODER_FORMAT, read_metadata

MODELS, STYLES = "adain", "adain_styles"
EXTENSIONS = {".safetensors"}


def register_folders() -> None:
    """Make both folders known, beside those that extra_model_paths.yaml may have named already."""
    for name in (MODELS, STYLES):
        folder = Path(folder_paths.models_dir) / name
        with contextlib.suppress(OSError):  # models may be mounted read-only: what is bundled works without
            folder.mkdir(parents=True, exist_ok=True)
        folder_paths.add_model_folder_path(name, str(folder))
        paths, extensions = folder_paths.folder_names_and_paths[name]
        folder_paths.folder_names_and_paths[name] = (paths, set(extensions) | EXTENSIONS)


def model_files() -> list[str]:
    """What can be chosen in models/adain: all but the files that say they are something else than a decoder."""
    return [name for name in folder_paths.get_filename_list(MODELS) if _may_be_decoder(name)]


def style_files() -> list[str]:
    """What can be chosen in models/adain_styles."""
    return list(folder_paths.get_filename_list(STYLES))


def find(folder: str, name: str) -> Path:
    """The file of that name.

    Raises:
        FileNotFoundError: it is gone.
    """
    path = folder_paths.get_full_path(folder, name)
    if path is None:
        raise FileNotFoundError(f"{name!r} is no longer in models/{folder}: put it back, or choose another and press R")
    return Path(path)


def example(name: str) -> Path:
    """A file of examples/, which comes with the pack.

    Raises:
        ImageError: it is gone.
    """
    path = bundled_folder().parent / "examples" / name
    if not path.is_file():
        raise ImageError(
            f"the example {name!r} is missing ({path}): install the pack again, or connect a file of yours"
        )
    return path


def fingerprint(path: Path) -> str:
    """Changes when the file does."""
    try:
        status = path.stat()
    except OSError:
        return "missing"
    return f"{path}:{status.st_mtime_ns}:{status.st_size}"


def _may_be_decoder(name: str) -> bool:
    path = folder_paths.get_full_path(MODELS, name)
    if path is None:
        return False
    try:
        return read_metadata(path).get("format", DECODER_FORMAT) == DECODER_FORMAT
    except WeightsError:
        return True  # not readable: when it is chosen, the error says why
