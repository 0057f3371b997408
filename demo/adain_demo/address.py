"""Style, strength and options in the page's address, so that reload and a link keep them. Never a picture."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode

from adain_core.errors import AdaINError
from adain_core.options import GRAIN_PRESETS

from .areas import AREAS
from .catalogue import catalogue
from .controls import OWN, Controls, chosen, pick
from .engine import model_names
from .limits import Limits
from .request import COLORS, parse_styles

MIXES = ("blend", "corners", "area", "paint")
"""How styles go together."""


class Address:
    """Turns controls into the query of an address, and back.

    Args:
        limits: what is refused.
        start: the controls as the page opens: what is as there is left out.
    """

    def __init__(self, limits: Limits, start: Controls) -> None:
        self._limits, self._start = limits, start
        # What was painted or uploaded has no words.
        choices = {
            "color": COLORS, "mix": set(MIXES) - {"paint"}, "area": AREAS, "grain": GRAIN_PRESETS,
            "model": model_names(),
        }  # fmt: skip
        self._read: dict[str, Callable[[str], Any]] = {
            **{name: self._number(name) for name in limits.ranges},
            **{name: self._choice(names) for name, names in choices.items()},
            "corner": self._corner,
        }

    def query(self, controls: Controls) -> str:
        """The query for controls, without "?"; empty for those that the page opens with."""
        said = {}
        if controls.picker != self._start.picker:
            picked = [row for row in chosen(controls.picker) if not row["key"].startswith(OWN)]
            styles = [row["key"] + ("" if row["weight"] == 1 else f":{row['weight']:g}") for row in picked]
            said = {"style": ",".join(styles)} if styles else {}
        for name, read in self._read.items():
            value = getattr(controls, name)
            if value != getattr(self._start, name) and read(written(value)) is not None:
                said[name] = written(value)
        return urlencode(said, safe=":,")

    def controls(self, query: str) -> Controls:
        """The controls that a query stands for; what it says wrongly is as the page opens."""
        said = dict(parse_qsl(query.removeprefix("?")))
        given = {name: read(said[name]) for name, read in self._read.items() if name in said}
        found = self._start._replace(**{name: value for name, value in given.items() if value is not None})
        styles = self._styles(said.get("style", ""))
        return found._replace(picker=pick(styles, len(styles) > 1)) if styles else found

    def _styles(self, text: str) -> list[tuple[str, float]]:
        known = {row["key"] for row in catalogue()}
        try:
            named = dict(parse_styles(text))
        except AdaINError:
            return []
        right = [(key, weight) for key, weight in named.items() if key in known and 0 <= weight <= 1]
        return right[: self._limits.styles] if any(weight for _, weight in right) else []

    def _number(self, name: str) -> Callable[[str], float | None]:
        def read(text: str) -> float | None:
            try:
                return self._limits.ranges[name].check(float(text))
            except (AdaINError, ValueError):
                return None

        return read

    @staticmethod
    def _choice(names: Any) -> Callable[[str], str | None]:
        return lambda text: text if text in names else None

    @staticmethod
    def _corner(text: str) -> dict[str, float] | None:
        try:
            x, y = map(float, text.split(","))
        except ValueError:
            return None
        return {"x": x, "y": y} if 0 <= x <= 1 and 0 <= y <= 1 else None


def written(value: Any) -> str:
    """A control's value as an address has it."""
    if isinstance(value, dict):
        return f"{value.get('x', 0.5):.2f},{value.get('y', 0.5):.2f}"
    return f"{value:g}" if isinstance(value, int | float) else str(value)
