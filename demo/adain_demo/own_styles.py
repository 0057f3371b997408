"""A session's own style pictures: added, named and taken away. Both pickers show them."""

from __future__ import annotations

from typing import Any

import gradio as gr

from adain_core.errors import AdaINError

from .controls import OWN, OwnStyles, chosen, pick
from .request import Service
from .results import data_url
from .words import say

THUMB_SIDE = 160
"""Pixels: side of the thumbnail of a user's own style."""

TITLE_LENGTH = 60


def added(service: Service, files: list[str] | None, own: OwnStyles, picker: Any) -> tuple[dict[str, Any], OwnStyles]:
    """Style pictures that were uploaded; one that cannot be used is told of.

    Args:
        service: opens them.
        files: their paths.
        own: those that there are already.
        picker: the picker's value.

    Returns:
        The picker's value, the last one of them chosen, and all own pictures.
    """
    # What was chosen by a key that is no longer known is gone: its file was deleted.
    picked = [row for row in chosen(picker) if row["key"] in own or not row["key"].startswith(OWN)]
    mixed = bool((picker or {}).get("mix"))
    own = dict(own)
    for path in files or []:
        try:
            picture = service.photos.open_style(path, 512)
        except AdaINError as e:
            gr.Warning(str(e), title=say("not-possible"))
            continue
        number = 1 + max((int(key.removeprefix(OWN)) for key in own), default=0)
        image = picture.to_pil().convert("RGB")
        edge = min(image.size)
        left, top = (image.width - edge) // 2, (image.height - edge) // 2
        thumb = image.crop((left, top, left + edge, top + edge)).resize((THUMB_SIDE, THUMB_SIDE))
        own[f"{OWN}{number}"] = {"path": path, "title": say("own-title", number=number), "thumb": data_url(thumb)}
        rows = [*(picked[: service.limits.styles - 1] if mixed else []), {"key": f"{OWN}{number}", "weight": 1.0}]
        picked = rows
    return pick([(row["key"], row["weight"]) for row in picked], mixed), own


def edited(own: OwnStyles, picker: Any) -> OwnStyles:
    """Own pictures after the picker was used to name one or to take one away: ``{"own": {"key": ..., "title": ...}}``,
    without a title where it goes. Others stay, whatever a client sent."""
    change = (picker or {}).get("own") or {}
    key, title = change.get("key"), change.get("title")
    if key not in own:
        return own
    if title is None:
        return {other: row for other, row in own.items() if other != key}
    return {**own, key: {**own[key], "title": " ".join(str(title).split())[:TITLE_LENGTH] or own[key]["title"]}}


def shown(own: OwnStyles) -> list[dict[str, str]]:
    """Own pictures as a picker shows them."""
    return [{**row, "key": key, "by": ""} for key, row in own.items()]
