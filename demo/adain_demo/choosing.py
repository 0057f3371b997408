"""Choosing styles: the same list on the tabs for pictures and for clips, with a visitor's own among them."""

from __future__ import annotations

import time
from typing import Any, NamedTuple

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


class Chooser(NamedTuple):
    """What styles are chosen with on one tab.

    Attributes:
        picker: the list.
        add: the button for a visitor's own.
        again: changes when something is to be painted.
    """

    picker: gr.HTML
    add: PictureButton
    again: gr.State


def connect(service: Service, own: gr.State, first: Chooser, others: list[tuple[gr.Tab, Chooser]]) -> None:
    """Let own styles be added, named and taken away; every list shows them.

    Args:
        service: opens them.
        own: those of the session.
        first: of the tab that the page opens with.
        others: of other tabs. What is on these is made when they are first looked at; news that came before would be
            all that it has.
    """
    private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}

    def add(files: list[str] | None, own: OwnStyles, picker: Any) -> tuple[Any, OwnStyles, float]:
        with messages():
            value, own = own_styles.added(service, files, own, picker)
        return gr.HTML(value=value, own=own_styles.shown(own)), own, time.monotonic()

    def edit(own: OwnStyles, picker: Any) -> tuple[OwnStyles, Any]:
        own = own_styles.edited(own, picker)
        return own, gr.HTML(own=own_styles.shown(own))

    def show(own: OwnStyles) -> Any:
        return gr.HTML(own=own_styles.shown(own))

    for picker, button, again in [first, *(chooser for _, chooser in others)]:
        button.upload(add, [button, own, picker], [picker, own, again], api_name="add_own", **private)
        picker.edit(edit, [own, picker], [own, picker], api_name="edit_own", **private)
    own.change(show, own, first.picker, api_name="show_own", **private)
    for tab, chooser in others:
        tab.select(show, own, chooser.picker, api_name="show_own", **private)
