"""The styles of a job: encoded once, kept in one file in the output folder, read by every worker."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from safetensors import SafetensorError, safe_open

from ..errors import AdaINError, StyleError
from ..pictures.formats import is_picture
from ..styles.builtin import builtin_styles, find_builtin, load_library, read_by, save_library
from ..styles.style import Style
from ..system.atomic_files import write_atomically
from ..weights.catalog import encoder_name
from .sources.kinds import open_source
from .sources.samples import Item, Source
from .state import JobFolder

if TYPE_CHECKING:
    from ..model import AdaIN

BUILTIN = "builtin"
"""Names all built-in styles."""

EncodedStyle = tuple[str, Style | None, str]
"""Name of a style, its statistics, and why there are none."""


class StyleSet:
    """What styles are drawn from: styles whose statistics are known, or pictures to be encoded.

    Args:
        ref: "builtin", the name of a built-in style, a library or style file, or any dataset of pictures (a folder may
            also hold style files). :func:`names_builtin` says when a name is a built-in style's.
        column: of the pictures in tables.
        out: the job's output folder, which is no folder of styles.

    Raises:
        AdaINError: no such thing, a damaged file, or no style in it.
    """

    def __init__(self, ref: str, column: str | None = None, out: Path | None = None) -> None:
        self.known: Mapping[str, Style] = {}
        self.source: Source | None = None
        path = Path(ref)
        if ref == BUILTIN:
            self.known = builtin_styles()
        elif path.is_file() and path.suffix == ".safetensors":
            self.known = _stored(path)
        elif names_builtin(ref, out):
            self.known = {ref: find_builtin(ref)}
        elif path.is_file() and is_picture(path.name):
            from .sources.folder import FolderSource

            self.source = FolderSource(path.parent, files=[path.name])
        else:
            self.source = open_source(ref, column, (".safetensors",))
        groups = self.source.groups() if self.source else []
        self.items: dict[str, Item] = {item.key: item for group in groups for item in group.items}
        self.names: list[str] = sorted(self.items or self.known)
        if not self.names:
            raise AdaINError(
                f"no picture in the style folder {ref}: give a folder with pictures of styles, or 'builtin' for the "
                "built-in ones"
            )

    def read_by(self, encoder: str) -> None:
        """Take known styles as this encoder reads them: built-in ones are there for each network.

        Raises:
            StyleError: a style that is known from another encoder only.
        """
        self.known = {name: read_by(style, encoder) for name, style in self.known.items()}
        for name, style in self.known.items():
            if style.encoder and encoder and style.encoder != encoder:
                raise StyleError(
                    f"style {name!r} was made with encoder {encoder_name(style.encoder)}, this model's is "
                    f"{encoder_name(encoder)}: give its picture"
                )


def names_builtin(ref: str, out: Path | None = None) -> bool:
    """Whether this names built-in styles and no file, folder or dataset.

    "builtin" always does. Another word without "/", ":" and suffix does if nothing of that name is there; a folder of
    that name is taken for a folder of styles. Only the output folder, or one that holds it since the job began, does
    not hide the built-in style of its name, so that a job can go on which made a folder called like its style. A
    folder is always meant by "./name".

    Args:
        ref: what was given as styles.
        out: the job's output folder.
    """
    path = Path(ref)
    if ref == BUILTIN:
        return True
    if path.suffix or ":" in ref or "/" in ref:
        return False
    if not path.exists():
        return True
    if out is None or not _made_by_job(path.resolve(), out):
        return False
    try:
        find_builtin(ref)
    except StyleError:
        return False
    return True


def _made_by_job(folder: Path, out: Path) -> bool:
    inside = out.resolve()
    # A folder around the output is refused as styles, so a job within it began when a name meant the built-in style.
    return inside == folder or (folder in inside.parents and JobFolder(out).began())


def _stored(path: Path) -> dict[str, Style]:
    try:
        with safe_open(path, "pt") as file:
            kind = (file.metadata() or {}).get("format", "")
    except (SafetensorError, OSError) as e:
        raise StyleError(f"{path} cannot be read as a file of styles ({e}): get or make it again") from e
    if kind.startswith("adain-styles"):
        return load_library(path)
    return {path.stem: Style.load(path)}


def encode(model: AdaIN, source: Source, item: Item, size: int) -> EncodedStyle:
    """The statistics of one style picture or style file, with the SHA-256 of its bytes."""
    try:
        data = source.read(item).data
        if item.key.lower().endswith(".safetensors"):
            style = model.style(Path(getattr(source, "root", "")) / item.key)
        else:
            style = model.encode_style(data, size=size, name=item.key)
    except (AdaINError, OSError, MemoryError) as e:
        return item.key, None, str(e) or type(e).__name__
    info = {**style.info, "sha256": hashlib.sha256(data).hexdigest()}
    return item.key, Style(style.mean, style.std, style.encoder, item.key, info), ""


class StyleStore:
    """The statistics on disk, in parts while the job is encoding.

    Args:
        folder: the job's folder.
    """

    def __init__(self, folder: JobFolder) -> None:
        self.folder = folder
        self.styles: dict[str, Style] = {}
        self.bad: dict[str, str] = {}
        if folder.styles.is_file():
            self.styles.update(load_library(folder.styles))
        for part in self._parts():
            self.styles.update(load_library(part))
        if folder.bad_styles.is_file():
            self.bad = json.loads(folder.bad_styles.read_text(encoding="utf-8"))

    def add(self, encoded: Sequence[EncodedStyle]) -> None:
        """Keep some more."""
        good = {name: style for name, style, _ in encoded if style is not None}
        bad = {name: error for name, style, error in encoded if style is None}
        if good:
            save_library(good, self.folder.own(f"styles-{len(self._parts()):05d}.part.safetensors"))
            self.styles.update(good)
        if bad:
            self.bad.update(bad)
            write_atomically(self.folder.bad_styles, json.dumps(dict(sorted(self.bad.items())), indent=1).encode())

    def close(self) -> None:
        """One file of all parts."""
        parts = self._parts()
        if parts or not self.folder.styles.is_file():
            save_library(dict(sorted(self.styles.items())), self.folder.styles)
        for part in parts:
            part.unlink()

    def _parts(self) -> list[Path]:
        return sorted(self.folder.root.glob(self.folder.own("styles-*.part.safetensors").name))


class StyleReader:
    """Styles from the job's file as they are needed: the file is mapped, not loaded, so workers share it."""

    def __init__(self, path: Path) -> None:
        self._file = safe_open(path, "pt")
        self._seen: dict[str, Style] = {}

    def __getitem__(self, name: str) -> Style:
        found = self._seen.get(name)
        if found is None:
            found = Style(self._file.get_tensor(f"{name}.mean"), self._file.get_tensor(f"{name}.std"), name=name)
            self._seen[name] = found
        return found
