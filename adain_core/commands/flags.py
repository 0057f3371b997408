"""Flags made from the options of the library, so that no command lists them by hand."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import Field, dataclass, fields
from enum import Enum
from functools import wraps
from typing import Annotated, Any, get_type_hints

import typer

from ..options import COLOR_MODES, STYLE_COLORS, FrameOptions, about
from .parsing import parse_grain, parse_tile, parse_timed

Color = Enum("Color", [(name, name) for name in (STYLE_COLORS, *COLOR_MODES)], type=str)  # type: ignore[misc]


@dataclass(frozen=True)
class Kind:
    """How values of a type are given on the command line.

    Attributes:
        type: of the flag.
        shown: the flag's default, from the option's.
        read: the library's value, from the flag's and the option's name.
        metavar: what the value is called in the help.
    """

    type: Any
    shown: Callable[[Any], Any] = lambda default: default
    read: Callable[[Any, str], Any] = lambda value, name: value
    metavar: str | None = None


KINDS = {
    "float": Kind(float),
    "int": Kind(int),
    "int | None": Kind(int),
    "ColorMode | None": Kind(
        Color,
        lambda default: Color(default or STYLE_COLORS),
        lambda value, name: None if value.value == STYLE_COLORS else value.value,
    ),
    "StyleLike | None": Kind(str | None, metavar="STYLE"),
    "Tile": Kind(str, read=lambda value, name: parse_tile(value)),
    "Grain": Kind(str, str, lambda value, name: parse_grain(value), metavar="GRAIN"),
    "Timed": Kind(str, "{:g}".format, lambda value, name: parse_timed(value, f"--{name}")),
}
"""By the type that an option is declared with."""


def takes(
    options: type[FrameOptions],
    before: Mapping[str, Iterable[str]],
    *,
    only: Iterable[str] | None = None,
    **other: dict[str, Any],
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A command that takes flags for options, and gets them as the keywords that it does not name.

    Args:
        options: where they are declared.
        before: where they stand in the help: before which of the command's own, and in which order. Those that are
            not named stand before the last of these.
        only: which ones; all when missing.
        **other: what this command says otherwise of an option, as for :func:`typer.Option`.
    """
    wanted = {field.name: field for field in fields(options) if only is None or field.name in only}
    places = {place: list(names) for place, names in before.items()}
    named = [name for names in places.values() for name in names]
    places[list(places)[-1]] += [name for name in wanted if name not in named]

    def made(command: Callable[..., None]) -> Callable[..., None]:
        @wraps(command)
        def run(**given: Any) -> None:
            command(**given)

        hints = get_type_hints(command, include_extras=True)
        parameters = []
        for own in inspect.signature(command).parameters.values():
            parameters += [_parameter(options, wanted[name], other.get(name, {})) for name in places.get(own.name, [])]
            if own.kind is not own.VAR_KEYWORD:
                parameters.append(own.replace(kind=own.KEYWORD_ONLY, annotation=hints[own.name]))
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {p.name: p.annotation for p in parameters}
        return run

    return made


def read_flags(options: type[FrameOptions], flags: Mapping[str, Any]) -> dict[str, Any]:
    """The library's values, from those of the flags.

    Raises:
        AdaINError: a text that means nothing, with the flag's name.
    """
    kinds = {field.name: _kind(field) for field in fields(options)}
    return {name: kinds[name].read(value, name) for name, value in flags.items()}


def _kind(field: Field[Any]) -> Kind:
    return KINDS[str(field.type)]


def _parameter(options: type[FrameOptions], field: Field[Any], other: dict[str, Any]) -> inspect.Parameter:
    said, kind = about(field.name, options), _kind(field)
    flag = {"help": said.help, "min": said.floor, "max": said.ceiling, "metavar": kind.metavar, **other}
    return inspect.Parameter(
        field.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=kind.shown(field.default),
        annotation=Annotated[kind.type, typer.Option(**flag)],
    )
