"""The controls of a picture, by name: what the page sends in one row of values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from adain_core.errors import AdaINError, StyleError

from .request import Own, Request
from .words import say

OwnStyles = dict[str, dict[str, str]]
"""A session's own style pictures by key: path, title, thumb (data URL)."""

OWN = "own "
"""How their keys begin; a number follows."""


class Controls(NamedTuple):
    """Values as the page has them, in the order in which it sends them.

    Attributes:
        photo: path of the uploaded file.
        picker: chosen styles: ``{"picked": [{"key": ..., "weight": ...}], "mix": bool}``.
        own: the session's own style pictures.
        painted: masks of the brush: ``{"masks": {style's key: PNG data URL or ""}}``.

    The others are those of :class:`~adain_demo.request.Request`.
    """

    photo: str | None
    picker: Any
    own: OwnStyles
    strength: float
    color: str
    mix: str
    corner: Any
    area: str
    painted: Any
    soft_edge: float
    size: float
    stroke: float
    refine: float
    texture: float
    keep: float
    grain: str
    model: str

    def request(self) -> Request:
        """What they ask for.

        Raises:
            AdaINError: a value has another form than the page gives it.
        """
        picked = chosen(self.picker)
        styles = tuple((reference(row["key"], self.own), row["weight"]) for row in picked)
        corner, layers = self.corner or {}, (self.painted or {}).get("masks") or {}
        return Request(
            self.photo, styles, self.strength, self.color, self.mix,
            (float(corner.get("x", 0.5)), float(corner.get("y", 0.5))), self.area,
            tuple(layers.get(row["key"], "") for row in picked), soft_edge=self.soft_edge, size=self.size,
            stroke=self.stroke, refine=self.refine, texture=self.texture, keep=self.keep, grain=self.grain,
            model=self.model or None,
        )  # fmt: skip


def chosen(picker: dict[str, Any] | None) -> list[dict[str, Any]]:
    """The picker's value as a list, whatever a client sent.

    Raises:
        AdaINError: it has another form.
    """
    try:
        rows = (picker or {}).get("picked") or []
        return [{"key": str(row["key"]), "weight": float(row.get("weight", 1.0))} for row in rows]
    except (AttributeError, KeyError, TypeError, ValueError) as e:
        raise AdaINError(f"Chosen styles are {picker!r:.60}: give picked: a list of key and weight.") from e


def pick(styles: Sequence[tuple[str, float]], mix: bool) -> dict[str, Any]:
    """The picker's value for styles and their weights."""
    return {"picked": [{"key": key, "weight": weight} for key, weight in styles], "mix": mix}


def reference(key: str, own: OwnStyles) -> str | Own:
    """The style that a key of the picker stands for.

    Raises:
        StyleError: an own picture that is no longer known; the page may still show it.
    """
    if key in own:
        return Own(own[key]["path"])
    if key.startswith(OWN):
        number = key.removeprefix(OWN)
        raise StyleError(say("own-gone", number=number))
    return key
