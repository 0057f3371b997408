"""Choosing styles: the same list on the tabs for pictures and for clips, with a visitor's own among them."""

from __future__ import annotations

import time
from typing import Any

import gradio as gr

from . import own_styles
from .catalogue import COLUMNS, SPRITE, catalogue
from .controls import OwnStyles, pick
from .handlers import messages
from .limits import Limits
from .request import Service
from .tiles import AT_ONCE, Tiles, tiles_possible
from .uploads import PictureButton
from .widgets import style_picker
from .words import label


def style_list(limits: Limits, tiles: Tiles, first: str, elem_id: str) -> gr.HTML:
    """The styles, one of them chosen."""

    def paint_tiles(asked: Any) -> dict[str, Any]:
        return tiles.answer(asked)

    paint_tiles.__name__ = "tiles"  # as the script calls it
    return style_picker(
        value=pick([(first, 1.0)], False), styles=list(catalogue()), own=[], photo="", places=[],
        at_once=AT_ONCE if tiles_possible() else 0, sprite=f"gradio_api/file={SPRITE}", columns=COLUMNS,
        most=limits.styles, elem_id=elem_id, server_functions=[paint_tiles],
    )  # fmt: skip


def add_button(elem_id: str, **other: Any) -> PictureButton:
    """Adds a visitor's own styles."""
    return PictureButton(
        label("add-style"), file_types=["image"], file_count="multiple", size="sm", elem_id=elem_id, **other
    )


def connect(service: Service, own: gr.State, choosers: list[tuple[gr.HTML, PictureButton, gr.State]]) -> None:
    """Let own styles be added, named and taken away; every list shows them.

    Args:
        service: opens them.
        own: those of the session.
        choosers: of each tab its list, its button, and what changes when something is to be painted.
    """
    private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}

    def add(files: list[str] | None, own: OwnStyles, picker: Any) -> tuple[Any, OwnStyles, float]:
        with messages():
            value, own = own_styles.added(service, files, own, picker)
        return gr.HTML(value=value, own=own_styles.shown(own)), own, time.monotonic()

    def show(own: OwnStyles) -> Any:
        rows = [gr.HTML(own=own_styles.shown(own)) for _ in choosers]
        return rows if len(rows) > 1 else rows[0]

    for picker, button, again in choosers:
        button.upload(add, [button, own, picker], [picker, own, again], api_name="add_own", **private)
        picker.edit(own_styles.edited, [own, picker], own, api_name="edit_own", **private)
    own.change(show, own, [picker for picker, _, _ in choosers], api_name="show_own", **private)
