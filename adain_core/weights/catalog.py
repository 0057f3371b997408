"""The weights this project knows: a table beside the files, and where a file of it is found."""

from __future__ import annotations

import difflib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from ..errors import WeightsError
from ..system.atomic_files import write_atomically
from .hub import fetch, file_sha256

DEFAULT_REPO_ID = "adain-style-transfer/adain-vgg19"
"""Where publishing puts the weights and where they are looked for when they are not bundled.

Nothing has been uploaded yet. Whoever owns the name: only files of the hashes in the table are accepted from there.
"""

DEFAULT_REVISION = "v1"
"""The tag of that repo that belongs to this table."""

INDEX = "index.json"


_bundled_only = False


def bundled_only() -> None:
    """From now on known weights are those that came with the package, and none is downloaded.

    For programs whose users expect no request that they did not ask for. A Hub id that is given still is one.
    """
    global _bundled_only
    _bundled_only = True


@dataclass(frozen=True)
class KnownWeights:
    """One file of weights, described as data.

    Attributes:
        name: what it is called: "vgg19" (encoder), "vgg19-decoder", "styles", "subject".
        file: its file name, the same in `weights/`, in the wheel and on the Hub.
        kind: "encoder", "decoder", "styles", or "subject" (what finds subjects).
        encoder: id of the encoder it is or belongs to; empty where it needs none.
        sha256: hex digest of the file.
        size: bytes.
        repo_id: Hub repo it is downloaded from when it is not bundled.
        revision: tag or commit of that repo.
        licence: of the weights.
        origin: what they were made from.
        recipe: how they were made.
    """

    name: str
    file: str
    kind: str
    encoder: str
    sha256: str
    size: int
    repo_id: str
    revision: str
    licence: str
    origin: str
    recipe: str


def bundled_folder() -> Path:
    """Where the weights lie that came with this package: inside an installed wheel, or in the checkout."""
    package = Path(__file__).resolve().parent  # an installed package has the files beside this one
    return package if (package / INDEX).is_file() else package.parents[1] / "weights"


def known_weights(folder: Path | None = None) -> dict[str, KnownWeights]:
    """The table by name, read from `index.json` in `folder` (:func:`bundled_folder` when missing).

    Raises:
        WeightsError: no such file, or not a table of weights.
    """
    path = (folder or bundled_folder()) / INDEX
    try:
        return {row["name"]: KnownWeights(**row) for row in json.loads(path.read_text(encoding="utf-8"))}
    except FileNotFoundError:
        raise WeightsError(f"the table of weights {path} is missing: reinstall adain-style-transfer") from None
    except (ValueError, TypeError, KeyError) as e:
        raise WeightsError(f"the table of weights {path} is damaged ({e}): reinstall adain-style-transfer") from e


def write_index(folder: Path, *, repo_id: str = DEFAULT_REPO_ID, revision: str = DEFAULT_REVISION) -> Path:
    """Write the table of the weights in `folder`: to be run whenever one of them changed.

    A file's name says what it is: "vgg19-encoder", "vgg19-decoder", "styles", "subject"; the rest
    comes from its metadata.

    Args:
        folder: holds `*.safetensors`; `index.json` is written there.
        repo_id: Hub repo that these files are, or will be, published in.
        revision: tag or commit there.

    Returns:
        The path of the table.

    Raises:
        WeightsError: a file that cannot be read, or whose metadata names no encoder or no licence.
    """
    from .metadata import read_metadata

    rows = []
    for path in sorted(folder.glob("*.safetensors")):
        meta = read_metadata(path)
        kind = path.stem.rpartition("-")[2]
        for key in ("licence",) if kind == "subject" else ("encoder", "licence"):
            if not meta.get(key):
                raise WeightsError(f"{path} has no {key!r} in its metadata: write it again with one")
        rows.append(
            KnownWeights(
                name=path.stem.removesuffix("-encoder"),
                file=path.name,
                kind=kind,
                encoder=meta.get("encoder", ""),
                sha256=file_sha256(path),
                size=path.stat().st_size,
                repo_id=repo_id,
                revision=revision,
                licence=meta["licence"],
                origin=meta.get("origin", ""),
                recipe=meta.get("recipe", ""),
            )
        )
    index = folder / INDEX
    write_atomically(index, (json.dumps([asdict(row) for row in rows], indent=2) + "\n").encode())
    return index


def find(name: str | Path) -> Path:
    """A file of weights: by its path, or a known one bundled, in the Hub cache, or downloaded from the Hub.

    Args:
        name: "vgg19" (encoder), "vgg19-decoder", "styles", "subject"; or a path.

    Raises:
        WeightsError: no such name (near ones are suggested) or file; not at hand and not to be had from the Hub.
    """
    path = Path(name).expanduser()
    if path.suffix or isinstance(name, Path):
        if not path.is_file():
            raise WeightsError(f"no weights file {str(path)!r}: check the path")
        return path
    table = known_weights()
    if name not in table:
        raise WeightsError(f"no weights {name!r}{near(name, table)}: known are {', '.join(sorted(table))}")
    known, folder = table[name], bundled_folder()
    bundled = folder / known.file
    if bundled.is_file():
        return bundled
    if _bundled_only:
        raise WeightsError(f"weights {name!r} are not bundled (no {bundled}): get the file, or reinstall the package")
    try:
        return fetch(known.repo_id, known.file, known.revision, sha256=known.sha256)
    except WeightsError as e:
        raise WeightsError(f"weights {name!r} are not bundled (no {bundled}), and {e}; or reinstall the package") from e


def encoder_name(encoder: str) -> str:
    """What to call the encoder of that id: a known name ("vgg19"), or the id itself."""
    try:
        rows = known_weights().values()
    except WeightsError:
        return encoder
    return next((row.name for row in rows if row.kind == "encoder" and row.encoder == encoder), encoder)


def near(name: str, names: dict[str, KnownWeights] | list[str]) -> str:
    """ " (did you mean ...?)" for a mistyped name, or nothing."""
    close = difflib.get_close_matches(name, list(names), n=2, cutoff=0.5)
    return f" (did you mean {' or '.join(map(repr, close))}?)" if close else ""
