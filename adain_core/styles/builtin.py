"""Many named styles in one file, and the built-in ones: famous paintings as 4 KB of statistics each."""

from __future__ import annotations

import difflib
import functools
import json
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import safe_open

from ..errors import StyleError, one_line
from ..system.atomic_files import write_atomically
from ..system.tensor_files import tensor_bytes
from ..weights.catalog import encoder_name
from ..weights.metadata import convert_hint
from .style import UNREADABLE, Style

FORMAT = "adain-styles-1"

PARTS = ("mean", "std", "texture.mean", "texture.std")
"""Tensors of a style, as :meth:`Style.tensors` names them; the last two only of one that has a texture."""


def builtin_styles(encoder: str = "") -> dict[str, Style]:
    """The built-in styles by name, in the order of the list they were made from.

    Args:
        encoder: id of the encoder they are wanted of (`model.encoder_id`); VGG-19's when missing or not one of ours.

    ``style.info`` has title, artist, year ("" where it is not known), source and licence of the painting's picture.

    Raises:
        WeightsError: the file is missing and cannot be fetched.
        StyleError: the file is damaged.

    Examples:
        >>> from adain_core import builtin_styles
        >>> styles = builtin_styles()
        >>> styles["starry-night"].info["title"]
        'The Starry Night'
    """
    return dict(_bundled(encoder))


def find_builtin(name: str, encoder: str = "") -> Style:
    """The built-in style of that name; capitals, spaces and underscores do not matter.

    Args:
        name: of the style.
        encoder: as for :func:`builtin_styles`.

    Raises:
        StyleError: no such style; names like it, and those whose artist or title has that word, are suggested.
        WeightsError: the file of built-in styles is missing and cannot be fetched.
    """
    styles = _bundled(encoder)
    key = _plain(name)
    if key in styles:
        return styles[key]
    words = {n: _plain(f"{s.info.get('artist', '')} {s.info.get('title', '')}") for n, s in styles.items()}
    by_word = [n for n, text in words.items() if key and f"-{key}-" in f"-{text}-"]
    near = list(dict.fromkeys([*difflib.get_close_matches(key, styles, n=3), *by_word]))[:8]
    hint = f"did you mean {', '.join(near)}? " if near else ""
    if name and Path(name).is_dir():  # an empty path is the current folder
        raise StyleError(f"style {name!r} is a folder: give one of its pictures, or several styles to blend")
    raise StyleError(f"no built-in style {name!r}: {hint}`adain styles` lists all {len(styles)}; a picture works too")


def read_by(style: Style, encoder: str) -> Style:
    """A built-in style as another encoder read the same painting, where it is built in, too; else the style itself.

    Args:
        style: any.
        encoder: id of the encoder it is wanted of.
    """
    if not style.encoder or style.encoder == encoder:
        return style
    known = _bundled(style.encoder).get(style.name)
    built_in = known is not None and known.encoder == style.encoder and torch.equal(known.mean, style.mean.cpu())
    other = _bundled(encoder).get(style.name) if built_in else None
    return other if other is not None and other.encoder == encoder else style


def save_library(
    styles: Mapping[str, Style], path: str | Path, *, licence: str = "", origin: str = "", recipe: str = ""
) -> None:
    """Write styles into one safetensors file, whole or not at all; 4 KB a style.

    Args:
        styles: by the name each is to have in the file; all made with one encoder.
        path: where to write.
        licence: of the whole file; each style's ``info`` may name its own.
        origin: what the styles were made from.
        recipe: how they were made.

    Raises:
        StyleError: no style, an empty name, a batch of styles, or styles of different encoders.
    """
    if not styles:
        raise StyleError("no style to save: give at least one")
    encoders = sorted({style.encoder for style in styles.values()})
    if len(encoders) > 1:
        names = ", ".join(encoder_name(encoder) or "unknown" for encoder in encoders)
        raise StyleError(f"styles of different encoders {names}: encode them all with one model")
    tensors, entries = {}, []
    for name, style in styles.items():
        if not name:
            raise StyleError(f"{style!r} has no name in the library: give it one")
        if style.mean.ndim != 1:
            raise StyleError(f"{name!r} is a batch of {style.mean.shape[0]} styles: save each under its own name")
        tensors.update({f"{name}.{part}": values for part, values in style.tensors().items()})  # (C,) each
        entries.append({**style.info, "name": name})
    about = {"licence": licence, "origin": origin, "recipe": recipe}
    meta = {"format": FORMAT, "encoder": encoders[0], **about, "styles": json.dumps(entries, ensure_ascii=False)}
    write_atomically(path, tensor_bytes(tensors, meta))


def load_library(path: str | Path) -> dict[str, Style]:
    """Read a file written by :func:`save_library`.

    Returns:
        The styles by name, in the order in which they were saved.

    Raises:
        StyleError: no such file, or not a library of styles.
    """
    path = Path(path)
    if not path.is_file():
        raise StyleError(f"no style library {str(path)!r}: check the path")
    try:
        with safe_open(path, "pt") as file:
            meta = file.metadata() or {}
            if meta.get("format") != FORMAT:
                raise StyleError(f"{path} is not a style library (format {meta.get('format')!r}, not {FORMAT!r})")
            styles, keys = {}, set(file.keys())
            for entry in json.loads(meta["styles"]):
                name = entry["name"]
                if not isinstance(name, str):
                    raise TypeError(f"the name of a style is {name!r}")
                info = {k: v for k, v in entry.items() if k != "name"}
                parts = [key for key in PARTS if f"{name}.{key}" in keys or not key.startswith("texture.")]
                tensors = {key: file.get_tensor(f"{name}.{key}") for key in parts}  # (C,) each
                styles[name] = Style.from_tensors(tensors, meta.get("encoder", ""), name, info, path)
    except UNREADABLE as e:
        raise StyleError(f"{path} cannot be read as a style library ({one_line(e)}): {convert_hint(path)}") from e
    return styles


@functools.cache
def _bundled(encoder: str = "") -> dict[str, Style]:
    from ..weights.catalog import find, known_weights

    of_encoder = [row.name for row in known_weights().values() if row.kind == "styles" and row.encoder == encoder]
    name = of_encoder[0] if of_encoder else "styles"
    return _bundled() if encoder and name == "styles" else load_library(find(name))


def _plain(text: str) -> str:
    """Lower-case words joined by hyphens: the form of the names."""
    return "-".join("".join(c if c.isalnum() else " " for c in text.lower()).split())
