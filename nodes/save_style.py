"""AdaIN Save Style."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import folder_paths
import torch
from comfy_api.latest import io

from ..adain_core.errors import StyleError
from ..adain_core.styles.style import Style
from . import folders, sockets
from .engine.styles import StyleValue, resolve
from .host import tell

NAME = re.compile(r"[^\W_][\w ().,+-]{0,99}")
"""Letters of any language, digits, spaces and a few signs: fit for a file name everywhere, and no path."""


class AdaINSaveStyle(io.ComfyNode):
    """A style as a file of 8 KB, or 4 where the network has no texture."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Inputs and outputs."""
        return io.Schema(
            node_id="AdaINSaveStyle",
            display_name="AdaIN Save Style",
            category=sockets.CATEGORY,
            description=(
                "Writes a style into models/adain_styles: 8 KB that AdaIN Load Style, the library and the command line "
                "read. The picture itself is not in it."
            ),
            search_aliases=["adain", "export style", "store style", "style file"],
            inputs=[
                sockets.Style.Input("style", tooltip="One style, from AdaIN Encode or AdaIN Mix Styles."),
                io.String.Input(
                    "name", default="my-style", tooltip="Name of the style and of its file, without ending."
                ),
                io.Boolean.Input(
                    "overwrite",
                    optional=True,
                    default=False,
                    tooltip="Whether a file of that name may be replaced. If it holds this very style, it is left.",
                    advanced=True,
                ),
            ],
            outputs=[
                sockets.Style.Output(
                    "saved",
                    display_name="style",
                    tooltip="The style that was saved, to go on with in the same run.",
                )
            ],
            is_output_node=True,
        )

    @classmethod
    def execute(cls, style: StyleValue, name: str, overwrite: bool = False) -> io.NodeOutput:
        """Write it, whole or not at all."""
        name = name.strip().removesuffix(".safetensors")
        if not NAME.fullmatch(name) or name.endswith("."):
            raise StyleError(
                f"name is {name!r}: use letters, digits, spaces and ( ) . , + - _ only, at most 100, a letter or digit "
                "first and no full stop last"
            )
        try:
            found = resolve(style, texture=True).unbatch()
        except StyleError:  # the small network's styles have none
            found = resolve(style).unbatch()
        if len(found) != 1:
            raise StyleError(
                f"a batch of {len(found)} styles does not go into one file: pick one picture before Encode"
            )
        single = replace(found[0], name=name)
        path = Path(folder_paths.get_folder_paths(folders.STYLES)[0]) / f"{name}.safetensors"
        if path.exists() and _holds(path, single):  # left: a new date would make AdaIN Load Style load it again
            return cls._done(style, f"{path} holds this style already")
        if path.exists() and not overwrite:
            raise StyleError(f"{path.name} exists and holds another style: choose another name, or turn on overwrite")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            single.save(path)
        except OSError as e:
            why = e.strerror or e
            raise StyleError(f"{path} cannot be written ({why}): make the folder writable, or free space") from e
        return cls._done(style, f"saved {path} ({path.stat().st_size} bytes)")

    @classmethod
    def _done(cls, style: StyleValue, text: str) -> io.NodeOutput:
        """Say it on the node."""
        tell(text)
        return io.NodeOutput(style, ui={"text": [text]})


def _holds(path: Path, style: Style) -> bool:
    """Whether a file is this style. Not by its bytes: the order of a file's metadata is left to chance."""
    try:
        there = Style.load(path)
    except StyleError:
        return False
    found, mine = there.tensors(), style.tensors()
    equal = found.keys() == mine.keys() and all(torch.equal(found[key], mine[key]) for key in mine)
    return there.encoder == style.encoder and equal
